"""Certificates that are renewed or revoked under a running gateway: no restart, and nobody else loses a tunnel."""

import json
import unittest

from lab import agilevpn, network
from lab.process import CommandFailed, wait_until
from lab.tunnel_test_case import PATIENCE, TunnelTestCase
from lab.vpn import Credentials


class OwnCaGateway(agilevpn.AgileVpnGateway):
    """As `agilevpn setup` makes it: the CA in its state directory."""

    def configuration(self):
        return (agilevpn._toml({"name": agilevpn.GATEWAY_NAME} | self._host_keys()) + "[certificate]\nown-ca = true\n[pool]\n"
                + agilevpn._toml({"ipv4": network.POOL, "ipv6": network.POOL6}))


class Renewal(TunnelTestCase):
    """One client has a tunnel; another one comes afterwards."""

    def start(self, *gateway_flags):
        tunnel = self.tunnel(connect=False)
        tunnel.client.stop()
        tunnel.gateway.stop()
        gateway = OwnCaGateway(tunnel.lab.gateway, tunnel.folder / "renewed", tunnel.gateway.credentials)
        self.pki = gateway.folder / "state" / "pki"
        self.issue(init=True)
        self.pki_verb("issue", agilevpn.GATEWAY_NAME, "--gateway", *gateway_flags)
        self.own = {name: self.issue(name) for name in ("anna@example.org", "bert@example.org")}
        gateway.start()
        tunnel.gateway = gateway
        self.addCleanup(gateway.stop)
        tunnel.client = self.user(tunnel.lab.client, "anna@example.org")
        tunnel.client.connect()
        self.assert_traffic()
        return tunnel

    def pki_verb(self, *words):
        return agilevpn.agilevpn("pki", "--dir", self.pki, *words)

    def issue(self, name=None, init=False):
        if init:
            return self.pki_verb("init")
        self.pki_verb("issue", name)
        issued = self.pki / "issued"
        return Credentials(name, self.pki / "ca.pem", issued / f"{name}.pem", issued / f"{name}.key")

    def user(self, host, name):
        client = agilevpn.AgileVpnClient(host, self._pair.folder / name, self.own[name])
        client.start()
        self.addCleanup(client.stop)
        return client

    def second(self, crl=False):
        """Another client, not connected; `crl`: it has the CA's CRL and wants one."""
        client = self.user(self._pair.lab.add_client(1), "bert@example.org")
        if crl:
            plain = client.configuration
            client.configuration = lambda: plain() + f'crl = "{self.pki / "crl.pem"}"\nrevocation = "strict"\n'
            client.stop()
            client.start()
        return client

    def events(self, name):
        return [event for event in map(json.loads, self._pair.gateway.event_lines()) if event["event"] == name]

    def wait_for(self, name, count=1):
        wait_until(lambda: len(self.events(name)) >= count, PATIENCE, what=name)

    def test_a_renewed_certificate_counts_for_who_connects_and_the_tunnel_stays(self):
        self.start()
        before = json.loads(self.pki_verb("list", "--json"))[0]["serial"]
        self.pki_verb("renew", agilevpn.GATEWAY_NAME)
        self.wait_for("ConfigurationRead")
        self.pki_verb("revoke", before)
        self.second(crl=True).connect()  # Which the former certificate would not let it.
        self.assert_traffic()
        self.assertEqual(len(self._pair.gateway.sessions()), 2)

    def test_what_cannot_be_read_is_said_and_the_old_one_is_kept(self):
        self.start()
        (self.pki / "issued" / f"{agilevpn.GATEWAY_NAME}.pem").write_text("half a certif")
        self.wait_for("ConfigurationRefused")
        self.assertIn("vpn.example.org.pem: this is no ", str(self.events("ConfigurationRefused")))
        self.second().connect()
        self.assert_traffic()

    def test_a_revoked_client_is_refused_without_a_restart(self):
        self.start()
        self.pki_verb("revoke", "bert@example.org")
        self.wait_for("ConfigurationRead")
        with self.assertRaises(CommandFailed):
            self.second().connect()
        self.assertIn("revoked", str(self.events("PeerRefused")))
        self.assert_traffic()
        self.assertEqual(self.events("SessionEnded"), [])

    def test_a_certificate_that_is_revoked_ends_its_own_tunnel(self):
        self.start()
        self.second().connect()
        self.pki_verb("revoke", "bert@example.org")
        self.wait_for("SessionEnded")
        self.assertIn("revoked", str(self.events("SessionEnded")))
        self.assertEqual([session.peer for session in self._pair.gateway.sessions()], ["anna@example.org"])
        self.assert_traffic()

    def test_the_end_of_a_certificate_is_told_thirty_days_before(self):
        tunnel = self.start("--days", 29)
        self.assertIn("in 28 days: renew it", str(self.events("CertificateEnds")))
        self.assertIn("in 28 days: renew it", str(tunnel.gateway.status()["warnings"]))
        self.pki_verb("renew", agilevpn.GATEWAY_NAME)
        self.wait_for("ConfigurationRead")
        self.assertEqual(tunnel.gateway.status()["warnings"], [])


if __name__ == "__main__":
    unittest.main()
