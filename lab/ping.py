"""Pings at a steady pace through whatever is under test, and what was lost of them when."""

import dataclasses
import pathlib
import sys
import threading
import time

from lab.process import wait_until

_PROBE = pathlib.Path(__file__).parent / "probes" / "icmp_ping.py"
_GRACE = 0.25  # Seconds that an answer may take before its request counts as lost.


@dataclasses.dataclass
class Ping:
    """One echo request; times in seconds of the monotonic clock."""
    sent: float
    answered: float | None = None


@dataclasses.dataclass(frozen=True)
class Losses:
    """What happened in a stretch of time."""
    sent: int
    lost: int
    gap_ms: float  # The longest time without an answer.


class Pinger:
    """Pings `target` from a namespace every `interval` seconds until it is stopped."""

    def __init__(self, host, target, interval=0.01):
        self.interval = interval
        self._pings = {}
        self._answers = []  # Times, in the order of arrival.
        self._lock = threading.Lock()
        self._process = host.start(sys.executable, _PROBE, target, interval)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def stop(self):
        """No more pings."""
        self._process.signal(15)
        self._reader.join(5)
        self._process.stop()

    def pings(self):
        """Every ping so far, in the order they were sent."""
        with self._lock:
            return [dataclasses.replace(ping) for ping in self._pings.values()]

    def losses(self, start, end=None):
        """What was lost of the pings sent from `start` to `end` (default: long enough ago to have been answered)."""
        end = end or time.monotonic() - _GRACE
        with self._lock:
            pings = [ping for ping in self._pings.values() if start <= ping.sent <= end]
            answers = [when for when in self._answers if start <= when <= end]
        lost = sum(ping.answered is None for ping in pings)
        moments = [start, *answers, end]
        gap = max(later - earlier for earlier, later in zip(moments, moments[1:]))
        return Losses(len(pings), lost, round(gap * 1000, 1))

    def wait_steady(self, count=10, timeout=10):
        """Wait until the last `count` pings that had time were all answered, and return the time; TimeoutError if not."""
        def is_steady():
            with self._lock:
                recent = list(self._pings.values())[-count - 5:-5]
            return len(recent) == count and all(ping.answered for ping in recent)
        since = time.monotonic()
        wait_until(lambda: time.monotonic() - since > (count + 5) * self.interval and is_steady(), timeout,
                   what="answered pings")
        return time.monotonic()

    def _read(self):
        for line in self._process.output:
            if not line.endswith(b"\n"):
                break  # It was stopped while it spoke.
            what, sequence, when = line.decode().split()
            with self._lock:
                if what == "got":
                    self._note_answer(int(sequence), float(when))
                else:
                    self._pings[int(sequence)] = Ping(float(when))

    def _note_answer(self, sequence, when):
        ping = self._pings[sequence]
        if ping.answered is None:  # A duplicate says nothing new.
            ping.answered = when
            self._answers.append(when)
