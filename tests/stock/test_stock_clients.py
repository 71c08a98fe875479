"""Every stock client of the simulator (sim/stock), octet for octet, with our gateway as it runs: over real sockets, with a real
certificate, a kept user and the host's own network stack. One lab and one gateway for each policy and way to sign in.

What Windows asks for inside the tunnel, a router, is answered by the daemon's packet path: nothing else in the lab could ask for it.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import tempfile
import unittest

from bench import crowd
from lab import agilevpn, credentials, network
from lab.network import Lab
from lab.process import run, wait_until
from lab.tunnel_test_case import PATIENCE
from lab.vpn import Options

PROGRAM = agilevpn.BIN / "stock_client"
# What our gateway takes each for, by the beginning of its name; the first that fits.
NAMES = {"windows-7": "Windows 7", "windows": "Windows 10 or 11", "ios-26": "iOS or macOS", "ios-profile": "iOS or macOS", "ios": "iOS",
         "macos": "iOS or macOS", "android-11": "Android 11 or 12", "android": "Android 13 or later", "strongswan": "strongSwan"}
OWN_ADDRESSES = ["10.66.0.1", "fd66::1"]  # The gateway's, in network.POOL and POOL6.
# fe80::1 tells fe80::c0de: no default router, an MTU, and the office by a Route Information option (RFC 4191 §2.3).
ADVERTISEMENT = (r"^6[0-9a-f]{11}3aff" r"fe80000000000000000000000000" r"0001" r"fe8000000000000000000000" r"0000c0de"
                 r"8600[0-9a-f]{4}40000000" r"0000000000000000" r"05010000[0-9a-f]{8}" r"18024000ffffffff20010db800100000$")


@dataclasses.dataclass(frozen=True)
class Kind:
    """A line of what stock_client lists."""
    name: str
    policy: str
    sign_in: str  # "mschapv2", "tls" or "certificate"

    @property
    def is_windows(self):
        """Whether it has Windows' habits."""
        return self.name.startswith("windows")


class StockClients(unittest.TestCase):
    """Each connects, is known for what it is, gets what it asks for, reaches the office by both families, and goes in order."""

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("needs root for network namespaces")
        if not agilevpn.is_built() or not PROGRAM.exists():
            self.skipTest(f"no agilevpnd and stock_client in {agilevpn.BIN}")
        self.kinds = [Kind(*line.split()) for line in run(PROGRAM).splitlines()]

    def test_with_a_password_and_policy_legacy_windows(self):
        self.check("legacy-windows", "mschapv2")

    def test_with_a_password_and_policy_compatible(self):
        self.check("compatible", "mschapv2")

    def test_with_a_password_and_policy_modern(self):
        self.check("modern", "mschapv2")

    def test_with_eap_tls(self):
        self.check("modern", "tls")

    def test_with_a_certificate_and_policy_compatible(self):
        self.check("compatible", "certificate")

    def test_with_a_certificate_and_policy_modern(self):
        self.check("modern", "certificate")

    def test_all_kinds_have_a_test(self):
        ways = {(kind.policy, kind.sign_in) for kind in self.kinds}
        self.assertEqual({("legacy-windows", "mschapv2"), ("compatible", "mschapv2"), ("modern", "mschapv2"), ("modern", "tls"),
                          ("compatible", "certificate"), ("modern", "certificate")}, ways)

    def test_two_hundred_at_once(self):
        figures = crowd.measure(argparse.Namespace(count=200, kind="windows-11-cmdlet", policy="modern", idle=0.5))
        self.assertTrue(figures["whole"], figures)

    def check(self, policy, sign_in):
        folder = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory(prefix="agilevpn-lab-")))
        authority = credentials.Authority(folder / "pki", "ecdsa" if policy == "modern" else "rsa")
        authority.client()
        own = dataclasses.replace(authority.gateway(), eap="tls" if sign_in == "tls" else "mschapv2", password=credentials.PASSWORD)
        lab = self.enterContext(Lab())
        gateway = agilevpn.AgileVpnGateway(lab.gateway, folder / "gateway", own, Options(policy=policy))
        gateway.start()
        self.addCleanup(gateway.stop)
        for kind in self.kinds:
            if (kind.policy, kind.sign_in) == (policy, sign_in):
                with self.subTest(kind.name):
                    self.visit(kind, lab, gateway, folder)

    def visit(self, kind, lab, gateway, folder):
        """One client comes and goes."""
        output = folder / kind.name
        seen = len(gateway.event_lines())
        client = lab.client.start(PROGRAM, kind.name, network.CLIENT, network.GATEWAY, folder / "pki", credentials.PASSWORD,
                                  network.SERVER, network.SERVER6, log=output)
        try:
            wait_until(lambda: "\nready " in "\n" + output.read_text() or not client.is_running(), 5 * PATIENCE, what="the client")
            session, = gateway.status()["sessions"] or [None]
            events = [json.loads(line) for line in gateway.event_lines()[seen:]]
        finally:
            status = client.stop(PATIENCE)
        said = output.read_text()
        self.assertEqual(0, status, said)
        self.assertIn(f"left {kind.name}", said)
        facts = [tuple(line.split(" ", 1)) for line in said.splitlines()]
        self.check_session(kind, session, events, facts)
        wait_until(lambda: not gateway.sessions(), PATIENCE, what="the gateway to have no session")

    def check_session(self, kind, session, events, facts):
        """What both ends have made of it."""
        told = lambda what: [value for key, value in facts if key == what]
        self.assertEqual([], told("drop") + told("mistake"))
        self.assertEqual(session["inner_addresses"], told("address"))
        recognized, = (event["client"] for event in events if event["event"] == "PeerRecognized")
        self.assertEqual(next(name for prefix, name in NAMES.items() if kind.name.startswith(prefix)), recognized)
        has_ipv6 = any(":" in address for address in told("address"))
        self.assertEqual([network.SERVER, network.SERVER6] if has_ipv6 else [network.SERVER], told("answer"))
        self.assertEqual(OWN_ADDRESSES if kind.is_windows else [], told("server"))
        if kind.is_windows:
            advertisement, = told("advertisement")
            self.assertRegex(advertisement, ADVERTISEMENT)


if __name__ == "__main__":
    unittest.main()
