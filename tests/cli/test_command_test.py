#!/usr/bin/env python3
"""What ./test, ./setup and ./demo say and end with, with stand-ins for what they run.

    test_command_test.py TEST [UNITTEST ARGUMENT ...]
"""

import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

TEST = pathlib.Path(sys.argv.pop(1) if len(sys.argv) > 1 else "test")


class TestCommand(unittest.TestCase):
    def run_with(self, ctest):
        with tempfile.TemporaryDirectory() as folder:
            here = pathlib.Path(folder)
            shutil.copy(TEST, here / "test")
            for name, text in (("setup", "true"), ("cmake", "echo cmake \"$@\""), ("ctest", ctest)):
                (here / name).write_text(f"#!/bin/sh\n{text}\n")
                (here / name).chmod(0o755)
            return subprocess.run([here / "test"], capture_output=True, text=True, check=False, timeout=60,
                                  env={**os.environ, "PATH": f"{here}:{os.environ['PATH']}"})

    def test_labs_and_the_rest_are_run_and_ctests_lines_are_the_last(self):
        done = self.run_with("echo ctest \"$@\"; echo 100% tests passed")
        self.assertEqual((done.returncode, done.stdout.splitlines()[-1]), (0, "100% tests passed"), done.stderr)
        for part in ("cmake --build --preset release --target lab_programs", "-L lab|interop", "-LE lab|interop"):
            self.assertIn(part, done.stdout)

    def test_what_failed_fails_it_and_the_rest_is_run(self):
        for label in ("-L", "-LE"):
            done = self.run_with(f"echo ctest \"$@\"; case \"$*\" in *' {label} '*) exit 8 ;; esac")
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertEqual(done.stdout.count("ctest --preset"), 2)


class Help(unittest.TestCase):
    def test_every_command_says_what_it_does_and_does_nothing(self):
        for command, words in (("setup", "only these groups"), ("test", "runs every test"), ("demo", "seen live")):
            for option in ("-h", "--help"):
                with tempfile.TemporaryDirectory() as folder:
                    here = pathlib.Path(folder)
                    shutil.copy(TEST.parent / command, here)
                    (here / "lab").symlink_to(TEST.parent.resolve() / "lab")
                    done = subprocess.run([here / command, option], capture_output=True, text=True, check=False, timeout=60)
                    self.assertEqual((done.returncode, done.stderr), (0, ""), command)
                    self.assertIn(words, done.stdout)
                    self.assertNotIn("set -e", done.stdout)
                    self.assertEqual({path.name for path in here.iterdir()}, {command, "lab"})


class AnEarlyInterruptOfTheDemo(unittest.TestCase):
    def check(self, code, output):
        self.assertEqual((code, output.strip()), (130, "demo: interrupted before the lab was there"))

    def test_while_it_installs_and_builds(self):
        with tempfile.TemporaryDirectory() as folder:
            here = pathlib.Path(folder)
            shutil.copy(TEST.parent / "demo", here)
            (here / "lab").symlink_to(TEST.parent.resolve() / "lab")
            (here / "setup").write_text("#!/bin/sh\nkill -INT 0\nsleep 60\n")
            (here / "setup").chmod(0o755)
            done = subprocess.run([here / "demo"], capture_output=True, text=True, check=False, timeout=60, start_new_session=True)
            self.check(done.returncode, done.stdout + done.stderr)

    def test_before_python_has_read_it(self):
        """./demo blocks SIGINT until the script can take it; so here, from before it begins."""
        blocked = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
        try:
            demo = subprocess.Popen(["/usr/bin/python3", "-B", TEST.parent / "lab" / "demo.py"], stdout=subprocess.PIPE,
                                    stderr=subprocess.STDOUT, text=True)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        demo.send_signal(signal.SIGINT)
        output, _ = demo.communicate(timeout=60)
        self.check(demo.returncode, output)


if __name__ == "__main__":
    unittest.main()
