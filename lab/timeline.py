"""The live timeline of the demo in a terminal: what happens, line by line, as a person follows it."""

import sys
import threading
import time

from lab.watcher import describe

_HEAD = f"{'time':>7}  {'state':<32} {'adapter':<8} {'origin address':<26} {'NAT':<4} {'IKE SPIs':<19} ESP SPIs"


class Timeline:
    """Prints to `stream`; in colour and with a live last line if that is a terminal."""

    def __init__(self, stream=sys.stdout):
        self._stream, self._is_terminal = stream, stream.isatty()
        self._start = time.monotonic()
        self._lock = threading.Lock()
        self._footer = ""

    def start(self, title):
        """Time counts from now."""
        self._start = time.monotonic()
        self.line(self._style(title, "1"))

    def head(self):
        """The columns' names."""
        self.line(self._style(_HEAD, "2"))

    def step(self, number, title):
        """A chapter begins."""
        self.line("")
        self.line(self._style(f"{number}  {title}", "1;36"))

    def action(self, text):
        """Something is done to the network."""
        self.line(f"{self._now()}  {self._style('▸ ' + text, '33')}")

    def session(self, when, session):
        """The client is something else than before."""
        child = session.child_spis[-1] if session.child_spis else ("-", "-")
        row = (f"{when - self._start:6.2f}s  {session.state:<32} {session.adapter or '-':<8} {session.origin or '-':<26} "
               f"{'yes' if session.is_nat else 'no':<4} {_short(session.spi_i)}/{_short(session.spi_r)} "
               f"{child[0]}/{child[1]}")
        self.line(self._style(row, "32" if session.state == "Connected" else "35"))

    def result(self, passed, text):
        """What came of it."""
        self.line(f"{self._now()}  {self._style('✓' if passed else '✗', '1;32' if passed else '1;31')} {text}")

    def line(self, text):
        """Any line; the live last line stays below it."""
        with self._lock:
            self._clear()
            print(text, file=self._stream, flush=True)
            self._draw()

    def footer(self, text):
        """The live last line: only in a terminal."""
        with self._lock:
            self._clear()
            self._footer = f"{self._now()}  {text}" if text else ""
            self._draw()

    def _clear(self):
        if self._is_terminal and self._footer:
            self._stream.write("\r\033[K")

    def _draw(self):
        if self._is_terminal and self._footer:
            self._stream.write(self._style(self._footer, "2"))
            self._stream.flush()

    def _now(self):
        return f"{time.monotonic() - self._start:6.2f}s"

    def _style(self, text, code):
        return f"\033[{code}m{text}\033[0m" if self._is_terminal else text


def _short(spi):
    return spi[:8] + "…" if spi else "-"


def summary_table(moves, transfer):
    """The moves as a table, and what became of the TCP transfer."""
    head = f"{'move':<34} {'lost':>5} {'gap':>11}   {'after it':<50} result"
    rows = [f"{move.name:<34} {move.lost:>5} {move.gap_ms:>8.1f} ms   {describe(move.session):<50} "
            f"{'ok' if move.passed else 'FAILED: ' + move.reason}" for move in moves]
    verdict = "survived everything" if transfer.survived else f"BROKEN: {transfer.reason}"
    return "\n".join([head, "-" * len(head), *rows, "", f"TCP transfer: {transfer.bytes / 1e6:.1f} MB, {verdict}"])
