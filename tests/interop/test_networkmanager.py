"""NetworkManager with its strongSwan plugin, as Linux desktops have it, from nothing but `agilevpn profile --for networkmanager`."""

import unittest

from lab import networkmanager
from lab.process import CommandFailed
from tests.interop import test_profiles


class TheKeyfileConnects(test_profiles.TwoHosts):
    """install.sh, then `nmcli connection up`."""

    def setUp(self):
        if not networkmanager.is_installed():
            self.skipTest("NetworkManager with its strongSwan plugin is not installed (./setup peers)")
        super().setUp()
        self.manager = networkmanager.NetworkManager(self.client, self.folder / "nm")
        self.manager.start()
        self.manager.manage("eth0", "192.0.2.2/24", "192.0.2.1")
        self.add_user()

    def connect(self, login, *words):
        folder = self.profile("networkmanager", login, *words)
        self.manager.run("sh", folder / "install.sh")
        try:
            self.manager.nmcli("connection", "up", "192.0.2.1")
        except CommandFailed as error:
            self.fail(f"{error}\n{self.manager.output()[-3000:]}\n{self.manager.log()}")
        self.assertIn("AES_GCM_16_256", self.manager.log())
        self.assert_reaches_the_gateway()

    def test_with_a_certificate(self):
        self.connect("certificate")

    def test_with_a_password(self):
        # A desktop asks for it in a window; here it stands in the keyfile.
        password = self.folder / "password"
        password.write_text(test_profiles.PASSWORD + "\n")
        self.connect("password", "--with-passwords", "--password-file", password)


if __name__ == "__main__":
    unittest.main()
