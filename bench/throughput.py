#!/usr/bin/env python3
"""One TCP stream through the tunnel, ours beside strongSwan's kernel-libipsec in the same run, with the same suite.

    bench/throughput.py [--rounds 3] [--seconds 5] [--suite aes128gcm16] [--maker ...] [--json FILE]

The makers take turns, so that a busy machine is busy for both. Up is from the client to the server.
"""

import argparse
import json
import os
import pathlib
import statistics
import sys

sys.path[0] = str(pathlib.Path(__file__).resolve().parents[1])

from lab import network, pair
from lab.process import wait_until
from lab.vpn import Options

DIRECTIONS = {"up": [], "down": ["--reverse"]}


def main():
    """Measure, print a table, write JSON."""
    options = parse_arguments()
    makers = options.maker or ["agilevpn", "strongswan"]
    measured = {(maker, way): [] for maker in makers for way in DIRECTIONS}
    for number in range(options.rounds):
        for maker in makers:
            print(f"{maker}: round {number + 1} of {options.rounds} ...", file=sys.stderr)
            for way, rate in measure(maker, options.suite, options.seconds).items():
                measured[maker, way].append(rate)
    results = [{"maker": maker, "way": way, "mbit_s_median": statistics.median(rates), "mbit_s": rates}
               for (maker, way), rates in measured.items()]
    print(table(results))
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


def measure(maker, suite, seconds):
    """Mbit/s in each direction, in a lab of its own."""
    options = Options(esp=suite)
    with pair.running(maker, maker, client_options=options, gateway_options=options) as tunnel:
        tunnel.client.connect()
        server = tunnel.lab.server.start("iperf3", "--server", "--forceflush", log=tunnel.folder / "iperf3.log")
        wait_until(lambda: "listening" in (tunnel.folder / "iperf3.log").read_text(), 5, what="iperf3")
        rates = {way: stream(tunnel.lab.client, seconds, words) for way, words in DIRECTIONS.items()}
        server.stop()
        return rates


def stream(host, seconds, words):
    """One stream's Mbit/s as the receiver saw it; its first second does not count."""
    answer = host.run("iperf3", "--client", network.SERVER, "--json", "--time", seconds, "--omit", 1, *words,
                      timeout=seconds + 30)
    return round(json.loads(answer)["end"]["sum_received"]["bits_per_second"] / 1e6, 1)


def table(results):
    """Rows for people, with the ratio to strongSwan where both ran."""
    peer = {row["way"]: row["mbit_s_median"] for row in results if row["maker"] == "strongswan"}
    lines = [f"{'tunnel':<12} {'way':<5} {'Mbit/s':>8}  to strongSwan"]
    for row in results:
        ratio = f"{row['mbit_s_median'] / peer[row['way']]:.2f} x" if row["way"] in peer else "-"
        lines.append(f"{row['maker']:<12} {row['way']:<5} {row['mbit_s_median']:>8.0f}  {ratio}")
    return "\n".join(lines)


def parse_arguments():
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--suite", default="aes128gcm16")
    parser.add_argument("--maker", action="append", choices=sorted(pair.MAKERS))
    parser.add_argument("--json", type=pathlib.Path)
    if os.geteuid() != 0:
        parser.error("needs root for network namespaces")
    return parser.parse_args()


if __name__ == "__main__":
    main()
