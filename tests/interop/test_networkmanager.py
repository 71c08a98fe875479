"""NetworkManager with its strongSwan plugin, as Linux desktops have it, from nothing but `agilevpn profile --for networkmanager`."""

import unittest

from lab import networkmanager
from lab.process import CommandFailed
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


if __name__ == "__main__":
    unittest.main()
