"""`agilevpn setup` on machines with something wrong, each a network namespace with real rules and a real stranger on a port."""

import json
import os
import pathlib
import subprocess
import tempfile
import unittest

from lab.agilevpn import BIN, _ENV, is_built
from lab.namespace import Namespace
from lab.process import wait_until

_ADDRESS = "203.0.113.10"
_STRICT = """table inet filter {
  chain input { type filter hook input priority filter; policy drop; iif lo accept; ct state established,related accept; tcp dport 22 accept; }
  chain forward { type filter hook forward priority filter; policy drop; ct state established,related accept; }
}
"""


@unittest.skipIf(os.geteuid(), "namespaces need root")
@unittest.skipUnless(is_built(), "not built")
class Setup(unittest.TestCase):
    """A machine with one card, a public address and a default route."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="setup-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.host = Namespace(f"su{os.getpid()}")
        self.addCleanup(self.host.delete)
        self.host.create()
        self.host.ip("link", "add", "eth0", "type", "veth", "peer", "name", "far")
        for words in (("address", "add", f"{_ADDRESS}/24", "dev", "eth0"), ("link", "set", "eth0", "up"), ("link", "set", "far", "up"),
                      ("route", "add", "default", "via", "203.0.113.1")):
            self.host.ip(*words)

    def setup(self, *flags, name=_ADDRESS):
        """What `setup --json` says, by sentence: the steps' verdicts and help."""
        answer = json.loads(self.host.run(BIN / "agilevpn", "setup", name, "--dir", self.folder / "gw", "--json", *flags, env=_ENV, check=False))
        return {step["what"]: (step["verdict"], step["help"]) for step in answer["steps"]}

    def check(self, **how):
        """What is wrong or worth a note."""
        return {what: said for what, said in self.setup("--check", **how).items() if said[0] != "ok" and "clock" not in what}

    def test_a_machine_on_which_nothing_is_wrong(self):
        self.assertEqual(self.check(), {})
        self.assertFalse((self.folder / "gw").exists(), "--check makes nothing")

    def test_a_stranger_on_the_port_is_named(self):
        program = "import socket, time; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('0.0.0.0', 500)); print(flush=True); time.sleep(600)"
        stranger = self.host.start("python3", "-c", program)
        stranger.output.readline()
        self.assertEqual(self.check(), {"UDP 500: python3 has it": ("wrong", "stop it, and see that it does not start again")})

    def test_what_is_wrong_is_told_even_if_the_gateway_cannot_start(self):
        self.test_a_stranger_on_the_port_is_named()
        self.assertIn("UDP 500: python3 has it", self.setup("--start"))

    def test_rules_that_drop_ike_and_clients_are_found_and_repaired_with_yes(self):
        self.host.nft(_STRICT)
        found = self.check()
        self.assertEqual({verdict for verdict, _ in found.values()}, {"wrong"})
        self.assertEqual(len(found), 2)
        before = self.rules()
        self.setup("--start")
        self.assertEqual(before, self.rules(), "nobody said yes")
        said = self.setup("--start", "--yes")
        self.assertEqual([verdict for verdict, _ in said.values()].count("fixed"), 2)
        self.assertEqual(self.check(), {})
        self.assertIn("udp dport { 500, 4500 } accept", self.rules())
        once = self.rules()
        self.setup("--start", "--yes")
        self.assertEqual(once, self.rules(), "once is enough")

    def rules(self):
        """The rules of this machine, without those of the gateway's own table."""
        return self.host.run("nft", "list", "table", "inet", "filter")

    def test_behind_a_nat_the_router_must_forward(self):
        self.host.ip("address", "replace", "192.168.7.5/24", "dev", "eth0")
        self.host.ip("address", "delete", f"{_ADDRESS}/24", "dev", "eth0")
        said, = self.check().values()
        self.assertEqual(said, ("note", "let the router forward UDP 500 and 4500 to 192.168.7.5"))

    def test_a_small_mtu_is_told(self):
        self.host.ip("link", "set", "eth0", "mtu", "1460")
        (what, (verdict, _)), = self.check().items()
        self.assertEqual((what.startswith("the MTU of eth0 is 1460"), verdict), (True, "note"))

    def test_users_without_a_certificate_are_found(self):
        (self.folder / "gw").mkdir()
        (self.folder / "gw" / "gateway.toml").write_text(f'name = "{_ADDRESS}"\n[users]\n[pool]\nipv4 = "10.66.0.0/24"\n')
        (what, (verdict, help)), = self.check().items()
        self.assertIn("there is no certificate", what)
        self.assertEqual((verdict, help), ("wrong", "add [certificate]"))

    def test_the_exit_status_is_for_scripts(self):
        command = ["nsenter", f"--net=/run/netns/{self.host.name}", BIN / "agilevpn", "setup", _ADDRESS, "--dir", self.folder / "gw", "--check"]
        self.assertEqual(subprocess.run(command, capture_output=True, check=False).returncode, 0)
        self.host.ip("link", "set", "eth0", "mtu", "1000")
        self.assertEqual(subprocess.run(command, capture_output=True, check=False).returncode, 1)

    def test_it_starts_the_gateway_and_changes_nothing_the_second_time(self):
        said = self.setup("--start")
        self.assertIn("started", {verdict for verdict, _ in said.values()})
        wait_until(self.host.pids, 5, what="the daemon")
        again = self.setup("--start")
        self.assertNotIn("wrong", {verdict for verdict, _ in again.values()})
        self.assertIn("UDP 500 is agilevpnd's", again)
        self.assertIn("the gateway runs", again)
        self.assertFalse({"made", "fixed", "started"} & {verdict for verdict, _ in again.values()})


if __name__ == "__main__":
    unittest.main()
