"""The base of tests that run a tunnel in a lab of their own: what they start, what they ask, what a failure shows."""

import os
import re
import sys
import time
import unittest

from lab import agilevpn, network, pair, strongswan
from lab.ping import Pinger
from lab.process import wait_until
from lab.transfer import Transfer
from lab.vpn import Options
from lab.watcher import Watcher

PATIENCE = 20  # Seconds for whatever should happen soon, on a machine that is busy with other tests.


class TunnelTestCase(unittest.TestCase):
    """A test with a tunnel. Each test makes its own, so that tests run side by side."""

    client = gateway = "agilevpn"  # Whose they are; a subclass may say otherwise.

    def tunnel(self, auth="ecdsa", client_options=Options(), gateway_options=Options(), connect=True):
        """A Pair that lives as long as the test, connected and with traffic passing if `connect`."""
        self._skip_what_is_missing()
        running = pair.running(self.client, self.gateway, auth, client_options, gateway_options)
        self._pair = self.enterContext(running)
        self.addCleanup(self._keep_last_words)
        if connect:
            self._pair.client.connect()
            self.wait_for_session(lambda session: session.is_connected, "a connection")
            self.assert_traffic()
        return self._pair

    def watch(self):
        """A Watcher of the client."""
        watcher = Watcher(self._pair.client)
        self.addCleanup(watcher.stop)
        return watcher

    def pinger(self):
        """Pings to the server every 10 ms from now on, once they are answered."""
        pinger = Pinger(self._pair.lab.client, network.SERVER)
        self.addCleanup(pinger.stop)
        pinger.wait_steady(timeout=PATIENCE)
        return pinger

    def wait_for_session(self, condition, what, end=None):
        """Wait until the client's session (or that of `end`) satisfies the condition; returns it."""
        end = end or self._pair.client
        last = []
        def answer():
            last[:] = end.sessions()[:1]
            return last and condition(last[0]) and last[0]
        try:
            return wait_until(answer, PATIENCE, interval=end.watch_interval, what=what)
        except TimeoutError as error:
            self.fail(f"{error}; it is {last}")

    def wait_for_end(self, *ends):
        """Wait until none of these daemons (default: both) has a session."""
        for end in ends or (self._pair.client, self._pair.gateway):
            wait_until(lambda: not end.sessions(), PATIENCE, interval=end.watch_interval,
                       what=f"{type(end).__name__} to have no session")

    def assert_traffic(self):
        """IPv4 and IPv6 pings and a TCP stream pass through the tunnel, checked octet by octet."""
        lab = self._pair.lab
        for server in (network.SERVER, network.SERVER6):
            wait_until(lambda: lab.client.can_reach(server), PATIENCE, what=f"an answer of {server}")
        transfer = Transfer(lab.client, lab.server, network.SERVER, rate=2_000_000)
        transfer.wait_progress(PATIENCE)
        time.sleep(0.3)
        result = transfer.stop()
        self.assertTrue(result.survived, result.reason)

    def assert_logged(self, end, words):
        """A regular expression; the peer may hear of a refusal before it is written down."""
        wait_until(lambda: re.search(words, end.log()), PATIENCE, what=f"'{words}' in the log of {type(end).__name__}")

    def assert_no_traffic(self):
        """Nothing reaches the server: not through the tunnel, and not around it."""
        self.assertFalse(self._pair.lab.client.can_reach(network.SERVER))

    def run(self, result=None):
        """As unittest does; a test that fails shows the end of both logs."""
        self._pair, self._last_words = None, ""
        result = result or self.defaultTestResult()
        wrong_before = len(result.failures) + len(result.errors)
        super().run(result)
        if len(result.failures) + len(result.errors) > wrong_before:
            print(self._last_words, file=sys.stderr)
        return result

    def _keep_last_words(self):
        for end in (self._pair.client, self._pair.gateway):
            lines = end.log().splitlines()[-60:]
            self._last_words += f"\n----- {type(end).__name__}, its last {len(lines)} lines\n" + "\n".join(lines)

    def _skip_what_is_missing(self):
        makers = {self.client, self.gateway}
        if os.geteuid() != 0:
            self.skipTest("needs root for network namespaces")
        if "agilevpn" in makers and not agilevpn.is_built():
            self.skipTest(f"no agilevpnd in {agilevpn.BIN}")
        if "strongswan" in makers and not strongswan.is_installed():
            self.skipTest("strongSwan is not installed")
        if "newer strongswan" in makers and not strongswan.is_newer_there():
            self.skipTest(f"there is no newer strongSwan in {strongswan.NEWER_ROOT} (scripts/newer-strongswan makes it)")


class OurClient(TunnelTestCase):
    """Our client with strongSwan's gateway."""

    client, gateway = "agilevpn", "strongswan"

    def theirs(self):
        """The end that is strongSwan's."""
        return self._pair.gateway

    def ours(self):
        """The other one."""
        return self._pair.client

    @staticmethod
    def options(theirs, ours):
        """As `tunnel` takes them."""
        return {"client_options": ours, "gateway_options": theirs}


class TheirClient(TunnelTestCase):
    """strongSwan's client with our gateway."""

    client, gateway = "strongswan", "agilevpn"

    def theirs(self):
        """The end that is strongSwan's."""
        return self._pair.client

    def ours(self):
        """The other one."""
        return self._pair.gateway

    @staticmethod
    def options(theirs, ours):
        """As `tunnel` takes them."""
        return {"client_options": theirs, "gateway_options": ours}
