#!/usr/bin/env python3
"""The packet path alone: iperf3 through two esp_tunnel programs in namespaces, fixed keys, no IKE.

    bench/dataplane/throughput.py [--seconds 5] [--rounds 1] [--suite gcm128 ...] [--native] [--build build/release]

       inner 10.99.0.1 -- esp_tunnel -- 192.0.2.1 ===veth=== 192.0.2.2 -- esp_tunnel -- 10.99.0.2

The load generator, both ends and the server share the machine: only ratios of one run count. "none" is the veth alone.
"""

import argparse
import json
import os
import pathlib
import statistics
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[0] = str(ROOT)

from lab.namespace import Namespace
from lab.process import run, wait_until

OUTER = ["192.0.2.1", "192.0.2.2"]
INNER = ["10.99.0.1", "10.99.0.2"]
MTU = 1400


def main():
    """Measure and print a table."""
    options = parse_arguments()
    print(f"{'suite':<8} {'TCP 1':>8} {'TCP 4':>8} Mbit/s   {'UDP 64':>7} kpps   packets per send, per write")
    for suite in ["none", *options.suite]:
        rows = [measure(suite, options) for _ in range(options.rounds)]
        one, four, udp = (statistics.median(row[i] for row in rows) for i in range(3))
        print(f"{suite:<8} {one:>8.0f} {four:>8.0f}          {udp:>7.1f}        {rows[-1][3]}", flush=True)


def measure(suite, options):
    """Mbit/s of one and of four TCP streams, received kpps of 64-octet datagrams, and how large batches were."""
    hosts = [Namespace(f"avbench{os.getpid()}-{end}") for end in (0, 1)]
    folder = tempfile.TemporaryDirectory()
    try:
        connect(hosts)
        tunnel = [] if suite == "none" else start(hosts, suite, options, pathlib.Path(folder.name))
        server = OUTER[1] if suite == "none" else INNER[1]
        hosts[1].start("iperf3", "--server", log=pathlib.Path(folder.name) / "iperf3")
        wait_until(lambda: hosts[1].run("ss", "-Hltn", "sport = :5201"), 5, what="iperf3")
        rates = [stream(hosts[0], server, options.seconds, streams) for streams in (1, 4)]
        rates.append(datagrams(hosts[0], server, options.seconds))
        return *rates, batches(tunnel)
    finally:
        for host in hosts:
            host.delete()
        folder.cleanup()


def connect(hosts):
    """The outer network."""
    for host in hosts:
        host.create()
    run("ip", "link", "add", "out0", "netns", hosts[0].name, "type", "veth", "peer", "name", "out0", "netns", hosts[1].name)
    for host, address in zip(hosts, OUTER):
        host.ip("address", "add", f"{address}/24", "dev", "out0")
        host.ip("link", "set", "out0", "up")


def start(hosts, suite, options, folder):
    """Both ends."""
    program = options.build / "bin" / "esp_tunnel"
    way = "native" if options.native else "udp"
    ends = []
    for host, role, local, peer, inner in zip(hosts, ("client", "gateway"), OUTER, reversed(OUTER), INNER):
        ends.append(host.start(program, role, "vpn0", local, peer, suite, way, log=folder / role))
        wait_until(lambda h=host: "vpn0" in h.ip("-br", "link"), 5, what="esp_tunnel")
        host.ip("address", "add", f"{inner}/24", "dev", "vpn0")
        host.ip("link", "set", "vpn0", "mtu", MTU, "up")
    wait_until(lambda: hosts[0].can_reach(INNER[1]), 5, what="the tunnel")
    return ends


def iperf(host, server, seconds, *words):
    """iperf3's closing figures; its first second does not count."""
    answer = host.run("iperf3", "--client", server, "--json", "--time", seconds, "--omit", 1, *words, timeout=seconds + 30)
    return json.loads(answer)["end"]


def stream(host, server, seconds, streams):
    """Mbit/s as the receiver saw it."""
    return iperf(host, server, seconds, "--parallel", streams)["sum_received"]["bits_per_second"] / 1e6


def datagrams(host, server, seconds):
    """Thousands of 64-octet datagrams a second that arrived, of as many as there can be."""
    total = iperf(host, server, seconds, "--udp", "--length", 64, "--bitrate", 0)["sum"]
    return total["packets"] * (1 - total["lost_percent"] / 100) / total["seconds"] / 1e3


def batches(tunnel):
    """How many packets a system call moved, at the client and at the gateway."""
    if not tunnel:
        return "-"
    for end in tunnel:
        end.stop()
    client, gateway = (json.loads(end.log.read_text()) for end in tunnel)
    return (f"{client['packets_sealed'] / max(client['sends'], 1):.1f}, "
            f"{gateway['packets_opened'] / max(gateway['tun_writes'], 1):.1f}")


def parse_arguments():
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--suite", action="append", choices=["gcm128", "gcm256", "chacha", "cbc128"])
    parser.add_argument("--native", action="store_true", help="ESP without UDP")
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build" / "release")
    options = parser.parse_args()
    options.suite = options.suite or ["gcm128", "gcm256", "chacha", "cbc128"]
    if os.geteuid() != 0:
        parser.error("needs root for network namespaces")
    return options


if __name__ == "__main__":
    main()
