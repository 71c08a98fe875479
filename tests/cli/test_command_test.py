#!/usr/bin/env python3
"""What ./test says and ends with, with stand-ins for what it runs.

    test_command_test.py TEST [UNITTEST ARGUMENT ...]
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

TEST = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else "test")


class TestCommand(unittest.TestCase):
    def run_with(self, budget, ctest="echo ctest \"$@\"; echo 100% tests passed"):
        with tempfile.TemporaryDirectory() as folder:
            here = pathlib.Path(folder)
            shutil.copy(TEST, here / "test")
            for name, text in (("setup", "true"), ("cmake", "true"), ("ctest", ctest)):
                (here / name).write_text(f"#!/bin/sh\n{text}\n")
                (here / name).chmod(0o755)
            return subprocess.run([here / "test"], capture_output=True, text=True, check=False, timeout=60,
                                  env={**os.environ, "PATH": f"{here}:{os.environ['PATH']}", "AGILEVPN_TEST_BUDGET": str(budget)})

    def test_a_stage_that_was_skipped_for_time_is_said_last(self):
        done = self.run_with(0)
        self.assertEqual(done.returncode, 0, done.stderr)
        *_, before, last = done.stdout.splitlines()
        self.assertEqual(before, "100% tests passed")
        self.assertRegex(last, r"^The stage fuzz was skipped and tested nothing: \d+ of 0 s were used\. Alone: cmake --workflow --preset fuzz$")

    def test_without_that_ctests_lines_are_the_last(self):
        done = self.run_with(100000)
        self.assertEqual((done.returncode, done.stdout.splitlines()[-1]), (0, "100% tests passed"), done.stderr)
        self.assertIn("ctest --preset fuzz", done.stdout)
        self.assertNotIn("skipped", done.stdout)

    def test_what_failed_is_counted(self):
        self.assertEqual(self.run_with(0, "exit 8").returncode, 2)


if __name__ == "__main__":
    unittest.main()
