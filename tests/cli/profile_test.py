#!/usr/bin/env python3
"""`agilevpn profile` and `agilevpn doctor`: what they write, read by the tools that devices' makers and distributions have.

    profile_test.py PROGRAM [UNITTEST ARGUMENT ...]

A tool that is not there is skipped with a word. The PowerShell grammar comes from npm, by `./setup test`.
"""

import base64
import contextlib
import html
import html.parser
import json
import os
import pathlib
import plistlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 else "agilevpn"
HERE = pathlib.Path(__file__).resolve().parent
PROJECT = HERE.parents[1]
USERS = ("anna", "bert", "carl", "dora")
NODE_MODULES = pathlib.Path(os.environ.get("AGILEVPN_NODE_MODULES", PROJECT / "build" / "node_modules"))

GRAMMAR = NODE_MODULES / "tree-sitter-powershell"
NO_GRAMMAR = "no PowerShell grammar: ./setup test fetches it where there is npm"


def run(*words, **how):
    done = subprocess.run([*map(str, words)], capture_output=True, text=True, timeout=120, check=False, **how)
    if done.returncode:
        raise AssertionError(f"{' '.join(map(str, words))}: {done.stdout}{done.stderr}")
    return done.stdout


def needs(*programs):
    missing = [program for program in programs if not shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin")]
    return unittest.skipIf(missing, f"{', '.join(missing)}: not there (./setup test peers)")


class Profiles(unittest.TestCase):
    """The sample's profiles, written once for all tests: anna with a certificate, bert with a password, carl by PEAP, dora by TTLS."""

    @classmethod
    def setUpClass(cls):
        cls.kept = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.kept.cleanup)
        cls.out = pathlib.Path(cls.kept.name)
        cls.said = run(PROJECT / "scripts" / "profile-sample", cls.out, PROGRAM)


class Files(Profiles):
    def test_every_device_of_both_users_has_its_files(self):
        names = {str(path.relative_to(self.out)) for path in self.out.rglob("*") if path.is_file()}
        for user in ("anna", "bert"):
            for ending in ("windows.ps1", "windows-profile.xml", "windows7.cmd", "windows7.reg", "windows7.pbk", "apple.mobileconfig",
                           "android.sswan", "strongswan/conf.d/agilevpn-vpn-example-org.conf", "networkmanager/vpn.example.org.nmconnection",
                           "linux/client.toml", "linux.link", "qr.svg", *(f"{device}.html" for device in (
                               "windows", "windows7", "apple", "android", "strongswan", "networkmanager", "linux", "qr"))):
                self.assertIn(f"{user}-{ending}", names)
        skipped = [line.split(":")[0] for line in self.said.splitlines() if line.startswith("skipped")]
        self.assertEqual(skipped, [f"skipped {device}" for device in ("windows7", "apple", "android", "strongswan", "networkmanager",  # carl
                                                                      "windows7", "apple")])  # dora

    def test_what_holds_a_key_is_for_its_owner_only(self):
        for path in self.out.rglob("*"):
            if path.is_file() and (path.suffix in (".p12", ".key") or b"PRIVATE KEY" in path.read_bytes()):
                self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600, path)
        for name in ("anna-windows.ps1", "anna-apple.mobileconfig", "anna-android.sswan"):
            self.assertEqual(stat.S_IMODE((self.out / name).stat().st_mode), 0o600, name)

    def test_pages_are_well_formed_and_ask_nobody(self):
        class Reader(html.parser.HTMLParser):
            def __init__(self):
                super().__init__()
                self.open, self.outside = [], []

            def handle_starttag(self, tag, attributes):
                self.outside += [value for name, value in attributes if name in ("src", "href")]
                if tag not in ("meta", "path"):
                    self.open.append(tag)

            def handle_endtag(self, tag):
                if tag != "path":
                    assert self.open.pop() == tag, tag

        for page in self.out.glob("*.html"):
            reader = Reader()
            reader.feed(page.read_text())
            self.assertEqual((reader.open, reader.outside), ([], []), page)

    def test_our_own_client_reads_what_is_for_it(self):
        self.assertIn("is good", run(PROGRAM, "check", self.out / "anna-linux" / "client.toml"))

    @needs("openssl")
    def test_the_pkcs12_is_of_the_old_kind_that_every_device_opens(self):
        password = self.said.split("The password of the certificate in them: ")[1].split()[0]
        shown = subprocess.run(["openssl", "pkcs12", "-in", self.out / "anna-android.p12", "-passin", f"pass:{password}", "-info", "-noout"],
                               capture_output=True, text=True, check=True).stderr
        self.assertIn("pbeWithSHA1And3-KeyTripleDES-CBC", shown)
        self.assertIn("MAC: sha1", shown)


class Windows(Profiles):
    @needs("xmllint")
    def test_profile_xml_has_the_schemas_structure(self):
        for user in USERS:
            run("xmllint", "--noout", "--schema", HERE / "schemas" / "vpn_profile.xsd", self.out / f"{user}-windows-profile.xml")

    @needs("node")
    @unittest.skipUnless(GRAMMAR.is_dir(), NO_GRAMMAR)
    def test_the_scripts_are_powershell(self):
        for user in USERS:
            run("node", "--liftoff-only", HERE / "powershell_syntax.mjs", NODE_MODULES, self.out / f"{user}-windows.ps1")

    def test_the_command_file_names_files_that_are_there(self):
        command = (self.out / "anna-windows7.cmd").read_text()
        for ending in (".reg", ".pbk", ".p12", "-ca.cer"):
            self.assertRegex(command, rf"""["']anna-windows7{re.escape(ending)}["']""")
            self.assertTrue((self.out / f"anna-windows7{ending}").exists())


    def test_the_command_file_replaces_an_older_entry_of_the_phone_book_and_no_other(self):
        """.NET's expression, which but for the end's name is Python's too."""
        command = (self.out / "anna-windows7.cmd").read_text()
        before, name, after = re.search(r"Replace\(\$old, '(.*?)' \+ \[Regex\]::Escape\('(.*?)'\) \+ '(.*?)', ''\)", command).groups()
        own = (self.out / "anna-windows7.pbk").read_bytes().decode()
        self.assertTrue(own.startswith(f"[{name}]\r\n"))
        first, last = "[Office]\r\nDEVICE=vpn\r\n\r\n", f"[{name} at home]\r\nComment=[{name}]\r\n"
        for book in (first + own + last, first + last + own.replace("PhoneNumber", "Old"), own + first + last):
            self.assertEqual(re.sub(before + re.escape(name) + after.replace(r"\z", r"\Z"), "", book), first + last)

    @needs("node")
    @unittest.skipUnless(GRAMMAR.is_dir(), NO_GRAMMAR)
    def test_what_the_command_file_tells_powershell_is_powershell(self):
        command = (self.out / "anna-windows7.cmd").read_text()
        script = self.out / "anna-windows7.ps1"
        script.write_text(re.search(r'^powershell -NoProfile -Command "(.*)"$', command, re.M)[1])
        run("node", "--liftoff-only", HERE / "powershell_syntax.mjs", NODE_MODULES, script)


class Apple(Profiles):
    @needs("plistutil")
    def test_libplist_reads_the_profile(self):
        for name in ("anna-apple.mobileconfig", "bert-apple.mobileconfig"):
            run("plistutil", "-i", self.out / name, "-f", "bin", "-o", self.out / "binary.plist")
            self.assertEqual(plistlib.loads((self.out / "binary.plist").read_bytes()), plistlib.loads((self.out / name).read_bytes()))

    def test_bert_connects_by_himself_when_needed(self):
        profile = plistlib.loads((self.out / "bert-apple.mobileconfig").read_bytes())
        vpn = next(payload["IKEv2"] for payload in profile["PayloadContent"] if "IKEv2" in payload)
        self.assertEqual((vpn["OnDemandEnabled"], vpn["AuthName"], vpn["ExtendedAuthEnabled"]), (1, "bert", 1))

    @needs("openssl")
    def test_a_signed_profile_opens_with_the_signers_ca(self):
        folder = self.out / "signed"
        run(PROGRAM, "setup", "vpn.example.org", "--dir", folder)
        pki = folder / "state" / "pki"
        run(PROGRAM, "profile", "anna", "--for", "apple", "--config", folder / "gateway.toml", "--out", folder,
            "--sign-certificate", pki / "issued" / "vpn.example.org.pem", "--sign-key", pki / "issued" / "vpn.example.org.key")
        run("openssl", "cms", "-verify", "-inform", "DER", "-in", folder / "anna-apple.mobileconfig", "-CAfile", pki / "ca.pem",
            "-purpose", "any", "-out", folder / "content")
        self.assertEqual(plistlib.loads((folder / "content").read_bytes())["PayloadType"], "Configuration")


class Linux(Profiles):
    @needs("unshare", "swanctl", "charon-systemd")
    @unittest.skipIf(os.geteuid(), "a namespace for charon needs root")
    def test_strongswan_loads_the_connection_and_its_certificates(self):
        for user in ("anna", "bert", "dora"):
            with self.subTest(user), charon(self.out / f"{user}-strongswan") as swanctl:
                self.assertIn("successfully loaded 1 connections", swanctl("--load-all", "--noprompt"))
                connections = swanctl("--list-conns")
                for part in ("agilevpn-vpn-example-org: IKEv2", "remote: vpn.example.org", "vpn.example.org"):
                    self.assertIn(part, connections)
                self.assertIn("AgileVPN CA of vpn.example.org", swanctl("--list-certs", "--type", "x509"))

    def test_networkmanagers_own_reader_takes_the_keyfile(self):
        script = ("import sys, json, gi; gi.require_version('NM', '1.0'); from gi.repository import GLib, NM\n"
                  "keyfile = GLib.KeyFile(); keyfile.load_from_file(sys.argv[1], GLib.KeyFileFlags.NONE)\n"
                  "connection = NM.keyfile_read(keyfile, '/tmp', NM.KeyfileHandlerFlags.NONE, None, None)\n"
                  "assert connection.verify()\n"
                  "vpn = connection.get_setting_vpn()\n"
                  "print(json.dumps({key: vpn.get_data_item(key) for key in ('address', 'method', 'ike', 'user', 'usercert', 'remote-identity')}\n"
                  "                 | {'service': vpn.get_service_type()}))")
        if subprocess.run(["/usr/bin/python3", "-c", "import gi; gi.require_version('NM', '1.0')"], capture_output=True, check=False).returncode:
            self.skipTest("gir1.2-nm-1.0 and python3-gi: not there (./setup test)")
        for user, method in (("anna", "key"), ("bert", "eap"), ("dora", "eap")):
            read = json.loads(run("/usr/bin/python3", "-c", script, self.out / f"{user}-networkmanager" / "vpn.example.org.nmconnection"))
            self.assertEqual(read["service"], "org.freedesktop.NetworkManager.strongswan")
            self.assertEqual((read["address"], read["method"], read["remote-identity"]), ("vpn.example.org", method, "vpn.example.org"))
            self.assertEqual(read["ike"], "aes256gcm16-prfsha256-x25519")

    def test_our_own_client_takes_its_file(self):
        for user in USERS:
            folder = self.out / "checked" / user
            shutil.copytree(self.out / f"{user}-linux", folder)
            if (folder / "password").exists():
                (folder / "password").write_text("Tulip-Harbor-41\n")  # As the page says.
            run(PROGRAM, "check", folder / "client.toml")

    def test_the_installer_is_shell(self):
        run("sh", "-n", self.out / "anna-networkmanager" / "install.sh")

    @needs("rsvg-convert", "zbarimg")
    def test_a_camera_reads_the_link(self):
        run("rsvg-convert", "-o", self.out / "qr.png", self.out / "anna-qr.svg")
        self.assertEqual(run("zbarimg", "-q", "--raw", self.out / "qr.png").strip(), (self.out / "anna-linux.link").read_text().strip())

    def test_the_ca_in_sswan_is_the_gateways(self):
        profile = json.loads((self.out / "bert-android.sswan").read_text())
        shown = subprocess.run(["openssl", "x509", "-inform", "DER", "-noout", "-subject"], input=base64.b64decode(profile["remote"]["cert"]),
                               capture_output=True, check=True).stdout
        self.assertIn(b"AgileVPN CA of vpn.example.org", shown)


@contextlib.contextmanager
def charon(swanctl_folder):
    """strongSwan's daemon in a network namespace of its own, with swanctl for it."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        shutil.copytree(swanctl_folder, folder / "swanctl")
        (folder / "swanctl" / "swanctl.conf").write_text("include conf.d/*.conf\n")  # As the package's.
        uri = f"unix://{folder}/charon.vici"
        plugins = "random nonce openssl pem pkcs1 pkcs8 x509 pubkey sha1 sha2 md4 eap-identity eap-mschapv2 socket-default kernel-netlink vici"
        (folder / "strongswan.conf").write_text(
            f"charon-systemd {{\n load = {plugins}\n plugins {{ vici {{ socket = {uri} }} }}\n}}\nswanctl {{ load = random nonce openssl pem pkcs1 pkcs8 x509 pubkey sha1 sha2 }}\n")
        env = {**os.environ, "STRONGSWAN_CONF": str(folder / "strongswan.conf"), "SWANCTL_DIR": str(folder / "swanctl")}
        with subprocess.Popen(["unshare", "--net", "/usr/sbin/charon-systemd"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as daemon:
            try:
                for _ in range(200):
                    if (folder / "charon.vici").exists():
                        break
                    time.sleep(0.1)
                yield lambda *words: run("swanctl", *words, "--uri", uri, env=env)
            finally:
                daemon.terminate()


class Refusals(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        run(PROGRAM, "setup", "vpn.example.org", "--dir", self.folder)

    def profile(self, *words):
        return subprocess.run([PROGRAM, "profile", "--config", self.folder / "gateway.toml", "--out", self.folder / "out", *words],
                              capture_output=True, text=True, check=False)

    def test_windows_7_is_skipped_under_all_and_refused_by_name(self):
        done = self.profile("anna", "--for", "all")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("skipped windows7", done.stdout)
        done = self.profile("anna", "--for", "windows7")
        self.assertEqual(done.returncode, 1)
        self.assertIn("HMAC-SHA1-96", done.stderr)

    def test_a_device_a_login_or_a_group_that_is_not_there(self):
        for words in (("--for", "amiga"), ("--for", "apple", "--login", "retina"), ("--for", "apple", "--group", "nobody")):
            done = self.profile("anna", *words)
            self.assertEqual(done.returncode, 1, words)
            self.assertIn("there is no", done.stderr)

    def test_a_group_of_the_database_says_the_routes(self):
        run(PROGRAM, "group", "--dir", self.folder / "state", "add", "sales", "--routes", "10.99.0.0/16")
        self.user("add", "anna", "--generate", "--group", "sales")
        for user, words in (("anna", ()), ("bert", ("--group", "sales"))):
            done = self.profile(user, "--for", "strongswan", *words)
            self.assertEqual(done.returncode, 0, done.stderr)
            written, = (self.folder / "out" / f"{user}-strongswan").rglob("*.conf")
            self.assertIn("remote_ts = 10.99.0.0/16", written.read_text())
        self.assertIn("there is no group 'nobody'\n  see agilevpn group list", self.profile("anna", "--for", "apple", "--group", "nobody").stderr)

    def test_a_user_who_is_not_there_yet_is_said(self):
        self.assertIn("there is no user anna yet: agilevpn user add anna", self.profile("anna", "--for", "apple", "--login", "password").stdout)
        self.assertIn("there is no user anna, whom the certificate lets in all the same", self.profile("anna", "--for", "apple", "--login", "certificate").stdout)
        run(PROGRAM, "user", "--dir", self.folder / "state", "add", "anna", "--generate")
        self.assertNotIn("there is no user", self.profile("anna", "--for", "apple").stdout)

    def take(self, *methods):
        """Let the gateway take logins by these methods."""
        (self.folder / "gateway.d").mkdir(exist_ok=True)
        (self.folder / "gateway.d" / "methods.toml").write_text(f"[users]\nmethods = {json.dumps(methods)}\n")

    def user(self, verb, name, *words):
        run(PROGRAM, "user", "--dir", self.folder / "state", verb, name, *words)

    def test_a_login_that_the_gateway_would_refuse_makes_no_files(self):
        def refusal(*words):
            done = self.profile("eve", "--for", "strongswan", *words)
            self.assertEqual(done.returncode, 1, done.stdout)
            self.assertFalse((self.folder / "out").exists())
            return done.stderr

        self.assertIn("the gateway offers no eap-tls", refusal("--login", "eap-tls"))
        self.user("add", "eve", "--scrypt", "--generate")
        self.assertIn("the gateway offers no eap-ttls", refusal("--login", "eap-ttls"))
        self.take("ttls", "mschapv2")
        for login in ("password", "eap-ttls-mschapv2"):
            said = refusal("--login", login)
            self.assertIn("the password of eve is kept by scrypt", said)
            self.assertIn("--login eap-ttls-pap", said)
        self.user("disable", "eve")
        self.assertIn("eve is disabled", refusal())

    def login_of(self, user, *words):
        """What a link says that was written for the user."""
        done = self.profile(user, "--for", "linux", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        link = (self.folder / "out" / f"{user}-linux.link").read_text()
        return link.partition("login=")[2].partition("&")[0].strip(), done.stdout

    def test_without_a_word_the_login_is_what_the_stored_password_and_the_methods_allow(self):
        self.user("add", "anna", "--generate")
        self.user("add", "eve", "--scrypt", "--generate")
        self.user("add", "carl", "--no-password")
        for methods, anna, eve, carl in ((("mschapv2",), "password", "certificate", "certificate"),
                                         (("mschapv2", "ttls"), "password", "eap-ttls-pap", "certificate"),
                                         (("peap", "mschapv2"), "peap", "certificate", "certificate"),
                                         (("ttls", "tls"), "eap-ttls-mschapv2", "eap-ttls-pap", "eap-tls"),
                                         (("gtc", "tls"), "eap-gtc", "eap-gtc", "eap-tls"),
                                         (("tls",), "eap-tls", "eap-tls", "eap-tls")):
            with self.subTest(methods):
                self.take(*methods)
                self.assertEqual([self.login_of(user)[0] for user in ("anna", "eve", "carl")], [anna, eve, carl])
        self.take("mschapv2")
        self.assertIn("eve logs in by certificate: the password of eve is kept by scrypt, and the gateway offers neither EAP-TTLS nor EAP-GTC", self.login_of("eve")[1])
        self.assertIn("carl logs in by certificate: no password of carl is kept", self.login_of("carl")[1])

    def relay(self, *more):
        """Let a RADIUS server decide."""
        lines = (self.folder / "gateway.toml").read_text().splitlines()
        radius = ["[radius]", 'servers = ["127.0.0.1"]', 'secret = "testing123"', *more]
        (self.folder / "gateway.toml").write_text("\n".join(line for old in lines for line in (radius if old.startswith("[users]") else [old])))

    def test_a_radius_server_of_another_ca_is_believed_beside_the_gateway(self):
        self.relay()
        self.assertNotIn("user add", run(PROGRAM, "setup", "vpn.example.org", "--dir", self.folder), "users are the server's matter")
        run(PROGRAM, "setup", "other.example.org", "--dir", self.folder / "other")
        own, other = (folder / "state" / "pki" / "ca.pem" for folder in (self.folder, self.folder / "other"))
        words = ("--for", "linux,android,networkmanager", "--login", "eap-ttls-mschapv2", "--ca", other)
        self.assertIn("that proves to be vpn.example.org", self.profile("anna", *words).stdout)
        done = self.profile("anna", *words, "--login-server", "radius.example.org")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("that proves to be", done.stdout)
        out = self.folder / "out"
        named = re.search(r"^ca = \[(.*)\]$", (out / "anna-linux" / "client.toml").read_text(), re.MULTILINE)[1].replace('"', "").split(", ")
        self.assertEqual([(out / "anna-linux" / name).read_text() for name in named], [own.read_text(), other.read_text()])
        keyfile = (out / "anna-networkmanager" / "vpn.example.org.nmconnection").read_text()
        one = pathlib.Path(re.search("^certificate=(.*)$", keyfile, re.MULTILINE)[1]).name
        self.assertEqual((out / "anna-networkmanager" / one).read_text(), own.read_text(), "it takes one: the gateway's")
        run(PROGRAM, "import", (out / "anna-linux.link").read_text().strip(), "--ca", other, "--dir", self.folder / "laptop", "--password-stdin",
            input="x\n")
        trusted = (self.folder / "laptop" / "vpn.example.org-ca.pem").read_text()
        for ca in (own, other):
            self.assertIn(ca.read_text(), trusted)
        page = html.unescape((out / "anna-linux.html").read_text())
        self.assertIn(f"--ca anna-linux/{named[1]}", page)
        self.assertNotIn(f"--ca anna-linux/{named[0]}", page)

    def test_radius_that_checks_passwords_is_by_gtc(self):
        self.relay("gtc = true")
        login, said = self.login_of("anna")
        self.assertEqual(login, "eap-gtc")
        self.assertNotIn("there is no user", said)
        self.assertIn("users log in by EAP-GTC", self.profile("anna", "--for", "linux", "--login", "password").stderr)
        self.assertIn("skipped windows: Windows knows no EAP-GTC", self.profile("anna", "--for", "all").stdout)

    def test_each_device_gets_the_first_login_that_it_knows(self):
        self.user("add", "anna", "--generate")
        self.take("peap", "mschapv2")
        self.assertEqual(self.profile("anna", "--for", "windows,strongswan").returncode, 0)
        self.assertIn(">25</Type>", (self.folder / "out" / "anna-windows-profile.xml").read_text())
        self.assertIn("auth = eap-mschapv2", next((self.folder / "out").rglob("*.conf")).read_text())

    def test_a_device_that_cannot_log_in_so_is_said_with_what_serves(self):
        self.user("add", "eve", "--scrypt", "--generate")
        self.take("ttls")
        done = self.profile("eve", "--for", "apple")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Apple's devices know neither PEAP nor EAP-TTLS in IKEv2", done.stderr)
        self.assertIn("--login certificate", done.stderr)
        self.assertIn("skipped apple: Apple's devices know", self.profile("eve", "--for", "all").stdout)

    def test_the_inside_of_ttls_goes_by_the_stored_password(self):
        self.user("add", "anna", "--generate")
        self.user("add", "eve", "--scrypt", "--generate")
        self.take("mschapv2", "ttls")
        self.assertEqual([self.login_of(user, "--login", "eap-ttls")[0] for user in ("anna", "eve")], ["eap-ttls-mschapv2", "eap-ttls-pap"])

    def test_a_password_is_written_only_when_asked(self):
        (self.folder / "password").write_text("Tulip-Harbor-41\n")
        for flags, is_there in (((), False), (("--with-passwords",), True)):
            self.profile("bert", "--for", "strongswan", "--login", "password", "--password-file", self.folder / "password", *flags)
            text = next((self.folder / "out").rglob("*.conf")).read_text()
            self.assertEqual("Tulip-Harbor-41" in text, is_there)


class Doctor(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def examine(self, file, *words):
        done = subprocess.run([PROGRAM, "doctor", "cert", file, *words, "--json"], capture_output=True, text=True, check=False)
        return done.returncode, json.loads(done.stdout)

    def openssl(self, subject, *extensions, key=("rsa:2048",), days=300):
        """A self-made CA and a gateway's certificate of it, by the commands that people copy."""
        ca, own = self.folder / "ca.pem", self.folder / "own.pem"
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", self.folder / "ca.key", "-out", ca, "-subj", "/CN=Hand CA", "-days", 3650)
        run("openssl", "req", "-newkey", *key, "-nodes", "-keyout", self.folder / "own.key", "-out", self.folder / "own.csr", "-subj", subject)
        (self.folder / "ext").write_text("\n".join(extensions) + "\n")
        run("openssl", "x509", "-req", "-in", self.folder / "own.csr", "-CA", ca, "-CAkey", self.folder / "ca.key", "-CAcreateserial", "-days", days,
            "-extfile", self.folder / "ext", "-out", own)
        return own, ca

    def test_what_pki_issues_is_taken_by_everyone(self):
        run(PROGRAM, "pki", "--dir", self.folder / "pki", "init")
        for name, key in (("vpn.example.org", "ecdsa-p256"), ("203.0.113.10", "rsa"), ("vpn3.example.org", "rsa-3072"), ("vpn2.example.org", "ecdsa-p384"), ("2001:db8::10", "ecdsa-p256")):
            run(PROGRAM, "pki", "--dir", self.folder / "pki", "issue", name, "--gateway", "--key", key)
            status, found = self.examine(self.folder / "pki" / "issued" / f"{name}.pem", "--name", name)
            self.assertEqual((status, all(found["accepted"].values())), (0, True), found)

    def test_issuing_what_windows_refuses_is_said_at_once(self):
        run(PROGRAM, "pki", "--dir", self.folder / "pki", "init")
        done = subprocess.run([PROGRAM, "pki", "--dir", self.folder / "pki", "issue", "vpn.example.org", "--gateway", "--key", "ed25519"],
                              capture_output=True, text=True, check=True)
        self.assertIn("Windows 10/11", done.stderr)

    def test_a_careful_one_by_openssl_is_taken(self):
        own, ca = self.openssl("/CN=vpn.example.org", "basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature",
                               "extendedKeyUsage=serverAuth,1.3.6.1.5.5.8.2.2", "subjectAltName=DNS:vpn.example.org,IP:203.0.113.10,DNS:203.0.113.10")
        self.assertEqual(self.examine(own, "--ca", ca, "--name", "vpn.example.org"), (0, self.examine(own, "--ca", ca)[1]))

    def test_what_our_page_makes_by_openssl_is_taken(self):
        page = pathlib.Path(__file__).resolve().parents[2] / "docs" / "certificates.md"
        commands = [line[4:] for line in page.read_text().splitlines() if line.startswith("    ")]
        subprocess.run(["bash", "-ec", "\n".join(commands)], cwd=self.folder, capture_output=True, check=True)
        for name in ("vpn.example.org", "203.0.113.10"):
            status, found = self.examine(self.folder / "gw.pem", "--ca", self.folder / "ca.pem", "--name", name)
            self.assertEqual((status, all(found["accepted"].values())), (0, True), found)

    def test_the_usual_mistakes_by_openssl_are_named(self):
        own, ca = self.openssl("/CN=203.0.113.10", "subjectAltName=IP:203.0.113.10", days=1000)
        status, found = self.examine(own, "--ca", ca, "--name", "203.0.113.10")
        rules = {finding["rule"] for finding in found["findings"]}
        self.assertEqual(status, 1)
        self.assertLessEqual({"server-auth", "ike-intermediate", "validity-span"}, rules)
        self.assertTrue(found["accepted"]["strongswan"])
        self.assertFalse(found["accepted"]["windows"])

    def test_a_certificate_with_an_email_address_alone_has_no_name_to_dial(self):
        own, ca = self.openssl("/CN=anna", "subjectAltName=email:anna@example.org")
        found = next(one for one in self.examine(own, "--ca", ca)[1]["findings"] if one["rule"] == "names")
        self.assertIn("no DNS name and no address is among its subjectAltNames", str(found))

    def test_the_text_says_who_refuses_and_what_to_do(self):
        own, ca = self.openssl("/CN=vpn", "extendedKeyUsage=serverAuth", "subjectAltName=IP:203.0.113.10")
        done = subprocess.run([PROGRAM, "doctor", "cert", own, "--ca", ca], capture_output=True, text=True, check=False)
        for part in ("Windows 10/11  refuses it", "macOS/iOS      takes it", "error 13801", "subjectAltName = IP:203.0.113.10, DNS:203.0.113.10"):
            self.assertIn(part, done.stdout)


if __name__ == "__main__":
    unittest.main()
