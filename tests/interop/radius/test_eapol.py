"""wpa_supplicant's eapol_test, an EAP peer by someone else, with our EAP server behind our RADIUS codec; and with FreeRADIUS,
which shows that the test itself is right."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from lab import credentials, freeradius
from lab.freeradius import FreeRadius, User
from lab.process import Process, wait_until

PROGRAM = pathlib.Path(os.environ.get("AGILEVPN_BIN", "build/release/bin"), "eap_server")
PASSWORD = "correct horse"
SECRET = "testing123"


def network(method, **more):
    """A network block of eapol_test; what stands in quotes there is given with them."""
    lines = {"key_mgmt": "IEEE8021X", "eap": method, "identity": '"anna"', "password": f'"{PASSWORD}"', "eapol_flags": "0", **more}
    return "network={\n" + "".join(f"  {name}={value}\n" for name, value in lines.items()) + "}\n"


class EapolTestCase(unittest.TestCase):
    """eapol_test against whatever server() raises."""

    makes_keys = True

    def setUp(self):
        if not shutil.which("eapol_test"):
            self.skipTest("eapol_test is not installed")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.pki = credentials.Authority(self.folder / "server" / "pki", "rsa")
        self.tls = "1.2"  # Of the server, at most.
        self.inner = "mschapv2"  # The method that FreeRADIUS begins with inside PEAP.

    def run_peer(self, port, configuration, makes_keys=True):
        """(whether it succeeded, what it said). With keys it succeeds only if both ends have the same ones."""
        file = self.folder / "eapol.conf"
        file.write_text(configuration)
        done = subprocess.run(["eapol_test", "-c", file, "-p", str(port), "-s", SECRET, "-t", "15", *([] if makes_keys else ["-n"])],
                              capture_output=True, text=True, errors="replace", timeout=60)
        return done.returncode == 0, done.stdout

    def check(self, method, **more):
        makes_keys = method != "GTC"
        good, said = self.run_peer(self.server(method), network(method, **more), makes_keys)
        self.assertTrue(good, said[-3000:])
        if makes_keys:
            self.assertRegex(said, r"MPPE keys OK: 1\s+mismatch: 0")

    def check_refused(self, method, **more):
        good, said = self.run_peer(self.server(method), network(method, password='"guess"', **more), method != "GTC")
        self.assertFalse(good)
        self.assertTrue(re.search("EAP-Failure|EAP-FAILURE|Access-Reject|code=3|error 691", said), said[-3000:])

    def test_mschapv2(self):
        self.check("MSCHAPV2")

    def test_mschapv2_with_a_wrong_password(self):
        self.check_refused("MSCHAPV2")

    def test_gtc(self):
        self.check("GTC")

    def test_gtc_with_a_wrong_password(self):
        self.check_refused("GTC")

    def tls_lines(self, **more):
        """Lines of a network block for a method in TLS: whom to believe, and the user's certificate."""
        user, ca = self.pki.client(), self.pki.ca
        return {"ca_cert": f'"{ca}"', "client_cert": f'"{user.certificate}"', "private_key": f'"{user.key}"',
                "identity": '"anna@example.org"', **more}

    def inside(self, phase2, **more):
        """The same, for a method with a password inside."""
        return {"ca_cert": f'"{self.pki.ca}"', "phase2": f'"{phase2}"', "anonymous_identity": '"@example.org"', **more}

    def check_tls(self, version):
        self.tls = version
        phase1 = f'"tls_disable_tlsv1_3={int(version == "1.2")}"'
        self.check("TLS", **self.tls_lines(phase1=phase1))

    def test_tls_in_tls_1_2(self):
        self.check_tls("1.2")

    def test_tls_in_tls_1_3(self):
        self.check_tls("1.3")

    def test_tls_in_small_fragments(self):
        self.check("TLS", **self.tls_lines(fragment_size="200"))

    def test_a_user_of_another_ca_is_refused(self):
        other = credentials.Authority(self.folder / "other", "rsa").client()
        self.check_refused("TLS", **self.tls_lines(client_cert=f'"{other.certificate}"', private_key=f'"{other.key}"'))

    def test_a_peer_that_trusts_another_ca_refuses(self):
        other = credentials.Authority(self.folder / "other", "rsa")
        self.check_refused("TLS", **self.tls_lines(ca_cert=f'"{other.ca}"'))

    def test_peap_with_mschapv2_inside(self):
        self.check("PEAP", **self.inside("auth=MSCHAPV2"))

    def test_peap_with_mschapv2_inside_in_tls_1_3(self):
        self.tls = "1.3"
        self.check("PEAP", **self.inside("auth=MSCHAPV2", phase1='"tls_disable_tlsv1_3=0"'))

    def test_peap_with_tls_inside(self):
        self.inner = "tls"
        user = self.pki.client()
        self.check("PEAP", **self.inside("auth=TLS", identity='"anna@example.org"', ca_cert2=f'"{self.pki.ca}"',
                                         client_cert2=f'"{user.certificate}"', private_key2=f'"{user.key}"'))

    def test_peap_with_a_wrong_password_inside(self):
        self.check_refused("PEAP", **self.inside("auth=MSCHAPV2"))

    def test_ttls_with_pap_inside(self):
        self.check("TTLS", **self.inside("auth=PAP"))

    def test_ttls_with_pap_inside_in_tls_1_3(self):
        self.tls = "1.3"
        self.check("TTLS", **self.inside("auth=PAP", phase1='"tls_disable_tlsv1_3=0"'))

    def test_ttls_with_mschapv2_inside(self):
        self.check("TTLS", **self.inside("auth=MSCHAPV2"))

    def test_ttls_with_eap_mschapv2_inside(self):
        self.check("TTLS", **self.inside("autheap=MSCHAPV2"))

    def test_ttls_with_a_wrong_password_inside(self):
        self.check_refused("TTLS", **self.inside("auth=MSCHAPV2"))


class OurServer(EapolTestCase):
    """With our EAP server."""

    def server(self, method):
        port, log = freeradius.free_port(), self.folder / "server.log"
        self.pki.gateway()
        self.pki.client()
        program = Process([PROGRAM, f"127.0.0.1:{port}", SECRET, "anna", PASSWORD, method.lower()], log=log,
                          env={**os.environ, "EAP_PKI": str(self.pki.ca.parent), "EAP_TLS": self.tls})
        self.addCleanup(program.stop)
        wait_until(lambda: "listening" in log.read_text(), 5, what="our server")
        return port

    def test_peap_with_its_cryptobinding_required_by_the_peer(self):
        self.check("PEAP", **self.inside("auth=MSCHAPV2", phase1='"crypto_binding=2"'))

    def test_a_nak_finds_the_method_that_both_have(self):
        port, log = freeradius.free_port(), self.folder / "server.log"
        program = Process([PROGRAM, f"127.0.0.1:{port}", SECRET, "anna", PASSWORD, "gtc", "mschapv2"], log=log)
        self.addCleanup(program.stop)
        wait_until(lambda: "listening" in log.read_text(), 5, what="our server")
        good, said = self.run_peer(port, network("MSCHAPV2"))
        self.assertTrue(good, said[-3000:])
        self.assertIn("EAP-MSCHAPv2 succeeded: anna", log.read_text())


@unittest.skipUnless(freeradius.is_installed(), "FreeRADIUS is not installed")
class FreeRadiusServer(EapolTestCase):
    """With FreeRADIUS, for reference."""

    def server(self, method):
        server = FreeRadius(self.folder / "server", {"anna": User(PASSWORD), "anna@example.org": User(PASSWORD)}, secret=SECRET,
                            method=method.lower(), inner_method=self.inner, tls_version=self.tls, authority=self.pki)
        self.addCleanup(server.stop)
        server.start()
        return server.port


del EapolTestCase  # Not a test of its own.

if __name__ == "__main__":
    unittest.main()
