"""Wrong keys and wrong certificates: refused with a reason that says what was wrong, other sessions untouched."""

import dataclasses
import unittest

from lab import agilevpn, credentials
from lab.process import CommandFailed
from lab.tunnel_test_case import TunnelTestCase


class Refusals(TunnelTestCase):
    """A second client at the NAT router tries while the first one has a tunnel."""

    def refuse(self, tunnel, own, **changes):
        """What the second client's `up` says."""
        client = agilevpn.AgileVpnClient(tunnel.lab.add_client(1), tunnel.folder / "second",
                                         dataclasses.replace(own, **changes))
        client.start()
        self.addCleanup(client.stop)
        with self.assertRaises(CommandFailed) as caught:
            client.connect()
        self.assert_traffic()
        self.assertEqual(len(tunnel.gateway.sessions()), 1)
        return str(caught.exception)

    def test_a_wrong_pre_shared_key(self):
        tunnel = self.tunnel(auth="psk")
        self.assertIn("AUTHENTICATION_FAILED", self.refuse(tunnel, tunnel.client.credentials, psk="wrong horse"))

    def test_an_unknown_user(self):
        tunnel = self.tunnel(auth="psk")
        self.assertIn("AUTHENTICATION_FAILED", self.refuse(tunnel, tunnel.client.credentials, identity="eve@example.org"))

    def test_a_client_certificate_of_another_ca(self):
        tunnel = self.tunnel()
        stranger = credentials.Authority(tunnel.folder / "other-pki").client("eve@example.org")
        said = self.refuse(tunnel, stranger, ca=tunnel.client.credentials.ca)
        self.assertIn("AUTHENTICATION_FAILED", said)

    def test_a_gateway_certificate_of_another_ca(self):
        tunnel = self.tunnel()
        other = credentials.Authority(tunnel.folder / "other-pki")
        said = self.refuse(tunnel, tunnel.client.credentials, ca=other.ca)
        self.assertIn("vpn.example.org", said)


if __name__ == "__main__":
    unittest.main()
