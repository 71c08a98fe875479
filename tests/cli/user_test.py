#!/usr/bin/env python3
"""Users and groups on the command line, without a gateway.

    user_test.py PROGRAM [UNITTEST ARGUMENT ...]
"""

import json
import os
import pathlib
import pty
import select
import sqlite3
import stat
import subprocess
import sys
import tempfile
import termios
import time
import unittest

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "agilevpn"


class Users(unittest.TestCase):
    """A state directory, and the program."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.state = self.folder / "state"

    def words(self, *words):
        return [PROGRAM, *map(str, words), "--dir", str(self.state)]

    def say(self, *words, status=0, given=""):
        """What it prints; on standard error if it is to fail."""
        done = subprocess.run(self.words(*words), input=given, capture_output=True, text=True, timeout=60, cwd=self.folder, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout if status == 0 else done.stderr

    def user(self, *words, **how):
        return self.say("user", *words, **how)

    def group(self, *words, **how):
        return self.say("group", *words, **how)

    def json(self, *words):
        return json.loads(self.say(*words, "--json"))

    def kept_password(self, name):
        database = sqlite3.connect(self.state / "users.db")
        self.addCleanup(database.close)
        return database.execute("SELECT password FROM users WHERE name = ?", (name,)).fetchone()[0]


class Help(Users):
    def test_every_verb_shows_an_example(self):
        for verb in ("add", "list", "show", "set", "password", "enable", "disable", "remove", "import", "export", "device"):
            self.assertIn("Example:\n  agilevpn user", self.user(verb, "--help"))
        for verb in ("add", "list", "show", "set", "remove"):
            self.assertIn("Example:\n  agilevpn group " + verb, self.group(verb, "--help"))

    def test_what_prints_data_prints_json(self):
        for words in (("user", "add"), ("user", "list"), ("user", "show"), ("user", "password"), ("user", "import"), ("group", "list"),
                      ("group", "show")):
            self.assertIn("--json", self.say(*words, "--help"))

    def test_a_wrong_command_ends_with_two_and_makes_nothing(self):
        for words in (("user",), ("user", "add"), ("user", "add", "anna", "--expires", "31.1.2027"), ("user", "add", "anna", "--devices", "0"),
                      ("user", "add", "anna", "--generate", "--no-password"), ("user", "add", "anna", "--scrypt", "--no-password"),
                      ("group", "add", "staff", "--idle-timeout", "soon"), ("group", "add", "staff", "--idle-timeout", "500ms"), ("group", "add", "staff", "--devices", "many")):
            with self.subTest(words):
                self.say(*words, status=2)
        self.assertFalse(self.state.exists())


class Add(Users):
    def test_a_database_that_was_not_there_is_told_once(self):
        for is_new, name in ((True, "anna"), (False, "bert")):
            done = subprocess.run(self.words("user", "add", name, "--no-password"), capture_output=True, text=True, timeout=60, check=True)
            self.assertEqual("users.db is new: the gateway whose state-dir is" in done.stderr, is_new, done.stderr)

    def test_a_user_in_one_command(self):
        out = self.user("add", "anna")
        self.assertIn("User anna is made (group default, expires never).", out)
        self.assertRegex(out, r"  password   \w{4}(-\w{4}){3} ")
        self.assertRegex(self.kept_password("anna"), r"^\$nt\$[0-9a-f]{32}$")
        self.assertEqual(stat.S_IMODE((self.state / "users.db").stat().st_mode), 0o600)
        self.assertEqual(stat.S_IMODE(self.state.stat().st_mode), 0o700)

    def test_names_alone_are_for_the_shell(self):
        self.group("add", "staff")
        self.user("add", "bert")
        self.user("add", "anna", "--group", "staff")
        self.assertEqual(self.user("list", "--names"), "anna\nbert\n")
        self.assertEqual(self.group("list", "--names"), "default\nstaff\n")

    def test_a_password_from_standard_input_is_kept_as_asked(self):
        out = self.user("add", "anna", "--password-stdin", given="clientPass\n")
        self.assertNotIn("clientPass", out)
        self.assertEqual(self.kept_password("anna"), "$nt$44ebba8d5312b8d611474411f56989ae")  # RFC 2759 §9.2
        self.user("add", "bert", "--password-stdin", "--scrypt", given="clientPass")
        self.assertRegex(self.kept_password("bert"), r"^\$scrypt\$ln=15,r=8,p=1\$[0-9a-f]{32}\$[0-9a-f]{64}$")
        self.user("add", "carl", "--no-password")
        self.assertIsNone(self.kept_password("carl"))
        self.assertIn("no password on standard input", self.user("add", "dora", "--password-stdin", status=1))
        self.assertIn("too long", self.user("add", "dora", "--password-stdin", given="x" * 2000, status=1))

    def test_a_program_reads_what_was_made(self):
        made = self.json("user", "add", "anna", "--generate")
        self.assertRegex(made["password"], r"^\w{4}(-\w{4}){3}$")
        self.assertIsNone(self.json("user", "add", "bert", "--no-password")["password"])

    def test_mistakes_are_said_with_what_to_do(self):
        self.assertIn("agilevpn group add staff", self.user("add", "anna", "--group", "staff", status=1))
        self.user("add", "anna")
        self.assertIn("there is a user Anna already", self.user("add", "Anna", status=1))
        self.assertIn("cannot be the name of a user", self.user("add", "an na", status=1))
        self.assertIn("agilevpn user list", self.user("show", "bert", status=1))

    def test_without_a_database_the_first_command_is_said_and_nothing_made(self):
        for words in (("user", "list"), ("user", "disable", "anna"), ("user", "export"), ("group", "list")):
            self.assertIn("agilevpn user add", self.say(*words, status=1))
        self.assertFalse(self.state.exists())

    def test_a_file_that_is_no_database_is_left_alone(self):
        self.state.mkdir()
        (self.state / "users.db").write_text("notes\n" * 1000)
        self.assertIn("is no database", self.user("add", "anna", status=1))
        self.assertEqual((self.state / "users.db").read_text(), "notes\n" * 1000)


class AtATerminal(Users):
    """Somebody types; the terminal is a pseudo-terminal."""

    def type(self, *answers, words=("user", "add", "anna")):
        """Types an answer at each question. What was to be seen, the exit status, and whether the terminal echoes again."""
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        process = subprocess.Popen(self.words(*words), stdin=slave, stdout=slave, stderr=slave, start_new_session=True,
                                   preexec_fn=lambda: os.open(os.ttyname(slave), os.O_RDWR))
        seen = ""
        for question, answer in answers:
            seen += self.read_until(master, question)
            self.wait_until(lambda: not self.echoes(slave))
            os.write(master, answer)
        status = process.wait(timeout=30)
        seen += self.read_until(master, None)
        echoes = self.echoes(slave)
        os.close(slave)
        return seen, status, echoes

    @staticmethod
    def echoes(terminal):
        return bool(termios.tcgetattr(terminal)[3] & termios.ECHO)

    @staticmethod
    def wait_until(condition):
        end = time.monotonic() + 30
        while not condition() and time.monotonic() < end:
            time.sleep(0.01)

    @staticmethod
    def read_until(master, question):
        seen = ""
        while select.select([master], [], [], 30 if question else 0.3)[0]:
            seen += os.read(master, 4096).decode()
            if question and question in seen:
                break
        return seen

    def test_a_password_is_asked_for_twice_and_not_shown(self):
        seen, status, echoes = self.type(("Password of anna", b"clientPass\n"), ("Once more: ", b"clientPass\n"))
        self.assertEqual(status, 0, seen)
        self.assertNotIn("clientPass", seen)
        self.assertTrue(echoes)
        self.assertEqual(self.kept_password("anna"), "$nt$44ebba8d5312b8d611474411f56989ae")

    def test_two_that_differ_make_no_user(self):
        seen, status, _ = self.type(("Password of anna", b"one\n"), ("Once more: ", b"two\n"))
        self.assertEqual(status, 1)
        self.assertIn("not the same", seen)
        self.assertEqual(self.json("user", "list"), [])

    def test_enter_alone_makes_one_up(self):
        seen, status, _ = self.type(("Password of anna", b"\n"))
        self.assertEqual(status, 0)
        self.assertRegex(seen, r"password   \w{4}(-\w{4}){3}")

    def test_control_c_leaves_the_terminal_as_it_was(self):
        seen, status, echoes = self.type(("Password of anna", b"\x03"))
        self.assertEqual(status, 1, seen)
        self.assertTrue(echoes)


class Change(Users):
    def setUp(self):
        super().setUp()
        self.group("add", "staff")
        self.user("add", "anna", "--password-stdin", "--group", "staff", "--expires", "2999-01-31", "--devices", "3", "--note", "room 4", given="pw")
        self.user("add", "bert", "--no-password")

    def test_list_and_show(self):
        out = self.user("list")
        self.assertRegex(out, r"anna +staff +enabled +2999-01-31 +3 +NT hash +- +room 4\n")
        self.assertRegex(out, r"bert +default +enabled +never +- +none +-\n")
        self.assertNotIn("bert", self.user("list", "--group", "STAFF"))
        self.assertIn("there are: default, staff", self.user("list", "--group", "staf", status=1))
        shown = self.user("show", "ANNA")
        for part in ("anna  (enabled)", "group        staff", "kept as NT hash", "3 devices", "room 4", "none yet"):
            self.assertIn(part, shown)
        self.assertEqual(self.json("user", "show", "anna")["expires"], "2999-01-31")
        self.assertNotIn(self.kept_password("anna")[4:], shown + out + self.say("user", "show", "anna", "--json"))

    def test_what_is_not_named_stays(self):
        self.user("set", "anna", "--expires", "never")
        self.user("set", "anna", "--devices", "group")
        anna = self.json("user", "show", "anna")
        self.assertEqual((anna["expires"], anna["devices_max"], anna["group"], anna["note"]), (None, None, "staff", "room 4"))

    def test_a_past_day_is_expired(self):
        self.user("set", "anna", "--expires", "2020-01-31")
        self.assertEqual(self.json("user", "show", "anna")["state"], "expired")

    def test_disable_enable_remove(self):
        self.assertIn("User bert is disabled.", self.user("disable", "anna", "bert"))
        self.assertEqual([user["state"] for user in self.json("user", "list")], ["disabled", "disabled"])
        self.user("enable", "anna")
        self.assertEqual(self.json("user", "show", "anna")["state"], "enabled")
        self.user("remove", "bert")
        self.assertEqual([user["name"] for user in self.json("user", "list")], ["anna"])

    def test_of_several_all_or_none(self):
        self.user("disable", "anna", "nobody", status=1)
        self.assertEqual(self.json("user", "show", "anna")["state"], "enabled")

    def test_another_password(self):
        before = self.kept_password("anna")
        self.assertIn("has a new password", self.user("password", "anna", "--password-stdin", given="other"))
        self.assertNotEqual(self.kept_password("anna"), before)
        self.assertIn("certificates only", self.user("password", "anna", "--no-password"))
        self.assertIsNone(self.kept_password("anna"))

    def test_a_device_has_a_password_or_certificate_of_its_own(self):
        self.assertIn("user name  anna/phone", self.user("device", "add", "anna", "phone"))
        self.say_pki("init")
        self.say_pki("issue", "laptop")
        certificate = self.state / "pki" / "issued" / "laptop.pem"
        self.user("device", "add", "anna", "laptop", "--certificate", certificate)
        laptop, phone = self.json("user", "show", "anna")["devices"]
        fingerprint = subprocess.run(["openssl", "x509", "-in", certificate, "-noout", "-fingerprint", "-sha256"], capture_output=True, text=True,
                                     check=True).stdout
        self.assertEqual(laptop["certificate"], fingerprint.split("=")[1].strip().replace(":", "").lower())
        self.assertEqual((laptop["password"], phone["password"]), ("none", "NT hash"))
        self.user("device", "disable", "anna", "phone")
        self.assertIn("device       phone: disabled", self.user("show", "anna"))
        self.user("device", "remove", "anna", "phone")
        self.assertIn("no device 'phone'", self.user("device", "enable", "anna", "phone", status=1))

    def say_pki(self, *words):
        subprocess.run([PROGRAM, "pki", *words, "--dir", self.state / "pki"], capture_output=True, check=True)

    def test_another_program_that_writes_is_waited_for_and_then_named(self):
        other = sqlite3.connect(self.state / "users.db", isolation_level=None)
        self.addCleanup(other.close)
        other.execute("BEGIN IMMEDIATE")
        self.assertIn("is locked", self.user("disable", "anna", status=1))
        self.assertIn("anna", self.user("list"))
        other.execute("ROLLBACK")
        self.user("disable", "anna")


class Groups(Users):
    def test_a_pool_that_the_gateway_has_not_is_refused(self):
        self.group("add", "staff")
        config = self.folder / "gateway.toml"
        config.write_text(f'name = "vpn.example.org"\nstate-dir = "{self.state}"\n[psk]\n"anna" = "0123456789abcdef0123456789abcdef"\n'
                          '[pool]\nipv4 = "10.66.0.0/24"\n[pool.office]\nipv4 = "10.67.0.0/24"\n')
        said = self.group("set", "staff", "--pools", "offise", "--config", config, status=1)
        self.assertIn("there is no pool offise", said)
        self.assertIn("ipv4, office", said)
        self.assertEqual(self.json("group", "show", "staff")["pools"], [])
        self.group("set", "staff", "--pools", "office", "--config", config)
        self.assertEqual(self.json("group", "show", "staff")["pools"], ["office"])

    def test_a_group_is_shown_as_it_was_made(self):
        (self.folder / "rules").write_text("allow to 10.20.5.0/24 tcp 443\n")
        self.group("add", "staff", "--routes", "10.20.0.0/16,fd20::/64", "--dns", "10.20.0.53", "--domains", "corp.example.org", "--pools", "ipv4",
                   "--methods", "eap-tls,peap", "--idle-timeout", "1h30m", "--devices", "3", "--firewall", self.folder / "rules")
        staff = self.json("group", "show", "staff")
        self.assertEqual(staff, {"name": "staff", "users": 0, "routes": ["10.20.0.0/16", "fd20::/64"], "dns": ["10.20.0.53"],
                                 "domains": ["corp.example.org"], "pools": ["ipv4"], "methods": ["eap-tls", "peap"], "idle_timeout": 5400,
                                 "devices_max": 3, "firewall": "allow to 10.20.5.0/24 tcp 443\n"})
        self.assertIn("10.20.0.0/16, fd20::/64", self.group("show", "staff"))
        self.assertRegex(self.group("list"), r"staff +0 +10\.20\.0\.0/16, fd20::/64 +ipv4 +eap-tls, peap +3 +90 min")

    def test_a_file_of_firewall_rules_with_a_mistake_is_refused_with_its_line(self):
        rules = self.folder / "rules"
        rules.write_text("allow to any icmp\nallow 10.20.5.0/24:443/tcp\n")
        self.group("add", "staff")
        for verb in (("set", "staff"), ("add", "guests")):
            said = self.group(*verb, "--firewall", rules, status=1)
            self.assertIn(f"{rules}, line 2: ", said)
            self.assertIn("as in: allow to", said)
        self.assertEqual(self.json("group", "show", "staff")["firewall"], "")
        rules.write_text("# nothing\n")
        self.assertIn("no rules", self.group("set", "staff", "--firewall", rules, status=1))

    def test_what_is_not_named_stays_and_none_empties(self):
        self.group("add", "staff", "--routes", "10.20.0.0/16", "--dns", "10.20.0.53", "--idle-timeout", "15m", "--devices", "3")
        self.group("set", "staff", "--dns", "none", "--idle-timeout", "default", "--devices", "any")
        staff = self.json("group", "show", "staff")
        self.assertEqual((staff["routes"], staff["dns"], staff["idle_timeout"], staff["devices_max"]), (["10.20.0.0/16"], [], None, None))

    def test_mistakes_are_said_with_what_to_do(self):
        self.assertIn("as in 10.20.0.0/16", self.group("add", "staff", "--routes", "10.20.0.0/33", status=1))
        self.assertIn("'10.20.0.5/16' is an address in the network 10.20.0.0/16", self.group("add", "staff", "--routes", "10.20.0.5/16", status=1))
        self.assertIn("eap-mschapv2", self.group("add", "staff", "--methods", "pap", status=1))
        self.group("add", "staff")
        self.assertIn("agilevpn group set", self.group("add", "staff", status=1))
        self.user("add", "anna", "--group", "staff")
        self.assertIn("group staff has 1 user", self.group("remove", "staff", status=1))
        self.user("remove", "anna")
        self.group("remove", "staff")
        self.assertIn("cannot be removed", self.group("remove", "default", status=1))


class Import(Users):
    def file(self, text):
        path = self.folder / "users.csv"
        path.write_text(text)
        return path

    def test_a_file_of_users(self):
        self.group("add", "staff")
        out = self.user("import", self.file("name,password,group,expires,note\nanna,clientPass,staff,2999-01-31,\"room 4, left\"\nbert,,,,\n"))
        self.assertIn("2 users added.", out)
        self.assertEqual(self.kept_password("anna"), "$nt$44ebba8d5312b8d611474411f56989ae")
        self.assertEqual(self.json("user", "show", "anna")["note"], "room 4, left")

    def test_one_mistake_and_nobody_is_added(self):
        path = self.file("name,group\nanna,\nbert,staff\ncarl smith,\n")
        said = self.user("import", path, status=1)
        self.assertIn(f"{path}:3: group: there is no group 'staff'", said)
        self.assertIn(f"{path}:4: name: 'carl smith' cannot be", said)
        self.assertIn("nobody was added: 2 mistakes", said)
        self.assertEqual(self.json("user", "list"), [])
        self.assertIn("1 user added.", self.user("import", path, "--skip-errors"))
        self.assertEqual([user["name"] for user in self.json("user", "list")], ["anna"])

    def test_every_mistake_is_told_with_its_line_and_column(self):
        path = self.file("name,expires,devices\nanna,soon,many\nbert,,\ncarl,2999-01-32,\n")
        said = self.user("import", path, status=1)
        for mistake in (":2: expires: 'soon' is no day", ":2: devices: 'many' is no number", ":4: expires: '2999-01-32' is no day"):
            self.assertIn(mistake, said)
        self.assertIn("nobody was added: 3 mistakes", said)
        self.assertEqual(self.json("user", "list"), [])

    def test_what_is_exported_can_be_imported_elsewhere(self):
        self.user("add", "anna", "--expires", "2999-01-31", "--note", 'say "hello", twice')
        exported = self.user("export")
        self.assertNotIn("$nt$", exported)
        self.assertEqual(exported.splitlines()[0], "name,group,expires,devices,enabled,note")
        path = self.file(exported)
        self.state = self.folder / "elsewhere"
        self.user("import", path)
        self.assertEqual(self.user("export"), exported)

    def test_a_file_that_is_not_there_makes_no_database(self):
        self.assertIn("cannot read", self.user("import", self.folder / "nothing.csv", status=1))
        self.assertFalse(self.state.exists())


def find_pseudo_terminals():
    """A bare chroot may have none mounted: then all goes on in a mount namespace that has."""
    try:
        for end in pty.openpty():
            os.close(end)
    except OSError:
        if os.geteuid() != 0 or "AGILEVPN_TEST_HAS_DEVPTS" in os.environ:
            raise
        os.environ["AGILEVPN_TEST_HAS_DEVPTS"] = "yes"
        mount = 'mount -t devpts -o newinstance,ptmxmode=0666 devpts /dev/pts && exec "$@"'
        os.execvp("unshare", ["unshare", "--mount", "--propagation", "unchanged", "sh", "-c", mount, "sh", *sys.orig_argv])


if __name__ == "__main__":
    find_pseudo_terminals()
    unittest.main()
