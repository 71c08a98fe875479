"""Two commands on each side: `agilevpn setup` and `agilevpn user add`, then the client as its page says.

      anna 192.0.2.2 ---- 192.0.2.1 gateway (agilevpnd), inner 10.66.0.1

A client knows nothing but what `agilevpn profile` wrote.
"""

import os
import pathlib
import shutil
import tempfile
import unittest

from lab import strongswan
from lab.agilevpn import BIN, _ENV, agilevpn, is_built
from lab.namespace import Namespace
from lab.process import run, wait_until

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
        if self.drop_in:
            (self.folder / "gw" / "gateway.d").mkdir(parents=True)
            (self.folder / "gw" / "gateway.d" / "test.toml").write_text(self.drop_in)
        self.said = self.gateway.run(BIN / "agilevpn", "setup", _GATEWAY, "--dir", self.folder / "gw", "--start", env=_ENV)

    def connect_our_client(self, folder):
        """agilevpnd with the folder as its configuration; its control socket there too, since /run is both hosts'."""
        (folder / "client.d").mkdir(exist_ok=True)
        (folder / "client.d" / "test.toml").write_text('control = "control.sock"\nstate-dir = "state"\n')
        self.client.start(BIN / "agilevpnd", "--config", folder / "client.toml", log=self.folder / "client.log", env=_ENV)
        wait_until((folder / "control.sock").exists, 15, what="our client to start")
        wait_until(lambda: "Connected" in agilevpn("--control", folder / "control.sock", "status", check=False), 20, what="our client to connect")
        self.assert_reaches_the_gateway()

    def add_user(self, *words):
        """The second command."""
        agilevpn("user", "--dir", self.folder / "gw" / "state", "add", "anna", "--password-stdin", *words, input=PASSWORD + "\n")

    def profile(self, device, login, *words):
        """The folder that is handed over: what `agilevpn profile` makes for anna."""
        agilevpn("profile", "anna", "--for", device, "--login", login, *words, "--config", self.folder / "gw" / "gateway.toml", "--out", self.folder / "anna")
        return self.folder / "anna" / f"anna-{device}"

    def assert_reaches_the_gateway(self):
        wait_until(lambda: self.client.run("ping", "-c1", "-W1", _INNER, check=False).find(" 0% packet loss") > 0, 20, what="a ping through the tunnel")


class ThatAProfileSuffices(TwoHosts):
    """Every kind of client of this machine, with a certificate and with a password."""

    def test_the_gateway_is_up_after_one_command(self):
        self.assertIn("started agilevpnd", self.said)
        again = self.gateway.run(BIN / "agilevpn", "setup", _GATEWAY, "--dir", self.folder / "gw", "--start", env=_ENV)
        self.assertIn("nothing was changed", again)
        self.assertIn("UDP 4500 is agilevpnd's", again)

    def test_strongswan_with_a_certificate(self):
        self.add_user()
        self.connect_strongswan(self.profile("strongswan", "certificate"))

    def test_strongswan_with_a_password(self):
        self.add_user()
        folder = self.profile("strongswan", "password")
        configuration, = (folder / "conf.d").iterdir()
        text = configuration.read_text()
        self.assertEqual(text.count('secret = ""'), 1)  # As the page says: the password goes between the quotes.
        configuration.write_text(text.replace('secret = ""', f'secret = "{PASSWORD}"'))
        self.connect_strongswan(folder)

    def connect_strongswan(self, profile):
        """`swanctl --load-all` and `--initiate`, and nothing else."""
        if not strongswan.is_installed():
            self.skipTest("strongSwan is not installed (./setup peers)")
        folder = self.folder / "charon"
        shutil.copytree(profile, folder / "swanctl")
        (folder / "swanctl" / "swanctl.conf").write_text("include conf.d/*.conf\n")  # As the package's.
        uri = f"unix://{folder}/charon.vici"
        (folder / "strongswan.conf").write_text(
            f"charon-systemd {{\n load = {strongswan.PLUGINS}\n plugins {{\n vici {{ socket = {uri} }}\n kernel-libipsec {{ allow_peer_ts = no }}\n }}\n}}\n"
            "swanctl { load = random nonce openssl pem pkcs1 pkcs8 x509 pubkey sha1 sha2 }\n")
        env = {**os.environ, "STRONGSWAN_CONF": str(folder / "strongswan.conf"), "SWANCTL_DIR": str(folder / "swanctl")}
        self.client.start("/usr/sbin/charon-systemd", log=folder / "output", env=env)
        wait_until((folder / "charon.vici").exists, 15, what="strongSwan to start")
        swanctl = lambda *words: run("swanctl", *words, "--uri", uri, env=env)
        swanctl("--load-all", "--noprompt")
        swanctl("--initiate", "--child", "agilevpn-192-0-2-1", "--timeout", "20")
        self.assertIn("AES_GCM_16-256", swanctl("--list-sas"))
        self.assert_reaches_the_gateway()

    def test_our_own_client_with_a_certificate(self):
        self.add_user()
        self.connect_our_client(self.profile("linux", "certificate"))

    def test_our_own_client_with_a_password(self):
        self.add_user()
        folder = self.profile("linux", "password")
        (folder / "password").write_text(PASSWORD + "\n")  # As the page says.
        self.connect_our_client(folder)

    def test_our_own_client_by_the_link_alone(self):
        self.add_user()
        self.profile("linux", "password")
        link = (self.folder / "anna" / "anna-linux.link").read_text().strip()
        folder = self.folder / "laptop"
        agilevpn("import", link, "--dir", folder, "--password-stdin", input=PASSWORD + "\n")
        self.connect_our_client(folder)


class ThatAProfileSufficesForEapTls(TwoHosts):
    """A gateway that takes certificates inside EAP."""

    drop_in = '[users]\nmethods = ["tls"]\n'

    def test_our_own_client(self):
        self.connect_our_client(self.profile("linux", "eap-tls"))
        status = agilevpn("--control", self.folder / "anna" / "anna-linux" / "control.sock", "log", "--ike")
        self.assertIn("EAP-TLS", status)

    def test_our_own_client_by_the_link_and_a_certificate(self):
        folder = self.profile("linux", "eap-tls")
        link = (self.folder / "anna" / "anna-linux.link").read_text().strip()
        laptop = self.folder / "laptop"
        certificate, key = folder / "anna.pem", folder / "anna.key"
        agilevpn("import", link, "--dir", laptop, "--certificate", certificate, "--key", key)
        self.connect_our_client(laptop)


if __name__ == "__main__":
    unittest.main()
