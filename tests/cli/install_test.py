#!/usr/bin/env python3
"""What `cmake --install` leaves under a prefix that configuring did not know.

    install_test.py CMAKE BUILD_FOLDER [UNITTEST ARGUMENT ...]
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

CMAKE, BUILD = sys.argv.pop(1), pathlib.Path(sys.argv.pop(1))


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.prefix = pathlib.Path(folder.name).resolve() / "elsewhere"
        for part in ("packaging", "src/cli"):
            subprocess.run([CMAKE, f"-DCMAKE_INSTALL_PREFIX={cls.prefix}", "-P", BUILD / part / "cmake_install.cmake"],
                           check=True, capture_output=True)

    def test_the_units_start_the_program_of_that_prefix(self):
        for role in ("gateway", "client"):
            unit = (self.prefix / f"lib/systemd/system/agilevpn-{role}.service").read_text()
            self.assertIn(f"ExecStart={self.prefix}/bin/agilevpnd --config /etc/agilevpn/{role}.toml", unit)

    def test_every_page_that_the_readme_the_pages_and_the_units_name_is_there(self):
        documents = self.prefix / "share/doc/agilevpn"
        pages = [documents / "README.md", *documents.glob("docs/*.md")]
        named = {name for page in pages for name in re.findall(r"docs/[\w-]+\.md", page.read_text())}
        self.assertGreater(len(named), 10)
        for name in named:
            self.assertTrue((documents / name).is_file(), name)
        unit = (self.prefix / "lib/systemd/system/agilevpn-client.service").read_text()
        self.assertTrue(pathlib.Path(re.search("^Documentation=file:(.*)$", unit, re.M)[1]).is_file())

    def test_the_shell_finds_its_completion(self):
        completion = self.prefix / "share/bash-completion/completions/agilevpn"
        subprocess.run(["bash", "-n", completion], check=True)
        self.assertIn("complete -F _agilevpn agilevpn", completion.read_text())

    def test_the_manual_page_is_one(self):
        page = (self.prefix / "share/man/man1/agilevpn.1").read_text()
        for part in (".TH AGILEVPN 1", ".SS agilevpn pki issue", r"\-\-json"):
            self.assertIn(part, page)


if __name__ == "__main__":
    unittest.main()
