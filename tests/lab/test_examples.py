"""docs/examples.md: what is typed in each example and what comes out, as it comes out of a lab.

`python3 -m unittest tests.lab.test_examples` compares; with AGILEVPN_WRITE_EXAMPLES=yes in the environment it writes the page anew. What differs
from run to run (SPIs, times, ports, sizes) stands there as a sample of its kind.
"""

import difflib
import os
import pathlib
import re
import unittest

from lab.agilevpn import agilevpn
from lab.tunnel_test_case import TunnelTestCase
from lab.vpn import Options

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "examples.md"
_SUITE = Options(ike="aes256gcm16-prfsha384-x25519", esp="aes256gcm16")  # The same with every OpenSSL.

_MARK = "<!-- what comes out -->"

_SAMPLES = (
    (r"\b[0-9a-f]{16}\b", "0123456789abcdef"),  # SPIs
    (r"\b[0-9a-f]{8}\b", "01234567"),
    (r"^\S+ \d\d:\d\d:\d\d(\.\d+)?|^\d\d:\d\d:\d\d(\.\d+)?", "10:41:07.000"),
    (r"\b\d+(\.\d+)? (ms|s|min|h)( \d+ (ms|s|min))?(?= |,|$|\))", "N s"),
    (r"\b\d+(\.\d+)? ?(B|kB|MB|KiB|MiB)\b", "N kB"),
    (r"(:)[1-6]\d{4}\b", r"\g<1>50123"),
    (r"\bup N s", "up N s"),
    (r"IKE SA \d+", "IKE SA 1"),
)


def sampled(text):
    """The text with samples in place of what differs from run to run, its tables aligned for them. The lab's certificates end soon: no warnings."""
    lines = []
    for line in text.splitlines():
        for pattern, sample in _SAMPLES:
            line = re.sub(pattern, sample, line)
        if "warning: " not in line:
            lines.append(line)
    table = next((i for i, line in enumerate(lines) if line.startswith("ID ")), len(lines))
    return "\n".join(lines[:table] + _aligned(lines[table:])).rstrip()


def _aligned(rows):
    cells = [re.split(r" {2,}", row.strip()) for row in rows if row]
    widths = [max(map(len, column)) for column in zip(*cells)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in cells]


class Examples(TunnelTestCase):
    """Each example is a section of the page; its blocks are commands and what they print."""

    def say(self, end, *words):
        """A block: the command as a person types it, and what it prints."""
        return f"$ agilevpn {' '.join(words)}\n{sampled(agilevpn('--control', end.socket, *words))}"

    def compare(self, title, blocks):
        text = PAGE.read_text()
        wanted = "".join(f"\n```\n{block}\n```\n" for block in blocks)
        found = re.search(rf"(?ms)^## {re.escape(title)}\n.*?^{_MARK}\n(?P<blocks>.*?)(?=^\n## |\Z)", text)
        self.assertTrue(found, f"{PAGE.name} has no section '{title}' with a line {_MARK}")
        if os.environ.get("AGILEVPN_WRITE_EXAMPLES"):
            PAGE.write_text(text[:found.start("blocks")] + wanted + text[found.end("blocks"):])
            return
        difference = "\n".join(difflib.unified_diff(found["blocks"].splitlines(), wanted.splitlines(), PAGE.name, "now", lineterm=""))
        self.assertEqual(difference, "", "write it anew with AGILEVPN_WRITE_EXAMPLES=yes if it should be so")

    def test_a_certificate(self):
        pair = self.tunnel("ecdsa", client_options=_SUITE, gateway_options=_SUITE)
        self.compare("A laptop with a certificate", [
            self.say(pair.client, "status"),
            self.say(pair.gateway, "status"),
            self.say(pair.gateway, "status", "anna@example.org"),
            self.steps(pair.client, r"Connected$")])

    def test_a_password(self):
        pair = self.tunnel("eap-mschapv2", client_options=_SUITE, gateway_options=_SUITE)
        self.compare("A user with a password", [self.say(pair.client, "status"), self.say(pair.gateway, "status"), self.steps(pair.gateway, "Child SA established")])

    def test_a_shared_key(self):
        pair = self.tunnel("psk", client_options=_SUITE, gateway_options=_SUITE)
        self.compare("A pre-shared key", [self.say(pair.client, "status"), self.steps(pair.client, r"Connected$")])

    def steps(self, end, last):
        """A block: the log as far as the line that ends so. What comes later hangs on when the kernel tells of links."""
        lines = self.say(end, "log").splitlines()
        until = next((i for i, line in enumerate(lines) if re.search(last, line)), None)
        self.assertIsNotNone(until, lines)
        return "\n".join(lines[:until + 1])


if __name__ == "__main__":
    unittest.main()
