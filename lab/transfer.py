"""A TCP transfer through the tunnel that must survive whatever happens below it."""

import dataclasses
import pathlib
import sys
import threading

from lab.process import wait_until

_PROBE = pathlib.Path(__file__).parent / "probes" / "tcp_stream.py"


@dataclasses.dataclass(frozen=True)
class TransferResult:
    """How it ended: `survived` means that every octet sent arrived once, in order, on the one connection."""
    survived: bool
    bytes: int
    reason: str = ""


class Transfer:
    """One connection from `sender` to `address` in `receiver`, at `rate` bytes a second."""

    def __init__(self, sender, receiver, address, port=5001, rate=125_000):
        self._received, self._last, self._threads = 0, {}, []
        self._receiver = receiver.start(sys.executable, _PROBE, "receive", address, port)
        self._follow("receiver", self._receiver)
        wait_until(lambda: "receiver" in self._last, 5, what="the receiver to listen")
        self._sender = sender.start(sys.executable, _PROBE, "send", address, port, rate)
        self._follow("sender", self._sender)

    @property
    def bytes(self):
        """How much has arrived and was right."""
        return self._received

    def is_alive(self):
        """Whether neither end gave up."""
        return self._sender.is_running() and self._receiver.is_running()

    def wait_progress(self, timeout=15):
        """Wait until more arrives than had by now; TimeoutError if the stream stalls."""
        before = self._received
        wait_until(lambda: self._received > before or not self.is_alive(), timeout, what="the TCP transfer to go on")

    def stop(self, timeout=20):
        """Let the sender end in order and the receiver see all of it."""
        self._sender.signal(15)
        try:
            self._sender.wait(timeout)
            self._receiver.wait(timeout)
        except TimeoutError as error:
            self._last["sender"] = f"broken {error}"
        for thread in self._threads:
            thread.join(2)
        return self._result()

    def _result(self):
        ends = [self._last.get(who, "broken nothing was said") for who in ("sender", "receiver")]
        reasons = [end.removeprefix("broken ") for end in ends if end.startswith("broken")]
        survived = not reasons and ends[0] == ends[1] and ends[0].startswith("end")
        return TransferResult(survived, self._received, "; ".join(reasons) or ("" if survived else f"ended as {ends}"))

    def _follow(self, who, process):
        thread = threading.Thread(target=self._read, args=(who, process.output), daemon=True)
        self._threads.append(thread)
        thread.start()

    def _read(self, who, output):
        for line in output:
            self._last[who] = line.decode().strip()
            word, *values = self._last[who].split()
            if word in ("bytes", "end") and who == "receiver":
                self._received = int(values[0])
