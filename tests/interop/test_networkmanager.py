"""NetworkManager with its strongSwan plugin, as Linux desktops have it, from nothing but `agilevpn profile --for networkmanager`."""

import unittest

from lab import networkmanager
from tests.interop import test_profiles


class TheKeyfileConnects(test_profiles.TwoHosts):
    """install.sh, then `nmcli connection up`."""

    def setUp(self):
        if not networkmanager.is_installed():
            self.skipTest("NetworkManager with its strongSwan plugin is not installed (./setup peers)")
        super().setUp()
        self.manager = networkmanager.NetworkManager(self.client, self.folder / "nm")
        self.manager.start()
        self.add_user()

    def connect(self, login, *secrets):
        folder = self.profile("networkmanager", login)
        self.manager.run("sh", folder / "install.sh")
        try:
            self.manager.nmcli("connection", "up", "192.0.2.1", *secrets)
        except Exception as error:
            self.fail(f"{error}\n{self.manager.log()}")
        self.assertIn("AES_GCM_16_256", self.manager.log())
        self.assert_reaches_the_gateway()

    def test_with_a_certificate(self):
        self.connect("certificate")

    def test_with_a_password(self):
        secrets = self.folder / "secrets"  # What a desktop asks for.
        secrets.write_text(f"vpn.secrets.password:{test_profiles.PASSWORD}\n")
        self.connect("password", "passwd-file", secrets)


if __name__ == "__main__":
    unittest.main()
