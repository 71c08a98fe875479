#!/usr/bin/env python3
"""A gateway daemon's processor time for one handshake, ours beside strongSwan's: connect and disconnect, over and over.

    bench/handshakes.py [--count 100] [--auth ecdsa] [--maker ...] [--json FILE]

It counts all that the daemon's process does, in user and kernel mode: sockets, the tunnel's host side, events, the farewell.
The client is of the gateway's maker. The engine alone: handshake_bench.
"""

import argparse
import json
import os
import pathlib
import sys

sys.path[0] = str(pathlib.Path(__file__).resolve().parents[1])

from lab import pair
from lab.process import wait_until
from lab.vpn import Options

IKE = "aes256gcm16-prfsha256-x25519"


def main():
    """Measure, print a table, write JSON."""
    options = parse_arguments()
    results = [measure(maker, options) for maker in options.maker or sorted(pair.MAKERS)]
    print(f"{'gateway':<12} {'handshakes':>10}  processor time of each")
    for row in results:
        print(f"{row['maker']:<12} {row['handshakes']:>10}  {row['ms_each']:.2f} ms")
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


def measure(maker, options):
    """Milliseconds of the gateway's process for each handshake, without the first."""
    suite = Options(ike=IKE)
    with pair.running(maker, maker, options.auth, suite, suite) as tunnel:
        connect_once(tunnel)
        before = cpu_seconds(tunnel.gateway.pid)
        for number in range(options.count):
            print(f"\r{maker}: {number + 1} of {options.count}", end="", file=sys.stderr)
            connect_once(tunnel)
        print(file=sys.stderr)
        seconds = cpu_seconds(tunnel.gateway.pid) - before
    return {"maker": maker, "auth": options.auth, "handshakes": options.count, "ms_each": 1000 * seconds / options.count}


def connect_once(tunnel):
    """Up, and down at both ends."""
    tunnel.client.connect()
    tunnel.client.disconnect()
    wait_until(lambda: not tunnel.client.sessions(), 10, what="the end of the session")


def cpu_seconds(pid):
    """User and system time of a process and its threads so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def parse_arguments():
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--auth", default="ecdsa", choices=("ecdsa", "rsa", "psk"))
    parser.add_argument("--maker", action="append", choices=sorted(pair.MAKERS))
    parser.add_argument("--json", type=pathlib.Path)
    if os.geteuid() != 0:
        parser.error("needs root for network namespaces")
    return parser.parse_args()


if __name__ == "__main__":
    main()
