#!/usr/bin/env python3
"""The virtual lab by hand: raise it, play in it, take it down.

    lab.py up                 raise the network of the picture; stays until `down`
    lab.py show               every host's addresses, routes and processes
    lab.py pull|plug NIC      eth0's or eth1's cable, at the client
    lab.py block|unblock NIC  a silent blackhole on that cable
    lab.py down               remove it with everything that runs in it
    lab.py demo [...]         the roaming laptop, in a lab of its own

Run something in a host with `ip netns exec lab-client COMMAND`. --name gives another prefix than "lab".
"""

import argparse
import os
import pathlib
import sys

sys.path[0] = str(pathlib.Path(__file__).resolve().parents[1])  # The folder that the package "lab" lies in.

from lab.network import Lab

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
        lab.up()
        print(f"up: ip netns exec {lab.client.name} ping 10.0.1.1")
    elif options.verb == "down":
        lab.down()
    elif not lab.client.exists():
        sys.exit(f"lab: no lab named {options.name} is up")
    elif options.verb == "show":
        show(lab)
    else:
        getattr({"eth0": lab.eth0, "eth1": lab.eth1}[options.nic], options.verb)()


def show(lab):
    """Every host, as it is now."""
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
    for verb in ("up", "down", "show", *CABLES):
        command = verbs.add_parser(verb)
        if verb in CABLES:
            command.add_argument("nic", choices=("eth0", "eth1"))
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
