#!/usr/bin/env python3
"""The command line as a person uses it.

    command_line_test.py PROGRAM [UNITTEST ARGUMENT ...]
"""

import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

from fake_daemon import FakeDaemon, event, session, status

PROGRAM = sys.argv.pop(1) if len(sys.argv) > 1 else "agilevpn"
SOURCE = pathlib.Path(__file__).resolve().parents[2] / "src"
VERBS = ("setup", "up", "down", "rekey", "move", "status", "list", "paths", "log", "why", "explain", "pki", "profile", "import", "doctor", "check", "decode", "completion", "man", "help", "version")


class CommandLine(unittest.TestCase):
    """A folder to work in, and the program."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.socket = self.folder / "control.sock"

    def run_program(self, *words):
        return subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=60, cwd=self.folder,
                              env={**os.environ, "AGILEVPN_CONTROL": str(self.socket), "TZ": "UTC"}, check=False)

    def say(self, *words, status=0):
        """What it prints; on standard error if it is to fail."""
        done = self.run_program(*words)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout if status == 0 else done.stderr

    def json(self, *words):
        return json.loads(self.say(*words, "--json"))


class Help(CommandLine):
    def test_every_verb_shows_an_example(self):
        for verb in VERBS:
            with self.subTest(verb):
                self.assertIn("Example:\n  ", self.say(verb, "--help"))
        self.assertIn("Example:", self.say("--help"))

    def test_what_prints_data_prints_json(self):
        for verb in ("setup", "up", "status", "list", "paths", "log", "why", "explain", "check", "decode", "version"):
            with self.subTest(verb):
                self.assertIn("--json", self.say(verb, "--help"))

    def test_a_wrong_command_ends_with_two(self):
        for words in ((), ("fly",), ("status", "--loud"), ("up", "--timeout", "soon"), ("pki",), ("completion", "cmd")):
            with self.subTest(words):
                self.assertTrue(self.say(*words, status=2))

    def test_a_wrong_word_is_named_with_the_nearest_one(self):
        for words, said in ((("hlep",), "agilevpn: unknown command 'hlep', did you mean 'help'?\n  see: agilevpn --help\n"),
                            (("netcheck", "--help"), "agilevpn: unknown command 'netcheck'\n  see: agilevpn --help\n"),
                            (("pki", "isue"), "agilevpn: unknown command 'isue', did you mean 'issue'?\n  see: agilevpn pki --help\n"),
                            (("status", "--jsno"), "agilevpn: unknown option '--jsno', did you mean '--json'?\n  see: agilevpn status --help\n"),
                            (("pki", "revoke"), "agilevpn: NAME is required\n  see: agilevpn pki revoke --help\n"),
                            ((), "agilevpn: a command is missing\n  see: agilevpn --help\n")):
            with self.subTest(words):
                self.assertEqual(self.say(*words, status=2), said)

    def test_the_commands_that_cures_name_are_there(self):
        cures = "".join(path.read_text() for path in (SOURCE / "diagnosis").glob("*.cpp"))
        commands = set(re.findall(r"agilevpn ([a-z][^\"\\\\`;,.)]*)", cures))
        self.assertGreater(len(commands), 20)
        for command in sorted(commands):
            with self.subTest(command):
                verbs = []
                for word in command.split():
                    if not word.isalpha() or not re.search(rf"^  {word} ", self.say(*verbs, "--help"), re.MULTILINE):
                        break
                    verbs.append(word)
                self.assertTrue(verbs)
                text = self.say(*verbs, "--help")
                self.assertNotIn("SUBCOMMAND", text.splitlines()[1])
                for option in re.findall(r"--[a-z-]+", command):
                    self.assertIn(option, text)

    def test_help_is_a_verb_too(self):
        self.assertEqual(self.say("help"), self.say("--help"))
        self.assertIn("--san", self.say("help", "pki", "issue"))
        self.assertIn("there is no command 'fly'", self.say("help", "fly", status=2))

    def test_the_manual_page_has_every_verb(self):
        page = self.say("man")
        for verb in VERBS:
            self.assertIn(f".SS agilevpn {verb}\n", page)

    def test_version_says_itself_and_openssl(self):
        self.assertRegex(self.say("version"), r"^agilevpn \d+\.\d+\.\d+, OpenSSL 3\.")
        self.assertIn("version", self.json("version"))
        self.assertEqual(self.say("--version"), self.say("version"))

    def test_completion_knows_the_verbs_and_is_valid_bash(self):
        for shell in ("bash", "zsh", "fish"):
            self.assertIn("paths", self.say("completion", shell))
        subprocess.run(["bash", "-n"], input=self.say("completion", "bash"), text=True, check=True)

    def complete(self, line, before=""):
        """What may stand for the last word of a line."""
        words = line.split(" ")
        script = (before + self.say("completion", "bash") + f'COMP_WORDS=({" ".join(words)}); COMP_CWORD={len(words) - 1}; _agilevpn; '
                  'echo "${COMPREPLY[@]}"')
        return subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=True).stdout.split()

    def test_the_shell_completes_verbs_and_the_values_of_options(self):
        for line, words in (("agilevpn pki is", ["issue"]), ("agilevpn lab unb", ["unblock"]), ("agilevpn lab pull eth", ["eth0", "eth1"]),
                            ("agilevpn pki issue anna --key ecdsa-p2", ["ecdsa-p256"]), ("agilevpn profile anna --for app", ["apple"]),
                            ("agilevpn profile anna --login pe", ["peap"]), ("agilevpn completion z", ["zsh"])):
            with self.subTest(line):
                self.assertEqual(self.complete(line), words)

    def test_the_shell_completes_users_groups_and_adapters(self):
        knows = 'agilevpn() { case "$*" in "user list --names") echo anna; echo annika ;; "group list --names") echo staff ;; esac; }\n'
        for line, words in (("agilevpn user show ann", ["anna", "annika"]), ("agilevpn user device add anni", ["annika"]), ("agilevpn profile ann", ["anna", "annika"]),
                            ("agilevpn group set st", ["staff"]), ("agilevpn user add bert --group st", ["staff"]), ("agilevpn move l", ["lo"])):
            with self.subTest(line):
                self.assertEqual(self.complete(line, knows), words)

    def test_the_shell_runs_nothing_that_stands_in_a_name(self):
        made = self.folder / "made"
        self.assertEqual(self.complete("agilevpn down $", "agilevpn() { echo '$(touch${IFS}" + str(made) + ")'; }\n"), [f"\\$\\(touch\\$\\{{IFS\\}}{made}\\)"])
        self.assertFalse(made.exists())

    def test_the_shell_completes_names_that_the_daemon_knows(self):
        self.assertEqual(self.complete("agilevpn down of", 'agilevpn() { [ "$*" = "status --names" ] && echo office; }\n'), ["office"])


class Pki(CommandLine):
    def pki(self, *words, **how):
        return self.say("pki", *words, "--dir", self.folder / "pki", **how)

    def test_a_first_client_certificate_needs_no_openssl_commands(self):
        self.assertIn("CN=AgileVPN CA", self.pki("init"))
        out = self.pki("issue", "anna", "--subject", "CN=Anna, OU=staff", "--out", self.folder / "anna.p12")
        self.assertRegex(out, r"the password that opens it: \w{4}(-\w{4}){3}")
        self.assertEqual(stat.S_IMODE((self.folder / "anna.p12").stat().st_mode), 0o600)
        shown = self.pki("show", "anna")
        for part in ("OU=staff", "issued by", "clientAuth", "anna"):
            self.assertIn(part, shown)

    def test_openssl_believes_the_chain_and_opens_the_p12(self):
        self.pki("init")
        self.pki("issue", "vpn.example.org", "--gateway", "--san", "203.0.113.10", "--san", "DNS:gw.example.org")
        self.pki("issue", "bert", "--password", "pw")
        issued = self.folder / "pki" / "issued"
        for name, purpose in (("vpn.example.org", "sslserver"), ("bert", "sslclient")):
            done = subprocess.run(["openssl", "verify", "-purpose", purpose, "-CAfile", self.folder / "pki" / "ca.pem",
                                   issued / f"{name}.pem"], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
        subprocess.run(["openssl", "pkcs12", "-in", issued / "bert.p12", "-passin", "pass:pw", "-nodes"], capture_output=True,
                       check=True)
        text = subprocess.run(["openssl", "x509", "-in", issued / "vpn.example.org.pem", "-noout", "-text"],
                              capture_output=True, text=True, check=True).stdout
        for part in ("DNS:vpn.example.org", "DNS:gw.example.org", "IP Address:203.0.113.10", "DNS:203.0.113.10", "TLS Web Server Authentication"):
            self.assertIn(part, text)

    def test_a_revoked_certificate_is_in_the_crl(self):
        self.pki("init")
        self.pki("issue", "bert")
        self.pki("revoke", "bert")
        self.assertIn("revoked", self.pki("list"))
        self.assertIn("state      revoked", self.pki("show", "bert"))
        listed = json.loads(self.pki("list", "--json"))
        text = subprocess.run(["openssl", "crl", "-in", self.folder / "pki" / "crl.pem", "-noout", "-text"],
                              capture_output=True, text=True, check=True).stdout
        self.assertIn(listed[0]["serial"].upper(), text.upper())

    def test_every_kind_of_key(self):
        self.pki("init", "--key", "rsa")
        for key in ("ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "ed25519", "rsa"):
            self.pki("issue", f"client-{key}", "--key", key)
        self.assertEqual(len(json.loads(self.pki("list", "--json"))), 5)

    def test_mistakes_are_said_with_what_to_do(self):
        self.assertIn("agilevpn pki init", self.pki("issue", "anna", status=1))
        self.pki("init")
        self.assertIn("there is a CA", self.pki("init", status=1))
        self.pki("issue", "anna")
        self.assertIn("agilevpn pki revoke anna", self.pki("issue", "anna", status=1))
        self.assertIn("no certificate was issued to 'bert'", self.pki("revoke", "bert", status=1))
        self.assertIn("cannot read", self.pki("show", "nobody", status=1))

    def test_a_p12_is_shown_by_its_password(self):
        self.pki("init")
        (self.folder / "pw").write_text("pw\n")
        self.pki("issue", "bob", "--password-file", self.folder / "pw")
        for name in ("bob.p12", self.folder / "pki/issued/bob.p12"):
            self.assertIn("CN=bob", self.pki("show", name, "--password-file", self.folder / "pw"))
        self.assertIn("--password-file FILE", self.pki("show", "bob.p12", status=1))

    def test_what_we_make_is_the_owners_alone(self):
        self.say("pki", "init", "--dir", self.folder / "state/pki")
        for made in ("state", "state/pki"):
            self.assertEqual(stat.S_IMODE((self.folder / made).stat().st_mode), 0o700)


@unittest.skipIf(os.geteuid() != 0, "only root can become somebody else")
class AsAnotherUser(CommandLine):
    def setUp(self):
        super().setUp()
        self.say("setup", "vpn.example.org", "--dir", self.folder / "gw")
        self.folder.chmod(0o755)
        (self.folder / "gw").chmod(0o755)
        (self.folder / "gw/gateway.toml").chmod(0o644)
        self.program = self.folder / "agilevpn"  # A build folder may be closed to others.
        shutil.copy(PROGRAM, self.program)

    def told(self, *words):
        done = subprocess.run([self.program, *map(str, words)], capture_output=True, text=True, cwd="/", user="nobody", group="nogroup",
                              extra_groups=[], check=False)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_what_may_not_be_read_is_said_in_one_sentence(self):
        pki = self.folder / "gw/state/pki"
        for words in (("list",), ("show",), ("issue", "anna"), ("init",)):
            with self.subTest(words):
                self.assertEqual(self.told("pki", *words, "--dir", pki), f"agilevpn: cannot read {pki}/ca.pem: Permission denied\n  run it as root\n")

    def test_a_ca_that_may_not_be_read_is_not_to_be_made(self):
        said = self.told("check", self.folder / "gw/gateway.toml")
        self.assertIn("Permission denied (run it as root)", said)
        self.assertNotIn("agilevpn setup", said)


class Setup(CommandLine):
    def test_a_gateway_in_one_command(self):
        out = self.say("setup", "vpn.example.org", "--dir", self.folder / "gw")
        self.assertIn("made    a certificate for vpn.example.org", out)
        self.assertIn("Next:", out)
        configuration = self.folder / "gw" / "gateway.toml"
        self.assertLess(len([line for line in configuration.read_text().splitlines() if line]), 12)
        self.assertIn("is good", self.say("check", configuration))
        self.assertEqual(stat.S_IMODE(configuration.stat().st_mode), 0o600)

    def test_a_second_time_changes_nothing(self):
        self.say("setup", "203.0.113.10", "--dir", self.folder / "gw")
        before = (self.folder / "gw" / "gateway.toml").read_text()
        out = self.say("setup", "203.0.113.10", "--dir", self.folder / "gw")
        self.assertNotIn("made", out)
        self.assertIn("nothing was changed", out)
        self.assertFalse(self.json("setup", "203.0.113.10", "--dir", self.folder / "gw")["changed"])
        self.assertEqual((self.folder / "gw" / "gateway.toml").read_text(), before)
        self.assertIn("remove it", self.say("setup", "other.example.org", "--dir", self.folder / "gw", status=1))

    def test_what_is_asked_for_and_stands_otherwise_in_the_configuration_is_not_dropped_in_silence(self):
        gateway = ("setup", "vpn.example.org", "--dir", self.folder / "gw")
        self.say(*gateway, "--pool", "10.9.0.0/24")
        before = (self.folder / "gw" / "gateway.toml").read_text()
        self.assertIn("nothing was changed", self.say(*gateway, "--pool", "10.9.0.0/24"))
        self.assertIn('has another pool', self.say(*gateway, "--pool", "10.8.0.0/24", status=1))
        self.say("pki", "--dir", self.folder / "other", "init")
        self.say("pki", "--dir", self.folder / "other", "issue", "vpn.example.org", "--gateway")
        issued = self.folder / "other" / "issued" / "vpn.example.org"
        theirs = ("--certificate", f"{issued}.pem", "--key", f"{issued}.key")
        said = self.say(*gateway, *theirs, status=1)
        self.assertIn("has another certificate", said)
        self.assertEqual((self.folder / "gw" / "gateway.toml").read_text(), before)
        told = said.split("\n\n", 1)[1]  # What it says to write serves.
        (self.folder / "gw" / "gateway.toml").write_text(before.replace("[certificate]\nown-ca = true\n", told.rstrip() + "\n"))
        self.assertIn("nothing was changed", self.say(*gateway, *theirs))

    def test_json_lists_the_steps(self):
        done = self.json("setup", "vpn.example.org", "--dir", self.folder / "gw")
        self.assertTrue(pathlib.Path(done["configuration"]).exists())
        self.assertIn("made", [step["verdict"] for step in done["steps"]])

    def test_a_bad_name_or_pool_is_refused_before_anything_is_made(self):
        for words, said in ((("a:500",), "'a:500' is no domain name and no address"), (("https://a/",), "without a port"), (("",), "'' is no domain name"),
                            (("a." * 40 + "org",), "no certificate can have a name of 83 letters"),
                            (("a", "--pool", "10.0.0.0/33"), "10.0.0.0/33"), (("a", "--pool", "10.9.0.7/24"), "for example 10.9.0.0/24")):
            with self.subTest(words):
                self.assertIn(said, self.say("setup", *words, "--dir", self.folder / "gw", status=1))
                self.assertFalse((self.folder / "gw").exists())

    def test_another_gateways_folder_is_left_as_it_is(self):
        self.say("setup", "vpn.example.org", "--dir", self.folder / "gw")
        before = {file: file.read_bytes() for file in (self.folder / "gw").rglob("*") if file.is_file()}
        self.assertIn("is there, for vpn.example.org", self.say("setup", "other.example.org", "--dir", self.folder / "gw", status=1))
        self.assertEqual({file: file.read_bytes() for file in (self.folder / "gw").rglob("*") if file.is_file()}, before)

    def test_a_long_name_is_a_gateways_too(self):
        name = "ec2-203-0-113-10.eu-central-1.compute.amazonaws.example"
        self.assertIn("is good", self.say("setup", name, "--dir", self.folder / "gw") + self.say("check", self.folder / "gw/gateway.toml"))


    def test_passwords_and_certificates_both_log_in(self):
        self.say("setup", "vpn.example.org", "--dir", self.folder / "gw")
        text = (self.folder / "gw" / "gateway.toml").read_text()
        self.assertIn("[users]", text)
        self.assertIn("own-ca = true", text)

    def test_somebody_elses_certificate(self):
        self.say("pki", "--dir", self.folder / "other", "init")
        self.say("pki", "--dir", self.folder / "other", "issue", "vpn.example.org", "--gateway")
        issued = self.folder / "other" / "issued"
        self.say("setup", "vpn.example.org", "--dir", self.folder / "gw", "--certificate", issued / "vpn.example.org.pem", "--key", issued / "vpn.example.org.key")
        self.assertIn("is good", self.say("check", self.folder / "gw" / "gateway.toml"))
        out = self.say("profile", "anna", "--for", "linux", "--login", "certificate", "--config", self.folder / "gw" / "gateway.toml", "--out", self.folder / "anna")
        self.assertIn("no CA goes into the profiles", out)
        self.assertNotIn("password of", out.lower())  # None of these files has one.
        self.assertIn('ca = "system"', (self.folder / "anna/anna-linux/client.toml").read_text())
        self.assertIn("is good", self.say("check", self.folder / "anna/anna-linux/client.toml"))

    def test_no_certificate_is_made_that_the_gateway_would_refuse(self):
        self.say("setup", "vpn.example.org", "--dir", self.folder / "gw")
        self.say("pki", "--dir", self.folder / "other", "init", "--subject", "CN=Other CA")
        self.say("pki", "--dir", self.folder / "other", "issue", "anna", "--password", "secret")
        configuration, issued = self.folder / "gw/gateway.toml", self.folder / "gw/state/pki/issued/vpn.example.org"
        configuration.write_text(configuration.read_text().replace("own-ca = true", f'file = "{issued}.pem"\nkey = "{issued}.key"\n'
                                                                   f'[clients]\nca = "{self.folder}/other/ca.pem"'))
        profile = ("profile", "anna", "--for", "linux", "--login", "certificate", "--config", self.folder / "gw/gateway.toml", "--out", self.folder / "anna")
        self.assertIn("believes no certificates of its own CA", self.say(*profile, status=1))
        self.assertNotIn("anna", self.say("pki", "--dir", self.folder / "gw/state/pki", "list"))
        self.say("pki", "--dir", self.folder / "gw/state/pki", "issue", "bert", "--password", "secret")
        (self.folder / "secret").write_text("secret\n")
        theirs = lambda file: ("--certificate", self.folder / file, "--certificate-password-file", self.folder / "secret")
        self.assertIn("would refuse the certificate CN=bert", self.say(*profile, *theirs("gw/state/pki/issued/bert.p12"), status=1))
        self.say(*profile, *theirs("other/issued/anna.p12"))

    def test_a_device_gets_a_certificate_of_its_own(self):
        self.say("setup", "vpn.example.org", "--dir", self.folder / "gw")
        user = ("user", "--dir", self.folder / "gw/state")
        self.say(*user, "add", "anna", "--no-password")
        profile = ("profile", "anna/phone", "--for", "linux", "--config", self.folder / "gw/gateway.toml", "--out", self.folder / "phone")
        self.assertIn("agilevpn user device add anna phone", self.say(*profile, "--login", "certificate", status=1))
        self.assertIn("agilevpn user device add anna phone", self.say(*profile, "--login", "password"))  # It may be there by then.
        self.say(*user, "device", "add", "anna", "phone", "--no-password")
        self.assertIn("made a certificate for anna/phone", self.say(*profile))
        self.say(*profile)  # The same one.
        certificate = [file for file in (self.folder / "phone").glob("*-linux/*.pem") if "ca" not in file.name]
        explain = ("explain", "--certificate", *certificate, "--config", self.folder / "gw/gateway.toml")
        self.assertIn("the user anna, with the device phone", self.say(*explain))
        self.say(*user, "device", "remove", "anna", "phone")
        self.say(*user, "disable", "anna")
        self.assertIn("anna is disabled", self.run_program(*explain).stdout)
        self.say(*user, "enable", "anna")
        self.say(*user, "add", "anna@tablet", "--no-password")
        self.say(*user, "device", "add", "anna", "tablet", "--no-password")
        self.assertIn("anna@tablet is a user, too", self.say("profile", "anna/tablet", *profile[2:], status=1))


class Import(CommandLine):
    def link(self, *words):
        self.say("setup", "vpn.example.org", "--dir", self.folder / "gw")
        self.say("profile", "anna", "--for", "linux", "--config", self.folder / "gw" / "gateway.toml", "--out", self.folder / "anna", *words)
        return (self.folder / "anna" / "anna-linux.link").read_text().strip()

    def take(self, *words, status=0, given="Tulip-Harbor-41\n"):
        done = subprocess.run([PROGRAM, "import", *map(str, words), "--dir", self.folder / "laptop"], input=given, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def test_a_link_becomes_a_good_configuration(self):
        self.assertIn("Next:", self.take(self.link(), "--password-stdin"))
        laptop = self.folder / "laptop"
        self.assertIn("is good", self.say("check", laptop / "client.toml"))
        password = laptop / "vpn.example.org.password"
        self.assertEqual(stat.S_IMODE((laptop / "client.toml").stat().st_mode), 0o600)
        self.assertEqual((password.read_text(), password.stat().st_mode & 0o777), ("Tulip-Harbor-41", 0o600))
        self.assertEqual((laptop / "vpn.example.org-ca.pem").read_text(), (self.folder / "gw/state/pki/ca.pem").read_text())

    def test_a_second_connection_lies_beside_the_first(self):
        link = self.link()
        self.take(link, "--password-stdin")
        self.take(link.replace("@vpn.", "@other."), "--password-stdin")
        self.assertTrue((self.folder / "laptop/client.d/other.example.org.toml").exists())
        self.assertIn("is good", self.say("check", self.folder / "laptop/client.toml"))

    def test_another_login_at_the_same_gateway_changes_nothing(self):
        link = self.link()
        self.take(link, "--password-stdin")
        laptop = self.folder / "laptop"
        before = {path.name: path.read_bytes() for path in laptop.iterdir()}
        said = self.take(link.replace("//anna@", "//bert@"), "--password-stdin", status=1, given="Another-1\n")
        self.assertIn(f"there is a connection vpn.example.org already, in {laptop / 'client.toml'}", said)
        self.assertEqual(before, {path.name: path.read_bytes() for path in laptop.iterdir()})

    def test_a_login_by_certificate_wants_it(self):
        link = self.link("--login", "certificate")
        self.assertIn("--certificate FILE", self.take(link, status=1))
        folder = self.folder / "anna" / "anna-linux"
        self.take(link, "--certificate", folder / "anna.pem", "--key", folder / "anna.key")
        self.assertIn("is good", self.say("check", self.folder / "laptop/client.toml"))

    def test_a_ca_that_the_link_only_names_must_be_that_one(self):
        link = "agilevpn://anna@vpn.example.org/?login=password&ca-sha256=" + "00" * 32
        self.link()
        self.assertIn("--ca FILE", self.take(link, "--password-stdin", status=1))
        self.assertIn("is not the CA", self.take(link, "--password-stdin", "--ca", self.folder / "gw/state/pki/ca.pem", status=1))
        self.assertFalse((self.folder / "laptop").exists())

    def test_what_is_no_link_is_refused(self):
        self.assertIn("is no link", self.take("https://vpn.example.org", "--password-stdin", status=1))


class Check(CommandLine):
    def test_the_readmes_client_is_good(self):
        self.say("setup", "vpn.example.org", "--dir", self.folder)
        done = json.loads(self.say("pki", "--dir", self.folder / "state/pki", "issue", "anna", "--out", self.folder / "anna.p12",
                                   "--json"))
        client = self.folder / "client.toml"
        client.write_text('[office]\ngateway = "vpn.example.org"\ncertificate = "anna.p12"\n'
                          f'password = "{done["password"]}"\n')
        self.assertIn("is good", self.say("check", client))

    def test_a_mistake_has_its_line(self):
        (self.folder / "gateway.toml").write_text('name = "a"\n' + "\n" * 10 + 'polcy = "modern"\n')
        done = self.run_program("check", self.folder / "gateway.toml")
        self.assertEqual(done.returncode, 1)
        self.assertIn("gateway.toml:12: unknown key 'polcy', did you mean 'policy'?", done.stdout)


    def test_whose_file_it_is_is_found_out_or_said(self):
        file = self.folder / "office.toml"
        for text, words, said in (('[office]\ngateway = "gw"\n', (), "office.toml:1: office.id"), ('[pool]\nipv4 = "10.66.0.0/24"\n', (), "nobody could log in"),
                                  ('name = "gw"\n', ("--role", "client"), "no connection in it"), ('[office]\ngateway = "gw"\n', ("--role", "gateway"), "unknown key 'office'"),
                                  ('[office]\n', (), "office.toml does not say whether it is a gateway's or a client's (say it: --role gateway, or --role client)"),
                                  ('[office\n', (), "office.toml:1:8: ")):
            with self.subTest(text, words=words):
                file.write_text(text)
                done = self.run_program("check", file, *words)
                self.assertEqual(done.returncode, 1)
                self.assertIn(said, done.stdout)
        self.say("check", file, "--role", "server", status=2)

    def test_a_program_is_told_line_and_key(self):
        (self.folder / "gateway.toml").write_text('name = "a"\n[certificate]\nown-ca = "yes"\n[pool]\nipv4 = "10.66.0.0/24"\npolicy = "modern"\n')
        done = self.run_program("check", self.folder / "gateway.toml", "--json")
        said = json.loads(done.stdout)
        self.assertEqual([(one["severity"], one["line"], one["key"]) for one in said],
                         [("mistake", 3, "certificate.own-ca"), ("mistake", 6, "pool.policy")])
        self.assertEqual(said[1]["help"], "put it before the first [table] of the file: here it belongs to [pool]")

    def client(self, *issue):
        """A client.toml with a certificate that was issued so."""
        pki = self.folder / "pki"
        self.say("pki", "--dir", pki, "init")
        self.say("pki", "--dir", pki, "issue", "anna", "--password", "pw", *issue)
        client = self.folder / "client.toml"
        client.write_text('[office]\ngateway = "vpn.example.org"\ncertificate = "pki/issued/anna.p12"\npassword = "pw"\n')
        client.chmod(0o600)
        return client

    def test_a_certificate_that_ends_soon_is_a_warning_with_its_day(self):
        said = self.say("check", self.client("--days", "10"))
        self.assertRegex(said, r"warning: the certificate CN=anna ends on \d{4}-\d\d-\d\d, in \d+ days: renew it\n.*is good, apart from that\n$")

    def test_a_secret_that_everybody_can_read_is_a_warning(self):
        client = self.client()
        self.assertNotIn("warning", self.say("check", client))
        client.chmod(0o644)
        self.assertIn(f"warning: client.toml:4: office.password: everybody on this machine may read the secret in {client} (chmod 600 {client})",
                      self.say("check", client))


class WithDaemon(CommandLine):
    def setUp(self):
        super().setUp()
        self.daemon = FakeDaemon(self.socket)
        self.addCleanup(self.daemon.close)
        self.daemon.answers["/v1/status"] = status()

    def test_status_shows_what_windows_shows(self):
        out = self.say("status")
        for part in ("office (vpn.example.org)  Connected for", "as anna", "adapter   eth0", "origin    10.0.1.2:4500",
                     "gateway   10.0.1.1:4500, NAT on our side, round trip 12.3 ms\n", "IKEv2, MOBIKE, ESP tunnel mode in UDP",
                     "inner     10.66.0.20, fd66::14", "routes    10.20.0.0/16, fd20::/48\n", "DNS       10.66.0.53 for corp.example.org\n",
                     "in 1.2 MiB, out 512 B", "rekey in 41 min", "c0000001"):
            self.assertIn(part, out)
        self.assertEqual(self.json("status")["sessions"][0]["adapter"], "eth0")

    def test_dropped_packets_are_counted_by_reason(self):
        self.assertNotIn("dropped", self.say("status"))
        for role, line in (("client", "  dropped   3 replayed, 1 selector mismatch\n"),
                           ("gateway", "dropped packets: 3 replayed, 1 selector mismatch\n")):
            self.daemon.answers["/v1/status"] = status(role, drops={"replayed": 3, "selector_mismatch": 1})
            self.assertIn(line, self.say("status"))
            self.assertEqual(self.json("status")["drops"]["replayed"], 3)

    def test_a_dormant_connection_says_why_and_how_long(self):
        self.daemon.answers["/v1/status"] = status(sessions=[session(state="Dormant", reason="no network", gives_up_in=1693)])
        self.assertIn("Dormant for", self.say("status").replace("Dormant  ", ""))
        self.assertIn("no network, 28 min left", self.say("status"))

    def test_a_gateways_status_is_a_table_and_one_session_a_block(self):
        client = session(name="anna", origin_address="198.51.100.7:4500", is_peer_behind_nat=True, product="Windows 10 or 11",
                         is_product_sure=True, quirks=["we leave the rekeys of its Child SAs to it"])
        self.daemon.answers["/v1/status"] = status("gateway", sessions=[client], warnings=["the certificate ends in 3 days"])
        out = self.say("status")
        self.assertIn("1 session", out)
        self.assertIn("warning: the certificate ends in 3 days", out)
        self.assertRegex(out, r"7 +anna +Windows 10 or 11 +Connected +10\.66\.0\.20, fd66::14 +198\.51\.100\.7:4500 +yes")
        self.assertIn("Child SA", self.say("status", "anna"))
        self.assertRegex(self.say("status", "anna"), r"client +Windows 10 or 11: we leave the rekeys of its Child SAs to it")
        client |= {"product": "Windows 10 or 11", "child_sas": [], "quirks": [],
                   "reason": "idle, normal for Windows: it asks for a new Child SA when it has something to send"}
        self.assertRegex(self.say("status"), r"anna +Windows 10 or 11 +Connected, idle, normal for Windows ")
        client |= {"product": "iOS or macOS", "is_product_sure": False, "reason": "idle: without a Child SA"}
        self.assertRegex(self.say("status"), r"anna +iOS or macOS\? +Connected, idle ")
        self.assertRegex(self.say("status", "anna"), r"client +probably iOS or macOS\n")
        self.assertNotIn(" as ", self.say("status", "anna").splitlines()[0])
        self.assertEqual(self.say("status", "--names"), "anna\n")
        self.assertIn("no session of 'bert'", self.say("status", "bert", status=1))

    def test_lists_and_paths(self):
        self.daemon.answers["/v1/connections"] = [{"name": "office", "gateway": "vpn.example.org", "identity": "anna",
                                                   "is_automatic": True, "state": "Connected"}]
        self.daemon.answers["/v1/paths"] = [{"connection": "office", "adapter": "eth0", "type": "ethernet", "rank": 1,
                                             "local_address": "10.0.1.2", "peer_address": "10.0.1.1", "is_in_use": True,
                                             "state": "in use", "round_trip_ms": 1.5}]
        self.assertRegex(self.say("list"), r"office +Connected +vpn.example.org +anna +yes")
        self.assertRegex(self.say("paths"), r"1 +office +eth0 +ethernet +10\.0\.1\.2 +10\.0\.1\.1 +in use +1\.5 ms")
        self.assertEqual(self.json("paths")[0]["rank"], 1)

    def test_without_a_way_to_the_gateway_paths_says_so(self):
        self.daemon.answers["/v1/paths"] = []
        self.assertIn("no way to a gateway is known", self.say("paths", status=1))
        self.assertEqual(self.json("paths"), [])

    def test_a_gateway_lists_its_groups_and_has_no_paths(self):
        self.daemon.answers["/v1/status"] = status("gateway", sessions=[session(name="anna", group="staff"), session(name="bert", group="guests")])
        self.daemon.answers["/v1/connections"] = [{"name": name, "gateway": "vpn.example.org", "identity": "vpn.example.org",
                                                   "is_automatic": True, "state": "waiting for clients"} for name in ("staff", "default")]
        self.assertEqual(self.say("list"), "GROUP    SESSIONS\nstaff    1\ndefault  0\nguests   1\n"
                                           "Groups that agilevpn group keeps, in use or not: agilevpn group list\n")
        self.assertEqual([(one["name"], one["gateway"], one["sessions"]) for one in self.json("list")],
                         [("staff", "vpn.example.org", 1), ("default", "vpn.example.org", 0), ("guests", "vpn.example.org", 1)])
        self.assertIn("a gateway has no paths of its own to choose", self.say("paths", status=1))

    def test_up_gives_up_in_time_though_nothing_happens(self):
        self.daemon.is_idle = True
        self.daemon.answers["/v1/status"] = status(sessions=[session(state="Connecting")])
        self.assertIn("not connected after 0 s: the gateway has not answered yet; it goes on by itself\n  see: agilevpn why office",
                      self.say("up", "--timeout", "0.2", status=1))

    def test_up_says_why_it_is_not_connected_and_that_it_goes_on_by_itself(self):
        self.daemon.is_idle = True
        for state, reason, said in (("Connecting", "no network leads to vpn.example.org", "no network leads to vpn.example.org; it goes on by itself"),
                                    ("Connecting", "10.0.1.1 does not answer", "10.0.1.1 does not answer; it goes on by itself"),
                                    ("Dormant", "eth0 has no carrier", "the session sleeps, eth0 has no carrier; it goes on by itself"),
                                    ("Dormant: waiting to reconnect", "the gateway does not answer on any path",
                                     "the session sleeps, the gateway does not answer on any path; it goes on by itself")):
            with self.subTest(state=state, reason=reason):
                self.daemon.answers["/v1/status"] = status(sessions=[session(state=state, reason=reason)])
                done = self.run_program("up", "--timeout", "0.2")
                self.assertEqual(done.returncode, 1)
                self.assertRegex(done.stdout, r"^\[0\.\d\d\] " + said + "\n$")
                self.assertTrue(done.stderr.startswith(f"agilevpn: not connected after 0 s: {said}\n  see: agilevpn why office"), done.stderr)

    def test_up_ends_when_somebody_takes_the_connection_down(self):
        self.daemon.answers["/v1/status"] = status(sessions=[session(state="Off")])
        self.assertIn("not connected: it is not up any more", self.say("up", "office", "--timeout", "0.2", status=1))

    def test_up_says_a_reason_once_and_who_knows_the_cure(self):
        reason = "the user name or password is wrong"

        def fail(_):
            self.daemon.answers["/v1/status"] = status(sessions=[session(state="Failed", reason=reason)])
            self.daemon.events += [event(1, f"login failed: {reason}", "warning", reason=reason), event(2, reason, "warning", reason=reason),
                                   event(3, f"Failed: {reason}", "error", reason=reason)]

        self.daemon.answers["/v1/status"] = status(sessions=[session(state="Off")])
        self.daemon.on_post = fail
        done = self.run_program("up", "office")
        self.assertEqual((done.stdout + done.stderr).count(reason), 1)
        self.assertEqual(done.stderr, "agilevpn: not connected\n  what to do about it: agilevpn why office\n")

    def test_up_says_cause_and_cure_of_its_own_attempts(self):
        explanations = [{"cause": "no-answer", "title": "the gateway does not answer", "cures": ["try another network", "or the gateway is down"]}]
        for state in ("Failed", "Connecting"):
            for at, is_told in (("2099-01-01T00:00:00.000Z", True), ("2000-01-01T00:00:00.000Z", False)):
                with self.subTest(state=state, at=at):
                    self.daemon.asked.clear()
                    self.daemon.answers["/v1/status"] = status(sessions=[session(state=state)])
                    self.daemon.answers["/v1/why"] = {"diagnosis": {"at": at, "explanations": explanations}}
                    said = self.say("up", "office", "--timeout", "0.2", status=1)
                    told = "  cause: the gateway does not answer\n  cure:  try another network\n  cure:  or the gateway is down\n"
                    self.assertEqual(told in said, is_told, said)
                    self.assertIn("agilevpn why office", said)
                    self.assertIn(("/v1/why", {"who": "office"}), self.daemon.asked)

    def test_up_says_each_step_until_it_is_connected(self):
        self.daemon.answers["/v1/status"] = status(sessions=[session(state="Off")])
        self.daemon.events = [event(1, "old")]

        def connect(_):
            self.daemon.answers["/v1/status"] = status(sessions=[session(state="Connecting")])
            self.daemon.events += [event(2, "IKE_SA_INIT sent", "detail"), event(3, "gateway is vpn.example.org")]

        original = self.daemon.on_post = connect
        self.assertIs(original, connect)
        out = self.run_program("up", "office")
        self.assertEqual(out.returncode, 1, "the stream ended before it was connected")
        self.assertRegex(out.stdout, r"\[\d\.\d\d\] gateway is vpn\.example\.org\n")
        self.assertNotIn("old", out.stdout)
        self.assertNotIn("IKE_SA_INIT", out.stdout)

    def test_up_is_done_when_it_is_connected(self):
        self.daemon.answers["/v1/status"] = status(sessions=[session(state="Off")])
        self.daemon.on_post = lambda _: self.daemon.answers.update({"/v1/status": status()})
        self.assertRegex(self.say("up", "office"), r"^connected in \d\.\d\d s\n$")
        self.assertEqual(self.daemon.asked, [("/v1/up", {"name": "office"})])
        self.assertEqual(self.say("up", "office"), "already connected\n")
        self.assertEqual(self.json("up", "office")["state"], "Connected")

    def test_up_fails_with_the_reason(self):
        self.daemon.answers["/v1/status"] = status(sessions=[session(state="Failed", reason="the gateway's certificate is over")])
        self.assertIn("not connected: the gateway's certificate is over", self.say("up", status=1))
        self.daemon.refusal = {"what": "no connection 'ofice'", "help": "there is: office"}
        said = self.say("up", "ofice", status=1)
        self.assertIn("no connection 'ofice'\n  there is: office", said)

    def test_down_of_a_client_names_the_connection(self):
        self.say("down", "office")
        self.assertEqual(self.daemon.asked, [("/v1/down", {"name": "office"})])

    def test_who_names_nothing_means_the_only_one_that_is_up(self):
        several = [session(id=1, name="home", state="Off"), session(id=2, name="office")]
        self.daemon.answers["/v1/status"] = status(sessions=several)
        self.say("down")
        self.say("rekey")
        self.say("move", "eth1")
        self.assertEqual(self.daemon.asked, [("/v1/down", {"name": "office"}), ("/v1/sessions/2/rekey", {"what": "all"}),
                                             ("/v1/move", {"name": "office", "adapter": "eth1"})])
        self.daemon.answers["/v1/status"] = status(sessions=[session(id=1, name="home", state="Off"), session(id=2, name="office", state="Off")])
        for words in (("down",), ("rekey",), ("move", "eth1")):
            self.assertIn("no connection is up", self.say(*words, status=1))

    def test_down_on_a_gateway_closes_the_users_sessions(self):
        self.daemon.answers["/v1/status"] = status("gateway", sessions=[session(id=7, name="anna"), session(id=8, name="anna"),
                                                                       session(id=9, name="bert")])
        self.assertIn("comes back by itself", self.say("down", "anna"))
        self.say("down", "9")
        self.assertEqual([path for path, _ in self.daemon.asked], [f"/v1/sessions/{i}/disconnect" for i in (7, 8, 9)])
        self.assertIn("no session of 'carl'", self.say("down", "carl", status=1))

    def test_rekey_says_which_keys_of_which_sessions(self):
        self.say("rekey")
        self.daemon.answers["/v1/status"] = status("gateway", sessions=[session(id=7, name="anna"), session(id=8, name="bert")])
        self.say("rekey", "anna", "--child")
        self.say("rekey", "8", "--ike")
        self.assertEqual(self.daemon.asked, [("/v1/sessions/7/rekey", {"what": "all"}), ("/v1/sessions/7/rekey", {"what": "child"}),
                                             ("/v1/sessions/8/rekey", {"what": "ike"})])
        self.assertEqual(self.say("rekey", status=1), "agilevpn: there are several sessions\n  name one of: anna, bert\n")
        self.assertIn("no session of 'carl'", self.say("rekey", "carl", status=1))

    def test_move_names_the_adapter(self):
        self.say("move", "wlan0")
        self.assertEqual(self.daemon.asked, [("/v1/move", {"name": "office", "adapter": "wlan0"})])

    def test_log_has_one_line_for_each_step_and_payloads_on_request(self):
        self.daemon.events = [event(1, "IKE_AUTH request 1", "detail", payloads=["IDi anna"]), event(2, "moved to eth1")]
        self.assertEqual(self.say("log"), "10:41:12.345  office  moved to eth1\n")
        self.assertIn("\n                IDi anna\n", self.say("log", "--ike"))
        self.assertEqual(json.loads(self.say("log", "--json"))["text"], "moved to eth1")

    def test_following_ends_with_one_when_the_daemon_does(self):
        self.daemon.events = [event(1, "moved to eth1")]
        done = self.run_program("log", "-f")
        self.assertEqual((done.returncode, done.stdout), (1, "10:41:12.345  office  moved to eth1\n"))
        self.assertIn("agilevpn: agilevpnd has stopped, and the log ends here\n", done.stderr)

    def test_saving_keys_warns(self):
        done = self.run_program("log", "--save-keys", "keys")
        self.assertEqual(done.returncode, 0)
        self.assertIn("WARNING", done.stderr)
        self.assertIn("--save-keys off", done.stderr)
        self.say("log", "--save-keys", "off")
        self.assertEqual(self.daemon.asked, [("/v1/save-keys", {"directory": str(self.folder / "keys")}),
                                             ("/v1/save-keys", {"directory": None})])

    def test_why_explains_the_last_failed_attempt(self):
        self.daemon.answers["/v1/why"] = {"diagnosis": {
            "at": "2026-11-22T10:41:07.000Z", "who": "dora", "address": "203.0.113.77:500", "client": "Windows 7", "step": "algorithms",
            "explanations": [{"cause": "dh-group", "title": "no common Diffie-Hellman group", "cures": ["send the profile", "or the registry"]},
                             {"cause": "prf", "title": "no common pseudo-random function", "cures": []}],
            "detail": "no IKE \x1b[31mproposal", "offered": ["group MODP-1024"], "allowed": ["group X25519"],
            "screen": ["Windows: error 13868 (policy match error)"]}}
        said = self.say("why", "dora")
        self.assertEqual(self.daemon.asked[-1], ("/v1/why", {"who": "dora"}))
        self.assertEqual(said, """2026-11-22 10:41:07  dora  203.0.113.77:500  Windows 7
stopped at step 2 of 4: agreeing on algorithms (IKE_SA_INIT)
  cause     no common Diffie-Hellman group
  or        no common pseudo-random function
  in detail no IKE \\x1b[31mproposal
  offered   group MODP-1024
  we allow  group X25519
  user saw  Windows: error 13868 (policy match error)
  cure      send the profile
            or the registry
""")
        self.assertEqual(self.json("why")["diagnosis"]["explanations"][0]["cause"], "dh-group")

    def test_why_says_that_nobody_failed(self):
        self.daemon.answers["/v1/why"] = {"diagnosis": None}
        self.assertEqual(self.say("why"), "no failed attempt is known\n")
        self.assertEqual(self.say("why", "dora"), "no failed attempt of dora is known\n")


class Explain(CommandLine):
    """Which rule lets a certificate in, on a gateway's configuration without a gateway."""

    def setUp(self):
        super().setUp()
        pki = self.folder / "pki"
        self.say("pki", "init", "--dir", pki)
        self.say("pki", "issue", "vpn.example.org", "--gateway", "--dir", pki)
        self.say("pki", "issue", "anna", "--san", "anna@example.org", "--subject", "CN=anna, OU=sales", "--dir", pki)
        self.config = self.folder / "gateway.toml"
        self.write("")

    def write(self, rules):
        self.config.write_text('name = "vpn.example.org"\nstate-dir = "."\n[certificate]\nown-ca = true\n'
                               '[pool]\nipv4 = "10.66.0.0/24"\n' + rules)

    def explain(self, *words, status=0):
        done = self.run_program("explain", "--certificate", self.folder / "pki/issued/anna.pem", "--config", self.config, *words)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def test_it_says_which_rule_lets_in_and_what_each_rule_finds(self):
        self.write('[group.staff]\nrequire = { OU = "staff" }\n[group.sales]\nsan = "*@example.org"\nroutes = ["10.20.0.0/16"]\n')
        said = self.explain()
        self.assertRegex(said, r"group staff: no\n(  ok .*\n)+  no    subject +its OU is sales \(expected: OU=staff in the subject\)")
        self.assertRegex(said, r"group sales: yes\n(  ok .*\n)+")
        self.assertIn("group sales lets it in, to 10.20.0.0/16", said)

    def test_who_is_refused_ends_with_one(self):
        self.write('[clients]\nusage = ["ipsecIKE"]\n')
        self.assertIn("no    extended key usage", self.explain(status=1))
        said = json.loads(self.explain("--json", status=1))
        self.assertFalse(said["admitted"])
        self.assertEqual([check["check"] for check in said["groups"][0]["checks"] if not check["good"]], ["extended key usage"])

    def test_it_may_say_that_it_is_somebody_else(self):
        self.assertIn("no    identity", self.explain("--user", "boss@example.org", status=1))
        self.explain("--from", "nowhere", status=1)

    def test_a_p12_is_read_by_its_password(self):
        self.say("pki", "issue", "bert", "--san", "bert@example.org", "--password", "pw", "--dir", self.folder / "pki")
        (self.folder / "pw").write_text("pw\n")
        words = ("explain", "--config", self.config, "--certificate", self.folder / "pki/issued/bert.p12")
        self.assertIn("bert@example.org\n", self.say(*words, "--password-file", self.folder / "pw"))
        self.assertIn("--password-file FILE", self.say(*words, status=1))

    def test_a_group_lets_in_only_from_its_networks(self):
        self.write('[clients]\nfrom = ["192.0.2.0/24"]\n')
        self.assertTrue(json.loads(self.explain("--from", "192.0.2.7", "--json"))["admitted"])
        self.assertIn("it came from 203.0.113.7, and group default (everybody whom no other names) is let in only from 192.0.2.0/24",
                      self.explain("--from", "203.0.113.7", status=1))
        self.assertIn("--from ADDRESS asks", self.explain())

    # ---- Other ways in, and users

    def explain_user(self, *words, status=0):
        done = self.run_program("explain", "--config", self.config, *words)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        return done.stdout

    def users(self, *words):
        self.say(*words[:1], "--dir", self.folder, *words[1:])

    def test_a_user_with_a_password(self):
        self.write('[users]\nmethods = ["mschapv2", "gtc"]\n[group.staff]\nroutes = ["10.20.0.0/16"]\n')
        self.assertIn("refused: there is no user anna", self.explain_user("--user", "anna", status=1))
        self.users("group", "add", "staff", "--methods", "eap-gtc")
        self.users("user", "add", "anna", "--group", "staff", "--generate")
        said = self.explain_user("--user", "OFFICE\\anna", "--from", "192.0.2.7")
        self.assertIn("ok    eap-gtc", said)
        self.assertNotIn("eap-mschapv2", said)
        self.assertIn("group staff lets it in, to 10.20.0.0/16", said)
        self.users("user", "disable", "anna")
        self.assertIn("refused: anna is disabled", self.explain_user("--user", "anna", status=1))

    def test_a_user_whose_password_its_methods_cannot_check(self):
        self.write('[users]\nmethods = ["mschapv2"]\n')
        self.users("user", "add", "anna", "--no-password")
        self.assertIn("no    eap-mschapv2", self.explain_user("--user", "anna", status=1))

    def test_a_gateway_without_users_and_one_that_asks_radius(self):
        self.assertIn("refused: the gateway offers no login by EAP", self.explain_user("--user", "anna", status=1))
        self.write('[radius]\nservers = ["192.0.2.9"]\nsecret = "a secret of two"\n')
        self.assertIn("a RADIUS server decides", self.run_program("explain", "--user", "anna", "--config", self.config).stderr)

    def test_a_pre_shared_key(self):
        self.write('[group.branch]\npsk = { bert = "a long shared secret of bert" }\nroutes = ["10.30.0.0/16"]\n')
        said = self.explain_user("--psk", "--user", "bert", "--from", "2001:db8::7")
        self.assertIn("ok    pre-shared key", said)
        self.assertIn("group branch lets it in, to 10.30.0.0/16", said)
        self.assertIn("refused: no rule has a pre-shared key for carl", self.explain_user("--psk", "--user", "carl", status=1))

    def test_a_certificate_inside_eap(self):
        self.assertIn("refused: the gateway offers no EAP method", self.explain("--eap", status=1))
        self.write('[users]\nmethods = ["tls"]\n[group.sales]\nrequire = { OU = "sales" }\n')
        said = json.loads(self.explain("--eap", "--json"))
        self.assertEqual((said["identity"], said["group"], said["method"]), ("anna@example.org", "sales", "eap-tls"))

    def test_a_certificate_is_the_device_that_has_it(self):
        self.users("user", "add", "anna", "--no-password")
        self.users("user", "device", "add", "anna", "laptop", "--certificate", self.folder / "pki/issued/anna.pem")
        self.assertIn("the user anna, with the device laptop", self.explain())
        self.users("user", "device", "disable", "anna", "laptop")
        self.assertIn("refused: anna/laptop is disabled", self.explain(status=1))

    def test_what_a_responder_would_be_asked_is_supposed_and_said(self):
        pki, leaf = self.folder / "pki", self.folder / "leaf"
        (self.folder / "leaf.ext").write_text("extendedKeyUsage=clientAuth\nauthorityInfoAccess=OCSP;URI:http://ca.example.org:8080/\n")
        for words in (f"req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {leaf}.key -subj /CN=dora -out {leaf}.csr",
                      f"x509 -req -in {leaf}.csr -CA {pki}/ca.pem -CAkey {pki}/ca.key -days 9 -extfile {leaf}.ext -out {leaf}.pem"):
            subprocess.run(["openssl", *words.split()], check=True, capture_output=True)
        for mode in ("strict", "soft"):
            self.config.write_text('name = "vpn.example.org"\nstate-dir = "."\n[pool]\nipv4 = "10.66.0.0/24"\n[certificate]\n'
                                   'file = "pki/issued/vpn.example.org.pem"\nkey = "pki/issued/vpn.example.org.key"\n'
                                   f'[clients]\nrevocation = "{mode}"\nca = "pki/ca.pem"\n')
            done = self.run_program("explain", "--certificate", f"{leaf}.pem", "--config", self.config)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("supposed: http://ca.example.org:8080/ is asked when it connects, and not here", done.stdout)

    def test_nobody_is_no_client(self):
        self.assertIn("nobody is named", self.run_program("explain", "--config", self.config).stderr)

    def test_a_mistake_in_the_configuration_is_said(self):
        self.write("[clients]\nusage = [\"ipsecIkee\"]\n")
        done = self.run_program("explain", "--certificate", self.folder / "pki/issued/anna.pem", "--config", self.config)
        self.assertEqual(done.returncode, 1)
        self.assertIn("gateway.toml:8: clients.usage: 'ipsecIkee'", done.stderr)


class WithoutDaemon(CommandLine):
    def test_the_one_command_that_starts_it_is_said(self):
        for words in (("status",), ("up",), ("down",), ("rekey",), ("list",), ("paths",), ("log",), ("move", "eth0")):
            with self.subTest(words):
                self.assertIn("systemctl start", self.say(*words, status=1))


class Lab(CommandLine):
    def test_its_words_go_to_the_script(self):
        (self.folder / "lab.py").write_text("import sys; print(sys.argv[1:])")
        os.environ["AGILEVPN_LAB"] = str(self.folder)
        self.addCleanup(os.environ.pop, "AGILEVPN_LAB")
        self.assertEqual(self.say("lab", "pull", "eth0", "--name", "x"), "['pull', 'eth0', '--name', 'x']\n")
        self.assertEqual(self.say("lab", "--help"), "['--help']\n")


if __name__ == "__main__":
    unittest.main()
