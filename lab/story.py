"""The six steps of the roaming laptop, as they are played: what is done to the network, and what must come of it."""

import contextlib
import dataclasses
import time

from lab import network
from lab.ping import Pinger
from lab.process import wait_until
from lab.snapshot import Snapshot
from lab.transfer import Transfer, TransferResult
from lab.vpn import Session
from lab.watcher import Watcher

_HOLD = 0.8     # Seconds that a move is watched after traffic flows again.
_RETURN = 25    # Seconds within which a better path that is back must be taken again; it must prove itself first.


@dataclasses.dataclass
class Move:
    """One change of the network and what it cost."""
    name: str
    start: float
    end: float = 0
    lost: int = 0
    gap_ms: float = 0
    passed: bool = False
    reason: str = ""
    session: Session | None = None  # As it was afterwards.


class Story:
    """Plays the steps on a lab, with a client and a gateway that are started already."""

    def __init__(self, lab, client, gateway, timeline, lost_max=None):
        """`lost_max`: so many pings may a move cost, as long as there is a way for them; None for any number."""
        self.lost_max = lost_max
        self.lab, self.client, self.gateway, self.timeline = lab, client, gateway, timeline
        self.moves, self.failures = [], []
        self.transfer_result = TransferResult(False, 0, "it was never started")
        self.pings = []
        self._pinger = self._transfer = self._watcher = None

    @property
    def passed(self):
        """Whether every step did what it should and the TCP connection lived."""
        return bool(self.moves) and not self.failures and self.transfer_result.survived

    def play(self):
        """All six steps. A step that fails is noted and the next one is played."""
        self._watcher = Watcher(self.client, self.timeline.session)
        hosts = (self.lab.client, self.lab.gateway)
        before = [Snapshot(host) for host in hosts]
        self.timeline.head()
        try:
            self._connect()
            for number, (title, step) in enumerate((
                    ("eth0's cable is pulled, and put back", self._cable),
                    ("Both cables out for ten seconds", self._dormant),
                    ("Both cards on the same LAN", self._same_lan),
                    ("Addresses change under the tunnel", self._addresses)), start=2):
                self.timeline.step(number, title)
                step()
            self._disconnect(hosts, before)
        finally:
            self._stop()

    # The steps.

    def _connect(self):
        self.timeline.step(1, "The client connects over eth0")
        with self._step("connect"):
            session = self.client.connect()
            self._watcher.wait_for(lambda now: now.is_connected, 10, "Connected")
            self.timeline.result(True, f"inner address {', '.join(session.inner)}; {session.suite}; {session.child_suites[0]}")
            self._check(session.adapter == "eth0", f"connected over {session.adapter}, not eth0")
        if self.failures:
            raise StoryEnded("the client could not connect")
        self._pinger = Pinger(self.lab.client, network.SERVER)
        self._transfer = Transfer(self.lab.client, self.lab.server, network.SERVER)
        self._pinger.wait_steady()
        self.timeline.result(True, f"pings to {network.SERVER} every 10 ms and a TCP transfer run from here to the end")
        time.sleep(_HOLD)

    def _cable(self):
        self._move("cable eth0 out", self.lab.eth0.pull, _on("eth1", nat=True))
        self._move("cable eth0 back in", self.lab.eth0.plug, _on("eth0"), _RETURN)

    def _dormant(self):
        with self._recorded("both cables out for 10 s", lost_max=None) as move:
            self.lab.eth0.pull()
            self.lab.eth1.pull()
            self._watcher.wait_for(lambda now: now.state == "Dormant", 10, "Dormant")
            time.sleep(max(0, move.start + 10 - time.monotonic()))
            asleep = len(self.client.states())
            self.timeline.action("cable eth1 in")
            self.lab.eth1.plug()
            self._settle(move, _on("eth1", nat=True), 20)
            states = self.client.states()[asleep:]
            self._check("Dormant: waiting to reconnect" in states, f"states were {', '.join(states)}")
        self._move("cable eth0 back in", self.lab.eth0.plug, _on("eth0"), _RETURN)

    def _same_lan(self):
        self._move("eth1's cable to the LAN", self.lab.put_eth1_on_lan, _on("eth0"))
        self._move("cable eth0 out, both on the LAN", self.lab.eth0.pull, _on("eth1", nat=False))
        self._move("eth1's cable to the NAT router", self.lab.put_eth1_at_home, _on("eth1", nat=True))

    def _addresses(self):
        with self._recorded("NAT router forgets its mapping", lost_max=None) as move:  # Until we send, the gateway cannot.
            self._forget_mapping()
            self._settle(move, _on("eth1", nat=True), 15)
        self._move("cable eth0 back in", self.lab.eth0.plug, _on("eth0"), _RETURN)
        old, new = f"{network.CLIENT}/24", f"{network.CLIENT_RENUMBERED}/24"
        self._move("DHCP gives eth0 another address", lambda: self.lab.eth0.replace_address(old, new),
                   lambda now: now.is_connected and now.origin_address == network.CLIENT_RENUMBERED)
        with self._quietly():
            self.lab.eth1.pull()
        self._move("eth0 loses IPv4, IPv6 is left", lambda: self.lab.eth0.remove_addresses(4),
                   lambda now: now.is_connected and now.origin_address == network.CLIENT6)
        self.lab.eth0.replace_address(new, old)
        self.lab.eth1.plug()

    def _disconnect(self, hosts, before):
        self.timeline.step(6, "The client disconnects")
        self.transfer_result = self._transfer.stop()
        self._pinger.stop()
        with self._step("disconnect"):
            self.client.disconnect()
            wait_until(lambda: not self.gateway.sessions(), 10, what="the gateway to delete its SAs")
            self.timeline.result(True, "both sides deleted their SAs")
            wait_until(lambda: not self._left_behind(hosts, before), 5, what="routes and addresses to be as before")
            self.timeline.result(True, "routes and addresses are as before")
        for line in self._left_behind(hosts, before):
            self._fail("disconnect", line)

    # How a step is played.

    def _move(self, name, action, condition, timeout=15):
        """Do something to the network, wait until the client is where it should be and traffic flows, count what it cost."""
        with self._recorded(name, self.lost_max) as move:
            action()
            self._settle(move, condition, timeout)

    @contextlib.contextmanager
    def _recorded(self, name, lost_max):
        move = Move(name, time.monotonic())
        self.moves.append(move)
        self.timeline.action(name)
        with self._step(name):
            yield move
            move.passed = True
        move.end = time.monotonic()
        move.session = self._watcher.session()
        losses = self._pinger.losses(move.start, move.end - _HOLD / 2)
        move.lost, move.gap_ms = losses.lost, losses.gap_ms
        if move.passed and lost_max is not None and move.lost > lost_max:
            move.passed = False
            self._fail(name, f"{_pings(move.lost)} lost, more than {lost_max}")
        move.reason = "" if move.passed else self.failures[-1]
        self.timeline.result(move.passed, f"{_pings(move.lost)} lost, gap {move.gap_ms:.1f} ms")

    def _settle(self, move, condition, timeout):
        self._watcher.wait_for(condition, timeout, move.name)
        self._pinger.wait_steady(timeout=timeout)
        self._transfer.wait_progress()
        self._check(self._transfer.is_alive(), "the TCP connection broke")
        time.sleep(_HOLD)

    @contextlib.contextmanager
    def _step(self, name):
        try:
            yield
        except (TimeoutError, RuntimeError) as error:
            self._fail(name, str(error))

    @contextlib.contextmanager
    def _quietly(self):
        """Something that must not disturb the tunnel, and is no move of its own."""
        yield
        time.sleep(_HOLD / 2)

    def _check(self, holds, reason):
        if not holds:
            raise StepFailed(reason)

    def _fail(self, name, reason):
        self.failures.append(reason)
        self.timeline.result(False, f"{name}: {reason}")

    def _forget_mapping(self):
        before = self._seen_origin()
        self.lab.router.forget()
        wait_until(lambda: self._seen_origin() not in ("", before), 30, what="the gateway to see another port")
        self.timeline.result(True, f"the gateway saw {before}, now {self._seen_origin()}")

    def _seen_origin(self):
        """The client's origin as the gateway sees it."""
        sessions = self.gateway.sessions()
        return sessions[0].origin if sessions else ""

    def _left_behind(self, hosts, before):
        return [f"{host.name}: {line}" for host, snapshot in zip(hosts, before)
                for line in snapshot.differences(Snapshot(host))]

    def _stop(self):
        self._watcher.stop()
        if self._pinger:
            self._pinger.stop()
            self.pings = self._pinger.pings()


class StepFailed(RuntimeError):
    """A step did not do what it should; the next one can be played."""


class StoryEnded(RuntimeError):
    """Nothing further can be played."""


def _pings(count):
    return f"{count} ping" + ("" if count == 1 else "s")


def _on(adapter, nat=None):
    """Connected over this adapter, and if it is said, behind a NAT or not."""
    return lambda now: now.is_connected and now.adapter == adapter and nat in (None, now.is_nat)
