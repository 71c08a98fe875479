"""wpa_supplicant's eapol_test, an EAP peer by someone else, with our EAP server behind our RADIUS codec; and with FreeRADIUS,
which shows that the test itself is right."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

from lab import freeradius
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
        self.assertTrue(re.search("EAP-Failure|EAP: Received EAP-Failure|Access-Reject|code=3", said), said[-3000:])

    def test_mschapv2(self):
        self.check("MSCHAPV2")

    def test_mschapv2_with_a_wrong_password(self):
        self.check_refused("MSCHAPV2")

    def test_gtc(self):
        self.check("GTC")

    def test_gtc_with_a_wrong_password(self):
        self.check_refused("GTC")


class OurServer(EapolTestCase):
    """With our EAP server."""

    def server(self, method):
        port, log = freeradius.free_port(), self.folder / "server.log"
        program = Process([PROGRAM, f"127.0.0.1:{port}", SECRET, "anna", PASSWORD, method.lower()], log=log)
        self.addCleanup(program.stop)
        wait_until(lambda: "listening" in log.read_text(), 5, what="our server")
        return port

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

    def server(self, method, inner_method="mschapv2"):
        server = FreeRadius(self.folder / "server", {"anna": User(PASSWORD)}, secret=SECRET, method=method.lower(),
                            inner_method=inner_method)
        self.addCleanup(server.stop)
        server.start()
        self.authority = server.authority
        return server.port

    def check_peap(self, inner, **more):
        port = self.server("peap", inner.lower())
        pki = self.authority
        own = pki.client("anna@example.org")
        if inner == "TLS":
            more |= {"ca_cert2": f'"{pki.ca}"', "client_cert2": f'"{own.certificate}"', "private_key2": f'"{own.key}"'}
        good, said = self.run_peer(port, network("PEAP", phase1='"peapver=0"', phase2=f'"auth={inner}"', ca_cert=f'"{pki.ca}"', **more))
        self.assertTrue(good, said[-3000:])
        self.assertRegex(said, r"MPPE keys OK: 1\s+mismatch: 0")

    def test_peap_with_mschapv2(self):
        self.check_peap("MSCHAPV2")

    def test_peap_with_tls(self):
        self.check_peap("TLS")


del EapolTestCase  # Not a test of its own.

if __name__ == "__main__":
    unittest.main()
