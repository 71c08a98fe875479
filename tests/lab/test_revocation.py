"""Whether certificates still count, asked of a real `openssl ocsp` responder and of a web server with a CRL, by both ends."""

import dataclasses
import json
import unittest

from lab import agilevpn, credentials, network
from lab.process import CommandFailed, run, wait_until
from lab.tunnel_test_case import PATIENCE, TunnelTestCase
from lab.vpn import Options

PORT = 8888
AT = f"http://{network.GATEWAY}:{PORT}"
BY_OCSP = f"authorityInfoAccess=OCSP;URI:{AT}/ocsp\n"
BY_CRL = f"crlDistributionPoints=URI:{AT}/ca.crl\n"
SILENT = f"import socket, time\ns = socket.create_server(('', {PORT}))\ntime.sleep(600)"


class Ca(credentials.Authority):
    """A CA that can say what it revoked."""

    def __init__(self, folder, extensions):
        super().__init__(folder, extensions=extensions)
        self.folder, self._revoked = self._folder, set()

    def revoke(self, own):
        self._revoked.add(own.certificate)
        self.write_index()

    def write_index(self):
        """index.txt, as `openssl ocsp` and `openssl ca` read it."""
        lines = []
        for certificate in sorted(self._folder.glob("*.pem")):
            serial = run("openssl", "x509", "-in", certificate, "-noout", "-serial").strip().partition("=")[2]
            is_revoked = certificate in self._revoked
            lines.append("\t".join(["R" if is_revoked else "V", "491231235959Z", "261101000000Z" if is_revoked else "", serial,
                                    "unknown", f"/CN={certificate.stem}"]))
        (self._folder / "index.txt").write_text("\n".join(lines) + "\n")

    def write_crl(self, days=1):
        """ca.crl, in DER."""
        settings, pem = self._folder / "ca.conf", self._folder / "ca.crl.pem"
        settings.write_text(f"[ca]\ndefault_ca=own\n[own]\ndatabase={self._folder}/index.txt\ndefault_md=sha256\n")
        run("openssl", "ca", "-config", settings, "-gencrl", "-crldays", days, "-keyfile", self._ca_key, "-cert", self.ca, "-out", pem)
        run("openssl", "crl", "-in", pem, "-outform", "DER", "-out", self._folder / "ca.crl")


class Revocation(TunnelTestCase):
    """A gateway and a client that ask about each other's certificates."""

    def start(self, extensions, mode, ends=("gateway", "client"), eap=None):
        """Both ends with certificates of a CA of its own, the client's in IKE_AUTH or inside EAP, not connected; returns the CA."""
        tunnel = self.tunnel(connect=False)
        tunnel.client.stop()
        tunnel.gateway.stop()
        ca = Ca(tunnel.folder / "asked-pki", extensions)
        self.own = {name: dataclasses.replace(own, eap=eap, password=eap and credentials.PASSWORD)
                    for name, own in (("gateway", ca.gateway()), ("client", ca.client()))}
        ca.write_index()
        for name in ("gateway", "client"):
            end = getattr(tunnel, name)
            end.credentials = self.own[name]
            end.options = Options(revocation=mode if name in ends else "off")
            end.start()
        return ca

    def respond(self, ca):
        """The CA's OCSP responder, at the gateway."""
        self.server = self._pair.lab.gateway.start(
            "openssl", "ocsp", "-port", PORT, "-index", ca.folder / "index.txt", "-CA", ca.ca, "-rsigner", ca.ca, "-rkey",
            ca.folder / "ca.key", "-nmin", 5, log=ca.folder / "ocsp.log")
        self.wait_for_server()

    def serve(self, folder):
        """A web server, at the gateway."""
        self.server = self._pair.lab.gateway.start("python3", "-m", "http.server", PORT, "--directory", folder, log=folder / "http.log")
        self.wait_for_server()

    def keep_silent(self):
        """Somebody who takes connections and says nothing."""
        self.server = self._pair.lab.gateway.start("python3", "-c", SILENT)
        self.wait_for_server()

    def wait_for_server(self):
        wait_until(lambda: f":{PORT} " in self._pair.lab.gateway.run("ss", "-ltn"), PATIENCE, what="the server to listen")

    def refused(self):
        with self.assertRaises(CommandFailed) as caught:
            self._pair.client.connect(timeout=25)
        return str(caught.exception)

    def connected(self):
        self._pair.client.connect(timeout=25)
        self.assert_traffic()

    def events(self, end, name):
        return [event for event in map(json.loads, end.event_lines()) if event["event"] == name]

    def test_a_responder_that_says_good_satisfies_the_strict(self):
        self.respond(self.start(BY_OCSP, "strict"))
        self.connected()
        for end in (self._pair.gateway, self._pair.client):
            self.assertEqual(self.events(end, "RevocationUnknown"), [])

    def test_a_client_that_the_responder_knows_as_revoked_is_refused(self):
        ca = self.start(BY_OCSP, "soft")
        ca.revoke(self.own["client"])
        self.respond(ca)
        self.assertIn("AUTHENTICATION_FAILED", self.refused())
        self.assertIn("revoked on 2026-11-01", str(self.events(self._pair.gateway, "PeerRefused")))

    def test_inside_eap_tls_a_responder_that_says_good_satisfies_the_strict(self):
        self.respond(self.start(BY_OCSP, "strict", eap="tls"))
        self.connected()

    def test_inside_peap_a_responder_that_says_good_satisfies_the_strict(self):
        self.respond(self.start(BY_OCSP, "strict", eap="peap-tls"))
        self.connected()

    def test_inside_eap_a_client_that_the_responder_knows_as_revoked_is_refused_and_why_says_so(self):
        ca = self.start(BY_OCSP, "soft", eap="tls")
        ca.revoke(self.own["client"])
        self.respond(ca)
        self.assertIn("AUTHENTICATION_FAILED", self.refused())
        self.assertIn("revoked on 2026-11-01", str(self.events(self._pair.gateway, "PeerRefused")))
        self.assertEqual(self._pair.gateway.why("anna@example.org"), "revoked")

    def test_inside_eap_a_dead_responder_makes_the_strict_refuse(self):
        self.start(BY_OCSP, "strict", ends=("gateway",), eap="tls")
        self.refused()
        self.assertIn("needs to know", str(self.events(self._pair.gateway, "PeerRefused")))

    def test_a_revoked_gateway_is_refused_before_there_is_a_tunnel(self):
        ca = self.start(BY_OCSP, "soft", ends=("client",))
        ca.revoke(self.own["gateway"])
        self.respond(ca)
        self.assertIn("revoked on 2026-11-01", self.refused())
        self.assert_no_traffic()

    def test_a_silent_responder_delays_one_login_and_the_soft_lets_in_with_a_warning(self):
        self.start(BY_OCSP, "soft")
        self.keep_silent()
        self.connected()
        for end in (self._pair.gateway, self._pair.client):
            self.assertIn(f"{AT}/ocsp: does not answer within 3 s", str(self.events(end, "RevocationUnknown")))

    def test_a_dead_responder_makes_the_strict_refuse_while_other_sessions_go_on(self):
        ca = self.start(BY_OCSP, "strict", ends=("gateway",))
        self.respond(ca)
        self.connected()
        self.server.stop()
        second = agilevpn.AgileVpnClient(self._pair.lab.add_client(1), self._pair.folder / "second",
                                         dataclasses.replace(ca.client("bert@example.org")))
        second.options = Options(revocation="off")
        second.start()
        self.addCleanup(second.stop)
        with self.assertRaises(CommandFailed):
            second.connect(timeout=25)
        self.assertIn("needs to know", str(self.events(self._pair.gateway, "PeerRefused")))
        self.assert_traffic()

    def test_a_crl_is_fetched_and_kept_until_its_next_update(self):
        ca = self.start(BY_CRL, "strict", ends=("gateway",))
        ca.write_crl()
        self.serve(ca.folder)
        self.connected()
        self._pair.client.disconnect()
        self.server.stop()
        self._pair.gateway.stop()
        self._pair.gateway.start()  # It has it on its disk.
        self.connected()
        self.assertEqual(len(list((self._pair.gateway.folder / "state" / "crls").iterdir())), 1)

    def test_a_client_on_the_fetched_crl_is_refused(self):
        ca = self.start(BY_CRL, "soft", ends=("gateway",))
        ca.revoke(self.own["client"])
        ca.write_crl()
        self.serve(ca.folder)
        self.assertIn("AUTHENTICATION_FAILED", self.refused())
        self.assertIn("revoked on 2026-11-01", str(self.events(self._pair.gateway, "PeerRefused")))

    def test_without_any_source_the_soft_is_quiet_and_the_strict_says_so(self):
        self.start("", "soft")
        self.connected()
        self.assertEqual(self.events(self._pair.gateway, "RevocationUnknown"), [])
        self._pair.client.stop()
        self._pair.client.options = Options(revocation="strict")
        self._pair.client.start()
        self.assertIn("it names neither an OCSP responder nor a CRL", self.refused())


if __name__ == "__main__":
    unittest.main()
