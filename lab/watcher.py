"""Watches a client: every state, adapter, address and SPI it has had, and when."""

import threading
import time

from lab.process import CommandFailed


class Watcher:
    """Asks the client what it is doing until stopped. `on_change(time, session)` is called from a thread of its own."""

    def __init__(self, client, on_change=lambda when, session: None):
        self._client, self._on_change = client, on_change
        self._changed = threading.Condition()
        self._history = []  # (time, session)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self):
        """No more questions."""
        self._stopping.set()
        self._thread.join(5)

    def session(self):
        """What the client said last; None before it ever did."""
        with self._changed:
            return self._history[-1][1] if self._history else None

    def wait_for(self, condition, timeout, what):
        """Wait until the client's session satisfies `condition` and return it; TimeoutError says what it was instead."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._history and condition(self._history[-1][1]), timeout):
                last = self._history[-1][1] if self._history else None
                raise TimeoutError(f"waited {timeout:g} s for {what}; it is {describe(last)}")
            return self._history[-1][1]

    def _watch(self):
        while not self._stopping.wait(self._client.watch_interval):
            try:
                session = self._client.session()
            except (CommandFailed, OSError):
                continue  # It is stopping or starting.
            if session and session != self.session():
                self._note(session)

    def _note(self, session):
        when = time.monotonic()
        with self._changed:
            self._history.append((when, session))
            self._changed.notify_all()
        self._on_change(when, session)


def describe(session):
    """A session in a few words."""
    if session is None:
        return "not there"
    return " ".join(filter(None, [session.state, session.adapter, session.origin, "behind NAT" if session.is_nat else ""]))
