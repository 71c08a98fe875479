"""Two commands on each side: `agilevpn setup` and `agilevpn profile`, then the client as its page says.

      anna 192.0.2.2 ---- 192.0.2.1 gateway (agilevpnd), inner 10.66.0.1
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


@unittest.skipIf(os.geteuid(), "namespaces need root")
@unittest.skipUnless(is_built(), "not built")
class AProfileConnects(unittest.TestCase):
    """A gateway that `setup` made, and a host whose client knows nothing but its profile."""

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
        agilevpn("setup", _GATEWAY, "--dir", self.folder / "gw")
        self.start_daemon(self.gateway, self.folder / "gw" / "gateway.toml")

    def start_daemon(self, host, configuration):
        """agilevpnd, with its control socket beside its configuration."""
        drop_ins = configuration.with_suffix(".d")
        drop_ins.mkdir()
        socket = configuration.parent / "control.sock"
        (drop_ins / "test.toml").write_text('control = "control.sock"\nmasquerade = false\n' if configuration.stem == "gateway" else 'control = "control.sock"\n')
        host.start(BIN / "agilevpnd", "--config", configuration, log=configuration.with_suffix(".log"), env=_ENV)
        wait_until(socket.exists, 15, what=f"the daemon of {configuration}")
        return socket

    def profile(self, device):
        """The folder that `agilevpn profile` makes for anna."""
        agilevpn("profile", "anna", "--for", device, "--config", self.folder / "gw" / "gateway.toml", "--out", self.folder / "anna")
        return self.folder / "anna" / f"anna-{device}"

    def assert_reaches_the_gateway(self):
        wait_until(lambda: self.client.run("ping", "-c1", "-W1", _INNER, check=False).find(" 0% packet loss") > 0, 20, what="a ping through the tunnel")

    def test_strongswan(self):
        if not strongswan.is_installed():
            self.skipTest("strongSwan is not installed (./setup peers)")
        folder = self.folder / "charon"
        shutil.copytree(self.profile("strongswan"), folder / "swanctl")
        uri = f"unix://{folder}/charon.vici"
        (folder / "strongswan.conf").write_text(
            f"charon-systemd {{\n load = {strongswan._PLUGINS}\n plugins {{\n vici {{ socket = {uri} }}\n kernel-libipsec {{ allow_peer_ts = no }}\n }}\n}}\n"
            "swanctl { load = random nonce openssl pem pkcs1 pkcs8 x509 pubkey sha1 sha2 }\n")
        env = {**os.environ, "STRONGSWAN_CONF": str(folder / "strongswan.conf"), "SWANCTL_DIR": str(folder / "swanctl")}
        self.client.start("/usr/sbin/charon-systemd", log=folder / "output", env=env)
        wait_until((folder / "charon.vici").exists, 15, what="strongSwan to start")
        swanctl = lambda *words: run("swanctl", *words, "--uri", uri, env=env)
        swanctl("--load-all", "--noprompt")
        swanctl("--initiate", "--child", "agilevpn-192-0-2-1", "--timeout", "20")
        self.assertIn("AES_GCM_16-256", swanctl("--list-sas"))
        self.assert_reaches_the_gateway()

    def test_our_own_client(self):
        socket = self.start_daemon(self.client, self.profile("linux") / "client.toml")
        wait_until(lambda: "onnected" in agilevpn("--control", socket, "status", check=False), 20, what="our client to connect")
        self.assert_reaches_the_gateway()


if __name__ == "__main__":
    unittest.main()
