"""The lab as a person plays with it: `agilevpn lab up`, and what it says to type."""

import os
import pathlib
import subprocess
import sys
import unittest

from lab import network
from lab.agilevpn import agilevpn, is_built
from lab.network import leftovers

_SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "lab" / "lab.py"


@unittest.skipIf(os.geteuid(), "namespaces need root")
@unittest.skipUnless(is_built(), "not built")
class ByHand(unittest.TestCase):
    def setUp(self):
        self.name = f"hand{os.getpid()}"
        self.addCleanup(self.lab, "down")

    def lab(self, *words):
        return subprocess.run([sys.executable, "-B", _SCRIPT, "--name", self.name, *words], capture_output=True, text=True, check=True).stdout

    def test_a_client_connects_as_it_says_and_nothing_stays(self):
        said = self.lab("up")
        folder = pathlib.Path("/run/agilevpn-lab") / self.name
        self.assertIn(f"export AGILEVPN_CONTROL={folder}/client/control.sock", said)
        self.assertIn("connected in", agilevpn("--control", folder / "client" / "control.sock", "up"))
        # As `ip netns exec`, which a chroot has no mount of / for.
        inside = ["nsenter", f"--net=/run/netns/{self.name}-client"]
        subprocess.run([*inside, "ping", "-c1", "-W5", network.SERVER], check=True, capture_output=True)
        self.lab("pull", "eth0")
        self.lab("down")
        self.assertFalse(folder.exists())
        self.assertEqual(leftovers(self.name), [])
