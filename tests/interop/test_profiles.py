"""Two commands on each side: `agilevpn setup` and `agilevpn profile`, then the client as its page says. Users, who need no
certificate or have a group, are added between.

      anna 192.0.2.2 ---- 192.0.2.1 gateway (agilevpnd), inner 10.66.0.1

A client knows nothing but what `agilevpn profile` wrote, and types what the page beside it prints.
"""

import os
import pathlib
import tempfile
import unittest

from lab import stock_strongswan, strongswan
from lab.agilevpn import BIN, _ENV, agilevpn, is_built
from lab.namespace import Namespace
from lab.process import CommandFailed, run, wait_until

_GATEWAY, _CLIENT, _INNER = "192.0.2.1", "192.0.2.2", "10.66.0.1"
PASSWORD = "Tulip-Harbor-41"


@unittest.skipIf(os.geteuid(), "namespaces need root")
@unittest.skipUnless(is_built(), "not built")
class TwoHosts(unittest.TestCase):
    """A gateway that `setup` made and started, and a host without anything."""

    drop_in = None  # What stands in gateway.d besides.

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="profiles-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.gateway, self.client = (Namespace(f"pr{os.getpid()}{end}") for end in ("g", "c"))
        for host in (self.gateway, self.client):
            self.addCleanup(host.delete)
            host.create()
        run("ip", "link", "add", "eth0", "netns", self.gateway.name, "type", "veth", "peer", "name", "eth0", "netns", self.client.name)
        for host, address in ((self.gateway, _GATEWAY), (self.client, _CLIENT)):
            host.ip("address", "add", f"{address}/24", "dev", "eth0")
            host.ip("link", "set", "eth0", "up")
        self.client.ip("route", "add", "default", "via", _GATEWAY)
        self.configure()
        self.said = self.gateway.run(BIN / "agilevpn", "setup", _GATEWAY, "--dir", self.folder / "gw", "--start", env=_ENV)

    def configure(self):
        """What the gateway's folder has before `setup --start`."""
        if self.drop_in:
            (self.folder / "gw" / "gateway.d").mkdir(parents=True)
            (self.folder / "gw" / "gateway.d" / "test.toml").write_text(self.drop_in)

    def connect_our_client(self, folder):
        """agilevpnd with the folder as its configuration; its control socket there too, since /run is both hosts'."""
        (folder / "client.d").mkdir(exist_ok=True)
        (folder / "client.d" / "test.toml").write_text('control = "control.sock"\nstate-dir = "state"\n')
        self.client.start(BIN / "agilevpnd", "--config", folder / "client.toml", log=self.folder / "client.log", env=_ENV)
        wait_until((folder / "control.sock").exists, 15, what="our client to start")
        wait_until(lambda: "Connected" in agilevpn("--control", folder / "control.sock", "status", check=False), 20, what="our client to connect")
        self.assert_reaches_the_gateway()

    def add_user(self, *words):
        agilevpn("user", "--dir", self.folder / "gw" / "state", "add", "anna", "--password-stdin", *words, input=PASSWORD + "\n")

    def profile(self, device, *words):
        """The folder that is handed over: what `agilevpn profile` makes for anna."""
        agilevpn("profile", "anna", "--for", device, *words, "--config", self.folder / "gw" / "gateway.toml", "--out", self.folder / "anna")
        return self.folder / "anna" / f"anna-{device}"

    def with_password(self):
        """The words with which her password is in the profile."""
        password = self.folder / "password"
        password.write_text(PASSWORD + "\n")
        return "--with-passwords", "--password-file", password

    def connect_strongswan(self, *words):
        """What our page prints, word by word: two commands after the installation."""
        if not strongswan.is_installed():
            self.skipTest("strongSwan is not installed (./setup peers)")
        client = stock_strongswan.StockStrongSwan(self.client, self.folder / "charon")
        client.start()
        self.profile("strongswan", *words)
        page = self.folder / "anna" / "anna-strongswan.html"
        install, *commands = stock_strongswan.commands_of(page)
        run("dpkg-query", "--show", *stock_strongswan.packages_of(install))  # All are packages, and here.
        self.assertEqual(len(commands), 2)
        try:
            for command in commands:
                client.type(command, page.parent)
        except CommandFailed as error:
            self.fail(f"{error}\n{client.log()[-3000:]}")
        self.assertIn("AES_GCM_16-256", client.run("swanctl", "--list-sas"))
        self.assert_reaches_the_gateway()
        return client.log()

    def connect_our_client_by_the_link(self, *words):
        """`agilevpn import` with the link that was written, and the password."""
        self.profile("linux", *words)
        link = (self.folder / "anna" / "anna-linux.link").read_text().strip()
        agilevpn("import", link, "--dir", self.folder / "laptop", "--password-stdin", input=PASSWORD + "\n")
        self.connect_our_client(self.folder / "laptop")

    def assert_our_client_logged_in_by(self, method, folder):
        """Our client's log says by which method."""
        self.assertIn(method, agilevpn("--control", folder / "control.sock", "log", "--ike"))

    def assert_reaches_the_gateway(self):
        wait_until(lambda: self.client.run("ping", "-c1", "-W1", _INNER, check=False).find(" 0% packet loss") > 0, 20, what="a ping through the tunnel")


class ThatAProfileSuffices(TwoHosts):
    """Every kind of client of this machine, with a certificate and with a password."""

    def test_the_gateway_is_up_after_one_command(self):
        self.assertIn("started agilevpnd", self.said)
        again = self.gateway.run(BIN / "agilevpn", "setup", _GATEWAY, "--dir", self.folder / "gw", "--start", env=_ENV)
        self.assertIn("nothing was changed", again)
        self.assertIn("UDP 4500 is agilevpnd's", again)

    def test_two_commands_on_each_side(self):
        """`setup` has run; `profile` makes the certificate, too; then the two that the page prints."""
        self.connect_strongswan("--login", "certificate")

    def test_strongswan_with_a_certificate(self):
        self.add_user()
        self.connect_strongswan("--login", "certificate")

    def test_strongswan_with_a_password(self):
        self.add_user()
        self.assertIn("EAP_MSCHAPV2", self.connect_strongswan(*self.with_password()))

    def test_our_own_client_with_a_certificate(self):
        self.add_user()
        self.connect_our_client(self.profile("linux", "--login", "certificate"))

    def test_our_own_client_with_a_password(self):
        self.add_user()
        folder = self.profile("linux")
        (folder / "password").write_text(PASSWORD + "\n")  # As the page says.
        self.connect_our_client(folder)

    def test_our_own_client_by_the_link_alone(self):
        self.add_user()
        self.connect_our_client_by_the_link()


class ThatAProfileSufficesForEapTls(TwoHosts):
    """A gateway that takes certificates inside EAP, and so writes them without being told."""

    drop_in = '[users]\nmethods = ["tls"]\n'

    def test_strongswan(self):
        self.assertIn("EAP_TLS", self.connect_strongswan())

    def test_our_own_client(self):
        folder = self.profile("linux")
        self.connect_our_client(folder)
        self.assert_our_client_logged_in_by("EAP-TLS", folder)

    def test_our_own_client_by_the_link_and_a_certificate(self):
        folder = self.profile("linux", "--login", "eap-tls")
        link = (self.folder / "anna" / "anna-linux.link").read_text().strip()
        laptop = self.folder / "laptop"
        certificate, key = folder / "anna.pem", folder / "anna.key"
        agilevpn("import", link, "--dir", laptop, "--certificate", certificate, "--key", key)
        self.connect_our_client(laptop)


class ThatAProfileSufficesForEapOnly(TwoHosts):
    """A gateway that shows no certificate to who asks to do without it (RFC 5998), as strongSwan always does."""

    drop_in = '[users]\nmethods = ["ttls", "mschapv2"]\neap-only = true\n'

    def test_strongswan(self):
        self.add_user()
        log = self.connect_strongswan(*self.with_password())
        self.assertRegex(log, r"authentication of '192\.0\.2\.1' with EAP successful")

    def test_our_own_client(self):
        self.add_user()
        self.connect_our_client(self.profile("linux", *self.with_password()))


class ThatAProfileSufficesForAPasswordKeptByScrypt(TwoHosts):
    """Anna's password is none that MSCHAPv2 can be checked with: her profiles are for EAP-TTLS without being told."""

    drop_in = '[users]\nmethods = ["mschapv2", "ttls"]\n'

    def setUp(self):
        super().setUp()
        self.add_user("--scrypt")

    def test_strongswan(self):
        self.assertIn("EAP_TTLS", self.connect_strongswan(*self.with_password()))

    def test_our_own_client(self):
        folder = self.profile("linux", *self.with_password())
        self.connect_our_client(folder)
        self.assert_our_client_logged_in_by("EAP-TTLS", folder)

    def test_our_own_client_by_the_link_alone(self):
        self.connect_our_client_by_the_link()


class ThatAProfileSufficesForPeap(TwoHosts):
    """A gateway that hides passwords in PEAP."""

    drop_in = '[users]\nmethods = ["peap"]\n'

    def test_our_own_client(self):
        self.add_user()
        folder = self.profile("linux", *self.with_password())
        self.connect_our_client(folder)
        self.assert_our_client_logged_in_by("PEAP", folder)


if __name__ == "__main__":
    unittest.main()
