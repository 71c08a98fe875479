#!/usr/bin/env python3
"""The layering tests must themselves fail when they should."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

import includes
import system_calls


class Includes(unittest.TestCase):
    def house(self, files):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        for name, text in files.items():
            path = pathlib.Path(folder.name, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return list(includes.violations(folder.name))

    def test_an_include_that_runs_downward_passes(self):
        self.assertEqual(self.house({"src/ike/a.h": '#include "base/bytes.h"\n#include "ike/wire/message.h"\n'}), [])

    def test_an_include_that_runs_upward_is_named_with_its_line(self):
        found = self.house({"src/base/a.h": '#pragma once\n#include "ike/endpoint.h"\n'})
        self.assertEqual(found, ['base/a.h:2: base may not include "ike/endpoint.h": ike is not below it'])

    def test_siblings_do_not_know_each_other(self):
        self.assertEqual(len(self.house({"src/esp/a.cpp": '#include "ike/endpoint.h"\n'})), 1)
        self.assertEqual(len(self.house({"src/client/a.cpp": '#include "gateway/gateway.h"\n'})), 1)

    def test_a_folder_inside_a_room_belongs_to_it(self):
        self.assertEqual(self.house({"src/cli/decode/a.cpp": '#include "cli/verb.h"\n'}), [])
        self.assertEqual(len(self.house({"src/ike/wire/a.cpp": '#include "ike/endpoint.h"\n'})), 1)

    def test_the_simulator_is_a_world_without_linux(self):
        self.assertEqual(len(self.house({"sim/a.cpp": '#include "linux/tun.h"\n'})), 1)
        self.assertEqual(self.house({"sim/a.cpp": '#include "sim/link.h"\n#include "client/client.h"\n'}), [])

    def test_a_file_outside_the_map_is_named(self):
        self.assertEqual(len(self.house({"src/attic/a.cpp": ""})), 1)


class SystemCalls(unittest.TestCase):
    def kinds(self, *symbols):
        return [kind for _, _, kind in system_calls.violations(system_calls.Import("a.cpp.o", s) for s in symbols)]

    def test_what_a_world_does_is_forbidden(self):
        self.assertEqual(self.kinds("socket", "clock_gettime", "open64", "pthread_create", "getrandom", "syslog", "getenv"),
                         ["network", "clock", "file", "thread", "randomness", "log", "environment"])
        self.assertEqual(self.kinds("std::chrono::_V2::steady_clock::now()", "std::cout", "std::random_device::_M_getval()",
                                    "std::thread::_M_start_thread(std::unique_ptr<std::thread::_State>, void (*)())"),
                         ["clock", "log", "randomness", "thread"])

    def test_methods_with_such_names_are_not(self):
        self.assertEqual(self.kinds("agilevpn::ike::Endpoint::connect(int)", "memcpy", "EVP_EncryptInit_ex", "abort"), [])

    def test_a_certificate_authority_may_draw_a_serial_number(self):
        row = system_calls.Import("certificate_builder.cpp.o", "RAND_bytes")
        self.assertEqual(list(system_calls.violations([row])), [])

    @unittest.skipUnless(shutil.which("cc") and shutil.which("ar"), "needs a compiler")
    def test_a_real_library_that_opens_a_socket_is_caught(self):
        with tempfile.TemporaryDirectory() as folder:
            source, library = pathlib.Path(folder, "a.c"), pathlib.Path(folder, "liba.a")
            source.write_text("int socket(int, int, int); int f(void) { return socket(2, 1, 0); }\n")
            subprocess.run(["cc", "-c", source, "-o", source.with_suffix(".o")], check=True)
            subprocess.run(["ar", "rc", library, source.with_suffix(".o")], check=True)
            found = list(system_calls.violations(system_calls.imports("nm", str(library))))
        self.assertEqual(found, [("a.o", "socket", "network")])

    def test_a_line_that_logs_is_named_but_not_check_itself(self):
        with tempfile.TemporaryDirectory() as folder:
            base = pathlib.Path(folder, "base")
            base.mkdir()
            (base / "check.h").write_text("std::fprintf(stderr, x);\n")
            (base / "a.cpp").write_text("int a;  // printf\nstd::fprintf(stderr, x);\n")
            self.assertEqual(list(system_calls.logging_lines(pathlib.Path(folder), ["base"])),
                             ["base/a.cpp:2: std::fprintf(stderr, x);"])


if __name__ == "__main__":
    unittest.main()
