#!/usr/bin/python3
"""The demo: a roaming laptop in the virtual lab, live, with a summary, and out/demo/ to look at afterwards.

    demo.py [--json] [--out DIR] [--with agilevpn|strongswan]

Exit status: 0 if every step did what it should, 1 if one failed, 130 if interrupted. It leaves nothing behind.
"""

import os
import signal

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def stop_at_once(*_):
    """While there is nothing to clean up."""
    os.write(2, b"\ndemo: interrupted before the lab was there\n")
    os._exit(130)


for _signal in SIGNALS:  # Before everything that takes time, which ./demo keeps SIGINT away from.
    signal.signal(_signal, stop_at_once)
signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)

import argparse
import json
import pathlib
import sys
import tempfile

sys.path[0] = str(pathlib.Path(__file__).resolve().parents[1])  # The folder that the package "lab" lies in.

from lab import agilevpn, credentials, network
from lab.capture import OUTER, Capture
from lab.network import Lab, leftovers
from lab.pair import Pair
from lab.picture import draw
from lab.snapshot import Snapshot
from lab.story import Story, StoryEnded
from lab.timeline import Timeline, summary_table

ROOT = pathlib.Path(__file__).resolve().parents[1]
LOST_MAX = 100  # Pings, at one each 10 ms, that a move may cost while there is a way: far more than it does.
RESULTS = ("ike.log", "events.jsonl", "outer.pcap", "inner.pcap", "ping.svg", "summary.json")


def main():
    """Play the demo and say how it went."""
    options = parse_arguments()
    if options.check:
        return 0
    stream = sys.stderr if options.json else sys.stdout
    if os.geteuid() != 0:
        sys.exit("demo: needs root for network namespaces (sudo)")
    try:
        return run(options, stream)
    except KeyboardInterrupt:
        print("\ndemo: interrupted, everything is cleaned up", file=stream)
        return 130


def run(options, stream):
    """Play it and report; an interrupt is a KeyboardInterrupt from here on, with everything cleaned up."""
    out = results_folder(options.out)
    machine = Snapshot()
    lab = Lab(source_routing=options.maker == "strongswan")
    stop_on_signals()
    with tempfile.TemporaryDirectory(prefix="agilevpn-demo-") as folder:
        story = play(lab, pathlib.Path(folder), options.maker, out, Timeline(stream))
    story.failures += [f"left behind: {name}" for name in leftovers(lab.prefix)]
    story.failures += machine.differences(Snapshot())
    report(story, out, stream)
    if options.json:
        print(json.dumps(summary(story), ensure_ascii=False))
    return 0 if story.passed else 1


def parse_arguments():
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="demo", allow_abbrev=False, description="A roaming laptop in the virtual lab.",
                                     epilog="example: ./demo --json | jq .passed")
    parser.add_argument("--json", action="store_true", help="print the summary as JSON; progress goes to standard error")
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "out" / "demo", help="where results go (%(default)s)")
    parser.add_argument("--with", dest="maker", choices=("agilevpn", "strongswan"), default="agilevpn",
                        help="whose client and gateway roam (%(default)s); strongSwan's, to compare, stays where a cable was pulled, and fails there")
    parser.add_argument("--check", action="store_true", help="say whether these arguments make sense, and do nothing")
    return parser.parse_args()


def play(lab, folder, maker, out, timeline):
    """Raise the lab, start the daemons, play the story; collects what they say into `out`."""
    timeline.start("A laptop that roams: AgileVPN's demo")
    timeline.line(network.__doc__.partition("\n\n")[2].partition("\n\n")[0] + "\n")
    with lab:
        own = agilevpn.own_pki(folder / "pki") if maker == "agilevpn" else credentials.make(folder / "pki", "ecdsa")
        pair = Pair(lab, folder, maker, maker, own)
        captures = [Capture(lab.gateway, "eth0", out / "outer.pcap", OUTER),
                    Capture(lab.gateway, "eth1", out / "inner.pcap", "not arp")]
        story = Story(lab, pair.client, pair.gateway, timeline, LOST_MAX if maker == "agilevpn" else None)
        try:
            pair.start()
            story.play()
        except StoryEnded as error:
            timeline.result(False, str(error))
        finally:
            for capture in captures:
                capture.stop()
            collect(pair, out)
            pair.stop()
    return story


def collect(pair, out):
    """The readable log of both ends, the client's first, and their events in the order of time."""
    ends = {"client": pair.client, "gateway": pair.gateway}
    (out / "ike.log").write_text("\n".join(f"===== {name} =====\n{end.log()}" for name, end in ends.items()))
    events = [{"end": name, **json.loads(line)} for name, end in ends.items() for line in end.event_lines()]
    events.sort(key=lambda event: event["time"])
    (out / "events.jsonl").write_text("".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events))


def summary(story):
    """What --json prints."""
    moves = [{"move": move.name, "lost": move.lost, "gap_ms": move.gap_ms, "passed": move.passed, "reason": move.reason,
              **after(move.session)} for move in story.moves]
    answered = sum(ping.answered is not None for ping in story.pings)
    return {"passed": story.passed, "moves": moves, "failures": story.failures,
            "pings": {"sent": len(story.pings), "answered": answered},
            "tcp": {"survived": story.transfer_result.survived, "bytes": story.transfer_result.bytes}}


def after(session):
    """What the client was after a move."""
    if not session:
        return {}
    return {"state": session.state, "adapter": session.adapter, "origin": session.origin, "nat": session.is_nat}


def report(story, out, stream):
    """The table, the files, the verdict."""
    print("\n" + summary_table(story.moves, story.transfer_result), file=stream)
    (out / "summary.json").write_text(json.dumps(summary(story), indent=2, ensure_ascii=False) + "\n")
    draw(story.pings, story.moves, out / "ping.svg")
    for failure in story.failures:
        print(f"failed: {failure}", file=stream)
    files = ", ".join(name for name in RESULTS if (out / name).exists())
    print(f"\n{'PASSED' if story.passed else 'FAILED'}. In {os.path.relpath(out)}: {files}", file=stream)


def results_folder(path):
    """The folder, made if it is missing, without an earlier run's results."""
    path.mkdir(parents=True, exist_ok=True)
    for name in RESULTS:
        (path / name).unlink(missing_ok=True)
    return path.resolve()


def stop_on_signals():
    """The first signal ends the demo in order; while it cleans up, further ones are ignored."""
    def handle(*_):
        for number in SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        os.write(2, b"\ndemo: cleaning up ...\n")  # It takes some seconds.
        raise KeyboardInterrupt
    for number in SIGNALS:
        signal.signal(number, handle)


if __name__ == "__main__":
    sys.exit(main())
