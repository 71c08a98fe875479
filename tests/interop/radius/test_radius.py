"""Our RADIUS client with FreeRADIUS, and FreeRADIUS's radclient with our dynamic authorization."""

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

PROGRAM = pathlib.Path(os.environ.get("AGILEVPN_BIN", "build/release/bin"), "radius_client")
PASSWORD = "Schlüssel 7!"
GRANTS = ("Framed-IP-Address = 10.9.0.7", "Framed-IP-Netmask = 255.255.255.0", "Framed-IPv6-Address = 2001:db8::7",
          'Class = "first"', 'Class += "second"', 'Filter-Id = "staff"', "Session-Timeout = 3600", "Idle-Timeout = 600",
          "MS-Primary-DNS-Server = 10.0.0.2", "DNS-Server-IPv6-Address = 2001:db8::53", 'Framed-Route = "10.20.0.0/16 0.0.0.0 1"',
          'Reply-Message = "Hello anna"')


@unittest.skipUnless(freeradius.is_installed(), "FreeRADIUS is not installed")
class RadiusTestCase(unittest.TestCase):
    """A folder of its own, and whatever runs in it is ended."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def server(self, name="server", **options):
        options.setdefault("users", {"anna": User(PASSWORD, GRANTS)})
        server = FreeRadius(self.folder / name, **options)
        self.addCleanup(server.stop)
        server.start()
        return server

    def run_client(self, *words, pki=None):
        environment = {**os.environ, "EAP_PKI": str(pki)} if pki else None
        done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=60, env=environment)
        return done.returncode, done.stdout + done.stderr


class Logins(RadiusTestCase):
    """PAP: User-Password, hidden and revealed."""

    def login(self, server, password=PASSWORD, secret=None, servers=None):
        return self.run_client("login", servers or server.address, secret or server.secret, "anna", password)

    def test_the_right_password_is_granted_what_the_server_says(self):
        status, said = self.login(self.server())
        self.assertEqual(status, 0, said)
        for line in ("Framed-IP-Address = 10.9.0.7", "Framed-IPv6-Address = 2001:db8::7", "Class = 0x6669727374",
                     "Class = 0x7365636f6e64", "Session-Timeout = 3600", "MS-Primary-DNS-Server = 10.0.0.2",
                     "DNS-Server-IPv6-Address = 2001:db8::53", 'Filter-Id = "staff"', "granted"):
            self.assertIn(line, said.splitlines())

    def test_a_long_password_fits_in_several_blocks(self):
        password = "0123456789" * 12
        status, said = self.login(self.server(users={"anna": User(password)}), password)
        self.assertEqual(status, 0, said)

    def test_a_wrong_password_is_refused(self):
        status, said = self.login(self.server(), "guess")
        self.assertEqual(status, 1)
        self.assertIn("refused", said)

    def test_a_wrong_shared_secret_gets_no_answer_and_is_said(self):
        server = self.server()
        status, said = self.login(server, secret="other")
        self.assertEqual(status, 1)
        self.assertIn("the shared secrets differ", said)
        self.assertIn("invalid Message-Authenticator", server.log())

    def test_a_dead_server_is_passed_over(self):
        live = self.server()
        dead = f"127.0.0.1:{freeradius.free_port()}"
        status, said = self.login(live, servers=f"{dead},{live.address}")
        self.assertEqual(status, 0, said)
        self.assertIn(f"event ServerDied {dead}", said)
        self.assertIn(f"accepted by {live.address}", said)


class EapLogins(RadiusTestCase):
    """Our EAP peer, relayed to FreeRADIUS's EAP server: both must end with the same MSK."""

    def check(self, method, *words, **options):
        server = self.server(method=method.partition("-")[0], **options)
        server.authority.client()
        status, said = self.run_client("eap", server.address, server.secret, "anna", PASSWORD, method, *words,
                                       pki=server.authority.ca.parent)
        self.assertEqual(status, 0, said + server.log()[-3000:])
        self.assertIn("MSK equal", said)
        self.assertIn('Filter-Id = "staff"', said)

    def test_mschapv2(self):
        self.check("mschapv2")

    def test_tls_in_tls_1_2(self):
        self.check("tls")

    def test_tls_in_tls_1_3(self):
        self.check("tls", tls_version="1.3")

    def test_peap_with_mschapv2_inside(self):
        self.check("peap-mschapv2")

    def test_peap_with_tls_inside(self):
        self.check("peap-tls", inner_method="tls")

    def test_ttls_with_pap_inside(self):
        self.check("ttls-pap")

    def test_ttls_with_mschapv2_inside(self):
        self.check("ttls-mschapv2")

    def test_the_server_is_told_by_nak_what_the_peer_wants(self):
        server = self.server(method="gtc")
        status, said = self.run_client("eap", server.address, server.secret, "anna", PASSWORD, "mschapv2")
        self.assertEqual(status, 0, said)

    def test_a_wrong_password_ends_in_a_failure(self):
        server = self.server()
        status, said = self.run_client("eap", server.address, server.secret, "anna", "guess", "mschapv2")
        self.assertEqual(status, 1)
        self.assertRegex(said, "password|with an EAP-Failure")


class Accounting(RadiusTestCase):
    """Records as FreeRADIUS writes them down."""

    def test_every_record_arrives_with_its_figures(self):
        server = self.server()
        status, said = self.run_client("account", server.accounting_address, server.secret, "anna")
        self.assertEqual(status, 0, said)
        records = wait_until(lambda: len(server.accounted()) >= 5 and server.accounted(), 5, what="five records")
        self.assertEqual([record["Acct-Status-Type"][0] for record in records],
                         ["Accounting-On", "Start", "Interim-Update", "Stop", "Accounting-Off"])
        stop = records[3]
        for name, value in {"Acct-Session-Id": "s-1", "User-Name": "anna", "Framed-IP-Address": "10.9.0.7",
                            "Framed-IPv6-Address": "2001:db8::7", "Calling-Station-Id": "192.0.2.7",
                            "Acct-Input-Octets": "1000", "Acct-Output-Octets": "7", "Acct-Output-Gigawords": "3",
                            "Acct-Session-Time": "61", "Acct-Terminate-Cause": "Idle-Timeout",
                            "NAS-Identifier": "vpn.example.org", "NAS-Port-Type": "Virtual"}.items():
            self.assertEqual(stop.get(name), [value], name)
        self.assertEqual(stop["Class"], ["0x636c617373206f6e65", "0x00ff"])
        self.assertTrue(stop["Event-Timestamp"])


@unittest.skipUnless(shutil.which("radclient"), "radclient is not installed")
class DynamicAuthorization(RadiusTestCase):
    """radclient tells our program to disconnect and to change sessions."""

    def setUp(self):
        super().setUp()
        self.port, log = freeradius.free_port(), self.folder / "log"
        self.program = Process([PROGRAM, "authorize", f"127.0.0.1:{self.port}", "testing123"], log=log)
        self.addCleanup(self.program.stop)
        self.log = log.read_text
        wait_until(lambda: "listening" in self.log(), 5, what="our program")

    def tell(self, kind, attributes, secret="testing123", tries=10):
        done = subprocess.run(["radclient", "-x", "-t", "1", "-r", str(tries), f"127.0.0.1:{self.port}", kind, secret],
                              input=attributes, capture_output=True, text=True, timeout=30)
        return done.stdout + done.stderr

    def test_a_session_is_disconnected(self):
        self.assertIn("Received Disconnect-ACK", self.tell("disconnect", 'Acct-Session-Id = "s-1"\nMessage-Authenticator = 0x00'))
        self.assertIn("disconnect", self.log())

    def test_a_session_that_is_not_there_is_not(self):
        said = self.tell("disconnect", 'Acct-Session-Id = "s-2"\nMessage-Authenticator = 0x00')
        self.assertRegex(said, "Received Disconnect-NAK(.|\n)*Error-Cause = Session-Context-Not-Found")

    def test_what_a_session_may_do_is_changed(self):
        said = self.tell("coa", 'Acct-Session-Id = "s-1"\nFilter-Id = "guest"\nMessage-Authenticator = 0x00')
        self.assertIn("Received CoA-ACK", said)
        self.assertIn('change: Filter-Id = "guest"', self.log())

    def test_who_does_not_know_the_secret_gets_no_answer(self):
        said = self.tell("disconnect", 'Acct-Session-Id = "s-1"\nMessage-Authenticator = 0x00', secret="other", tries=1)
        self.assertNotRegex(said, "Received")
        self.assertIn("not authentic", self.log())
        self.assertEqual(len(re.findall("^disconnect$", self.log(), re.MULTILINE)), 0)


if __name__ == "__main__":
    unittest.main()
