"""NetworkManager with its strongSwan plugin, as Linux desktops have it, from nothing but `agilevpn profile --for networkmanager`."""

import types
import unittest

from lab import freeradius, networkmanager
from lab.agilevpn import agilevpn
from lab.process import CommandFailed
from lab.vpn import Credentials
from tests.interop import test_profiles


class Desktop(test_profiles.TwoHosts):
    """install.sh, then `nmcli connection up`. A desktop asks for a password in a window; here it stands in the keyfile."""

    def setUp(self):
        if not networkmanager.is_installed():
            self.skipTest("NetworkManager with its strongSwan plugin is not installed (./setup peers)")
        super().setUp()
        self.manager = networkmanager.NetworkManager(self.client, self.folder / "nm")
        self.manager.start()
        self.manager.manage("eth0", "192.0.2.2/24", "192.0.2.1")

    def connect(self, *words):
        folder = self.profile("networkmanager", *words)
        self.manager.run("sh", folder / "install.sh")
        try:
            self.manager.nmcli("connection", "up", "192.0.2.1")
        except CommandFailed as error:
            self.fail(f"{error}\n{self.manager.output()[-3000:]}\n{self.manager.log()}")
        self.assertIn("AES_GCM_16_256", self.manager.log())
        self.assert_reaches_the_gateway()


class TheKeyfileConnects(Desktop):
    """A gateway as `setup` makes it."""

    def test_with_a_certificate(self):
        self.add_user()
        self.connect("--login", "certificate")

    def test_with_a_password(self):
        self.add_user()
        self.connect(*self.with_password())


class TheKeyfileConnectsByEapTls(Desktop):
    """A gateway that takes certificates inside EAP."""

    drop_in = test_profiles.ThatAProfileSufficesForEapTls.drop_in

    def test_with_a_certificate(self):
        self.connect()
        self.assertIn("EAP_TLS", self.manager.log())


class TheKeyfileConnectsByEapTtls(Desktop):
    """A password that is kept by scrypt: the plugin takes what the gateway begins with."""

    drop_in = test_profiles.ThatAProfileSufficesForAPasswordKeptByScrypt.drop_in

    def test_with_a_password(self):
        self.add_user("--scrypt")
        self.connect(*self.with_password())
        self.assertIn("EAP_TTLS", self.manager.log())


@unittest.skipUnless(freeradius.is_installed(), "FreeRADIUS is not installed")
class TheKeyfileConnectsByRadius(Desktop):
    """A gateway that asks a FreeRADIUS beside it, which proves itself inside EAP-TLS by the gateway's own certificate."""

    def setUp(self):
        super().setUp()
        pki = self.folder / "gw" / "state" / "pki"
        own = Credentials("192.0.2.1", pki / "ca.pem", pki / "issued" / "192.0.2.1.pem", pki / "issued" / "192.0.2.1.key")
        self.radius = self.enterContext(freeradius.FreeRadius(
            self.folder / "radius", {"anna": freeradius.User(test_profiles.PASSWORD)}, host=self.gateway,
            authority=types.SimpleNamespace(gateway=lambda: own)))

    def configure(self):
        """[radius] in the place of [users], which `setup` writes."""
        agilevpn("setup", "192.0.2.1", "--dir", self.folder / "gw")
        file = self.folder / "gw" / "gateway.toml"
        file.write_text(file.read_text().replace("[users]", '[radius]\nservers = ["127.0.0.1"]\nsecret = "testing123"\n'))

    def check(self, method, *words):
        self.connect(*words)
        self.assertIn(method, self.manager.log())
        self.assertIn("Sent Access-Accept", self.radius.log())

    def test_with_a_password(self):
        self.check("EAP_MSCHAPV2", *self.with_password())

    def test_with_a_certificate(self):
        self.check("EAP_TLS", "--login", "eap-tls")


if __name__ == "__main__":
    unittest.main()
