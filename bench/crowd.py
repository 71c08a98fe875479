#!/usr/bin/env python3
"""Ten thousand clients with passwords at one gateway daemon, all at once: logins, memory, and what they cost while they idle.

    bench/crowd.py [--count 10000] [--kind windows-11-cmdlet] [--idle 60] [--json FILE]

The clients are the simulator's (sim/stock) in one process on the same machine, over real sockets; each logs in by
EAP-MSCHAPv2 against the gateway's database of users. The gateway's configuration is the one of a single client. Ends with 1
if a client was lost or has no address of its own.
"""

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import sys
import tempfile
import time

sys.path[0] = str(pathlib.Path(__file__).resolve().parents[1])

from bench.handshakes import cpu_seconds
from lab import agilevpn, credentials, network
from lab.network import Lab
from lab.process import wait_until
from lab.vpn import Options

CAMPUS = "10.128.0.0/16"  # Where the clients are.
PASSWORD = "correct horse"


class CampusGateway(agilevpn.AgileVpnGateway):
    """A gateway with `count` users, and a pool that a campus fits in."""

    def __init__(self, *arguments, count):
        super().__init__(*arguments)
        self._count = count

    def start(self):
        state = self.folder / "state"
        if not (state / "users.db").exists():
            state.mkdir(parents=True)
            users = self.folder / "users.csv"
            users.write_text("name,password\n" + "".join(f"user{i + 1},{PASSWORD}\n" for i in range(self._count)))
            agilevpn.agilevpn("user", "--dir", state, "import", users)
        super().start()

    def configuration(self):
        return super().configuration().replace(network.POOL, "10.64.0.0/16")


def main():
    """Measure, print a table, write JSON; whether all was well is the exit status."""
    options = parse_arguments()
    result = measure(options)
    print(table(result))
    if options.json:
        options.json.write_text(json.dumps(result, indent=2) + "\n")
    sys.exit(0 if result["whole"] else 1)


def measure(options):
    """Everything, of one crowd that comes, idles and goes."""
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="agilevpn-crowd-")))
        lab = stack.enter_context(Lab())
        gateway = start_gateway(lab, folder, options)
        stack.callback(gateway.stop)
        before = use(gateway)
        crowd, facts = start_crowd(lab, folder, options)
        there, lines = use(gateway), len(gateway.configuration().splitlines())
        time.sleep(options.idle)
        idle, sessions = use(gateway), len(gateway.status()["sessions"])
        status = crowd.stop(300)
        facts |= read_facts(folder)
        wait_until(lambda: not gateway.status()["sessions"], 60, what="the gateway to have no session")
        return summary(options, facts, before, there, idle, use(gateway)) | {
            "sessions": sessions, "configuration_lines": lines,
            "whole": status == 0 and sessions == options.count and all(
                int(facts.get(fact, 0)) == options.count for fact in ("connected", "addresses", "answers", "staying", "left"))}


def start_gateway(lab, folder, options):
    """The gateway, with its users, and the way back to the campus."""
    own = dataclasses.replace(credentials.Authority(folder / "pki").gateway(), eap="mschapv2")
    gateway = CampusGateway(lab.gateway, folder / "gateway", own, Options(policy=options.policy), count=options.count)
    gateway.start()
    lab.gateway.ip("route", "add", CAMPUS, "via", network.CLIENT)
    lab.client.ip("route", "add", "local", CAMPUS, "dev", "lo")
    return gateway


def start_crowd(lab, folder, options):
    """The clients' process, when all are connected and were answered; with what it said."""
    crowd = lab.client.start(agilevpn.BIN / "stock_crowd", options.kind, options.count, CAMPUS, network.GATEWAY, folder / "pki" / "ca.pem",
                             PASSWORD, network.SERVER, log=folder / "crowd")
    wait_until(lambda: "ready" in read_facts(folder) or not crowd.is_running(), 60 + options.count / 20, interval=0.5,
               what="the clients to connect")
    return crowd, read_facts(folder)


def read_facts(folder):
    """What the clients' process has said so far."""
    return dict(line.split(" ", 1) for line in (folder / "crowd").read_text().splitlines())


def use(daemon):
    """Processor seconds and resident KiB of a daemon, now."""
    resident = next(line for line in pathlib.Path(f"/proc/{daemon.pid}/status").read_text().splitlines() if line.startswith("VmRSS:"))
    return {"seconds": cpu_seconds(daemon.pid), "kib": int(resident.split()[1])}


def summary(options, facts, before, there, idle, after):
    """The figures, each with its unit in its name."""
    seconds = float(facts.get("seconds", "nan"))
    return {
        "kind": options.kind, "clients": options.count, "facts": facts,
        "seconds_to_connect": seconds, "logins_per_second": options.count / seconds,
        "gateway_ms_each": 1000 * (there["seconds"] - before["seconds"]) / options.count,
        "gateway_kib_each": (there["kib"] - before["kib"]) / options.count,
        "idle_percent_of_a_core": 100 * (idle["seconds"] - there["seconds"]) / options.idle,
        "gateway_kib": {"before": before["kib"], "connected": there["kib"], "idle": idle["kib"], "after": after["kib"]},
    }


def table(result):
    """For a person."""
    rows = (("clients connected at once", f"{result['sessions']} of {result['clients']} ({result['kind']})"),
            ("all connected after", f"{result['seconds_to_connect']:.1f} s, {result['logins_per_second']:.0f} logins a second"),
            ("gateway's processor time for each", f"{result['gateway_ms_each']:.2f} ms, its first packet included"),
            ("gateway's memory for each", f"{result['gateway_kib_each']:.1f} KiB"),
            ("gateway while they idle", f"{result['idle_percent_of_a_core']:.1f} % of a core"),
            ("gateway's memory before, with all, after", " / ".join(f"{result['gateway_kib'][at] / 1024:.1f}" for at in ("before", "idle", "after")) + " MiB"),
            ("lines of configuration", result["configuration_lines"]))
    return "\n".join(f"{name:<42} {value}" for name, value in rows) + f"\n{'all well' if result['whole'] else 'NOT all well: ' + str(result['facts'])}"


def parse_arguments():
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--kind", default="windows-11-cmdlet")
    parser.add_argument("--policy", default="modern", help="of the gateway, that serves this kind")
    parser.add_argument("--idle", type=float, default=60, metavar="SECONDS")
    parser.add_argument("--json", type=pathlib.Path)
    if os.geteuid() != 0:
        parser.error("needs root for network namespaces")
    return parser.parse_args()


if __name__ == "__main__":
    main()
