#!/usr/bin/env python3
"""What a move costs: pings lost at a 10 ms interval and the longest silence, ours beside strongSwan's in the same lab.

    bench/mobility.py [--rounds 10] [--maker agilevpn --maker strongswan] [--json FILE]

Three measurements, each on the path in use:
  cable     the carrier is lost, the interface keeps its addresses: what a pulled cable is
  admin     the interface is taken down, its addresses and routes go
  return    the preferred path is back and takes the traffic again; must lose nothing
"""

import argparse
import json
import os
import pathlib
import statistics
import sys
import time

sys.path[0] = str(pathlib.Path(__file__).resolve().parents[1])

from lab import network, pair
from lab.ping import Pinger
from lab.watcher import Watcher

HOLD = 2  # Seconds. The kernel's link watch lets a link that came up carry packets at most once a second.
PATIENCE = 10    # Seconds after which a client that has not moved is said to never move.
RETURNS = 3      # A link that comes and goes must prove itself longer each time: more of them would take minutes.


def main():
    """Measure, print a table, write JSON."""
    options = parse_arguments()
    results = []
    for maker in options.maker or ["agilevpn", "strongswan"]:
        for kind in ("cable", "admin"):
            results += measure(maker, kind, options.rounds)
    print(table(results))
    if options.json:
        options.json.write_text(json.dumps(results, indent=2) + "\n")


def measure(maker, kind, rounds):
    """Cut the path in use again and again, and put it back each time."""
    print(f"{maker}: {kind} ...", file=sys.stderr)
    with pair.running(maker, maker) as tunnel:
        tunnel.client.connect()
        watcher, pinger = Watcher(tunnel.client), Pinger(tunnel.lab.client, network.SERVER)
        try:
            return Rounds(tunnel.lab, watcher, pinger, maker, kind).play(rounds)
        finally:
            pinger.stop()
            watcher.stop()


class Rounds:
    """One client and one way of cutting a path."""

    def __init__(self, lab, watcher, pinger, maker, kind):
        self.watcher, self.pinger, self.maker, self.kind = watcher, pinger, maker, kind
        self.nics = {"eth0": lab.eth0, "eth1": lab.eth1}
        self.cuts, self.returns = [], []

    def play(self, rounds):
        """The losses of every cut and every return, summed up."""
        self.watcher.wait_for(lambda now: now.is_connected, PATIENCE, "Connected")
        self.pinger.wait_steady()
        for _ in range(rounds):
            if not self._cut_and_put_back():
                return [self._row(self.kind, [], f"never moved in {PATIENCE} s")]
        rows = [self._row(self.kind, self.cuts)]
        if self.returns:
            rows.append(self._row("return", self.returns))
        return rows

    def _cut_and_put_back(self):
        used = self.watcher.session().adapter
        other = "eth1" if used == "eth0" else "eth0"
        cut, mend = (("pull", "plug") if self.kind == "cable" else ("disable", "enable"))
        has_moved = self._record(self.cuts, getattr(self.nics[used], cut), other)
        if has_moved and used == "eth0" and self.maker == "agilevpn" and len(self.returns) < RETURNS:
            self._record(self.returns, getattr(self.nics[used], mend), used, 30)
        else:
            getattr(self.nics[used], mend)()
            time.sleep(HOLD)
        return has_moved

    def _record(self, into, action, adapter, patience=PATIENCE):
        start = time.monotonic()
        action()
        try:
            self.watcher.wait_for(lambda now: now.is_connected and now.adapter == adapter, patience, adapter)
        except TimeoutError:
            return False
        self.pinger.wait_steady()
        time.sleep(HOLD)
        into.append(self.pinger.losses(start))
        return True

    def _row(self, what, losses, remark=""):
        row = {"maker": self.maker, "what": what, "rounds": len(losses), "remark": remark}
        for name in ("lost", "gap_ms") if losses else ():
            values = [getattr(loss, name) for loss in losses]
            row |= {f"{name}_median": statistics.median(values), f"{name}_worst": max(values)}
        return row


def table(results):
    """Rows for people."""
    lines = [f"{'client':<12} {'what':<8} {'rounds':>6} {'lost, median':>13} {'worst':>6} {'gap ms, median':>15} {'worst':>8}"]
    for row in results:
        if row["rounds"]:
            lines.append(f"{row['maker']:<12} {row['what']:<8} {row['rounds']:>6} {row['lost_median']:>13g} "
                         f"{row['lost_worst']:>6} {row['gap_ms_median']:>15.1f} {row['gap_ms_worst']:>8.1f}")
        else:
            lines.append(f"{row['maker']:<12} {row['what']:<8} {row['remark']}")
    return "\n".join(lines)


def parse_arguments():
    """What the command line says."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--maker", action="append", choices=sorted(pair.MAKERS))
    parser.add_argument("--json", type=pathlib.Path)
    if os.geteuid() != 0:
        parser.error("needs root for network namespaces")
    return parser.parse_args()


if __name__ == "__main__":
    main()
