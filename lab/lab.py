#!/usr/bin/python3
"""The virtual lab by hand: raise it, play in it, take it down.

    agilevpn lab up                 raise the network of the picture, with a gateway and a client of AgileVPN; stays until `down`
    agilevpn lab show               every host's addresses, routes and processes
    agilevpn lab pull|plug NIC      eth0's or eth1's cable, at the client
    agilevpn lab block|unblock NIC  a silent blackhole on that cable
    agilevpn lab down               remove it with everything that runs in it
    agilevpn lab demo [...]         the roaming laptop, in a lab of its own

Run something in a host with `ip netns exec lab-client COMMAND`. --name gives another prefix than "lab".
"""

import argparse
import os
import pathlib
import shutil
import signal
import sys

sys.path[0] = str(pathlib.Path(__file__).resolve().parents[1])  # The folder that the package "lab" lies in.

from lab import agilevpn, network
from lab.network import Lab
from lab.pair import Pair

# What each verb does, and an example.
VERBS = {
    "up": ("raise the network, with a gateway and a client in it", "agilevpn lab up"),
    "down": ("remove it with everything that runs in it", "agilevpn lab down"),
    "show": ("every host's addresses, routes and processes", "agilevpn lab show"),
    "pull": ("pull a cable at the client", "agilevpn lab pull eth0"),
    "plug": ("put it back in", "agilevpn lab plug eth0"),
    "block": ("lose every packet on a cable without a word", "agilevpn lab block eth0"),
    "unblock": ("let them pass again", "agilevpn lab unblock eth0"),
    "demo": ("the roaming laptop, in a lab of its own", "agilevpn lab demo --json"),
}
CABLES = ("pull", "plug", "block", "unblock")


def main():
    """Do what the command line says."""
    if sys.argv[1:2] == ["demo"]:
        demo = pathlib.Path(__file__).with_name("demo.py")
        os.execv(sys.executable, [sys.executable, str(demo), *sys.argv[2:]])
    options = parse_arguments()
    if os.geteuid() != 0:
        sys.exit("lab: needs root for network namespaces (sudo)")
    lab = Lab(options.name)
    try:
        run(lab, options)
    except RuntimeError as error:
        sys.exit(f"lab: {error}")


def run(lab, options):
    """One verb."""
    if options.verb == "up":
        if not options.bare and not agilevpn.is_built():
            raise RuntimeError(f"no agilevpnd in {agilevpn.BIN}: build it, or raise the network alone with --bare")
        lab.up()
        print("the network is up" if options.bare else start(lab))
    elif options.verb == "down":
        lab.down()
        remove_folder(lab)
    elif not lab.client.exists():
        sys.exit(f"lab: no lab named {options.name} is up")
    elif options.verb == "show":
        show(lab)
    else:
        getattr({"eth0": lab.eth0, "eth1": lab.eth1}[options.nic], options.verb)()


def folder_of(lab):
    """Where the configurations, keys, sockets and logs of what runs in it lie."""
    return pathlib.Path("/run/agilevpn-lab") / lab.prefix


def remove_folder(lab):
    """Remove it, and the one above if no other lab is up."""
    shutil.rmtree(folder_of(lab), ignore_errors=True)
    try:
        folder_of(lab).parent.rmdir()
    except OSError:
        pass


def start(lab):
    """Start a gateway and a client, as a user configures them; they stay until `down`. Returns what to type next."""
    folder = folder_of(lab)
    remove_folder(lab)
    folder.mkdir(parents=True, mode=0o700)
    try:
        pair = Pair(lab, folder, "agilevpn", "agilevpn", agilevpn.own_pki(folder / "pki"))
        pair.start()
    except BaseException:
        lab.down()
        remove_folder(lab)
        raise
    inside = f"ip netns exec {lab.client.name}"
    name = "" if lab.prefix == "lab" else f" --name {lab.prefix}"
    return f"""A gateway and a client are up, in {lab.gateway.name} and {lab.client.name}; what they say is in {folder}/*/output. Now:

  export AGILEVPN_CONTROL={pair.client.socket}
  agilevpn up                              # the client connects
  {inside} ping {network.SERVER}
  agilevpn lab{name} pull eth0                 # and watch the ping: agilevpn status, agilevpn paths, agilevpn log -f
  agilevpn --control {pair.gateway.socket} status
  agilevpn lab{name} down"""


def show(lab):
    """Every host, as it is now."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # Who reads may have seen enough.
    for host in lab.hosts():
        print(f"== {host.name}")
        print(host.ip("-br", "address") + host.ip("route") + host.ip("-6", "route"), end="")
        for pid in host.pids():
            command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            print(f"{pid}: {command}")


def parse_arguments():
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="agilevpn lab", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", default="lab", help="the prefix of its namespaces (%(default)s)")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for verb, (sentence, example) in VERBS.items():
        command = verbs.add_parser(verb, help=sentence, description=sentence, epilog=f"example: {example}")
        if verb in CABLES:
            command.add_argument("nic", choices=("eth0", "eth1"))
        if verb == "up":
            command.add_argument("--bare", action="store_true", help="the network alone, with nothing of AgileVPN in it")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
