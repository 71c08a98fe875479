"""Users, groups and addresses of a gateway that keeps them itself: changed while tunnels are up, killed, on a full disk."""

import dataclasses
import json
import re
import signal
import sqlite3
import subprocess
import time
import unittest

from lab import agilevpn, network
from lab.process import CommandFailed, run, wait_until
from lab.tunnel_test_case import PATIENCE, TunnelTestCase

PROMPT = 1.5  # Seconds: "within a second", and as much again for a busy machine.


class Users(TunnelTestCase):
    """anna has a tunnel over the LAN; others come from behind the NAT router."""

    def setUp(self):
        self.pair = self.tunnel("eap-mschapv2", connect=False)
        self.end = self.pair.gateway
        self._clients = 0

    def admin(self, *words, input=None):
        """`agilevpn WORDS` on the gateway's database; what it prints."""
        noun, *rest = words
        return agilevpn.agilevpn("--control", self.end.socket, noun, "--dir", self.state, *rest, input=input)

    @property
    def state(self):
        return self.end.folder / "state"

    def add(self, *words, password="Tulip-Harbor-41"):
        self.admin("user", *words, "--password-stdin", input=password + "\n")

    def visitor(self, user, password="Tulip-Harbor-41"):
        """A client of this user, started and not connected."""
        self._clients += 1
        own = dataclasses.replace(self.pair.client.credentials, identity=user, password=password)
        client = agilevpn.AgileVpnClient(self.pair.lab.add_client(self._clients), self.pair.folder / f"client{self._clients}", own)
        client.start()
        self.addCleanup(client.stop)
        return client

    def session_of(self, user):
        """What the gateway says of this user's only session; None if it has none."""
        found = [session for session in self.end.status()["sessions"] if session["user"] == user]
        return found[0] if found else None

    def refusals(self):
        """What the gateway said of each whom it refused."""
        events = map(json.loads, self.end.event_lines())
        return [event["text"] for event in events if event["event"] == "PeerRefused"]

    def wait_refused(self, reason):
        """Until somebody is refused for this reason, a regular expression."""
        try:
            wait_until(lambda: any(re.search(reason, said) for said in self.refusals()), PATIENCE)
        except TimeoutError:
            self.fail(f"no refusal says {reason}, but {self.refusals()}")

    def check_refused(self, client, reason):
        """The client does not come in, for this reason."""
        with self.assertRaises((CommandFailed, subprocess.TimeoutExpired)):
            client.connect(timeout=3)
        self.wait_refused(reason)

    def test_a_password_that_is_corrected_counts_from_a_reload_on(self):
        self.add("add", "bert")
        bert = self.visitor("bert", password="Tulip-Harbor-14")
        with self.assertRaises((CommandFailed, subprocess.TimeoutExpired)):
            bert.connect()
        wait_until(lambda: bert.states()[-1] == "Failed", PATIENCE, what="bert's connection to have failed")
        file = bert.folder / "client.toml"
        file.write_text(file.read_text().replace("Tulip-Harbor-14", "Tulip-Harbor-41"))
        bert.signal(signal.SIGHUP)
        wait_until(lambda: bert.states()[-1] == "Connected", PATIENCE, what="bert to be connected")

    def test_after_a_kill_everybody_has_the_same_address(self):
        self.add("add", "bert")
        bert = self.visitor("bert")
        self.pair.client.connect()
        before = [self.pair.client.session().inner, bert.connect().inner]
        bert.stop(), self.pair.client.stop()
        self.end.kill()
        self.end.start()
        bert.start(), self.pair.client.start()
        after = [bert.connect().inner, self.pair.client.connect().inner]  # In the other order: they have forgotten, too.
        self.assertEqual(before, after[::-1])

    def test_who_is_shut_out_is_out_within_a_second_and_others_are_not(self):
        for user in ("bert", "carl", "dora"):
            self.add("add", user)
        self.pair.client.connect()
        clients = {user: self.visitor(user) for user in ("bert", "carl", "dora")}
        for client in clients.values():
            client.connect()
        pings = self.pinger()
        for user, words in (("bert", ("disable", "bert")), ("carl", ("remove", "carl")), ("dora", ("set", "dora", "--expires", "2020-01-01"))):
            began = time.monotonic()
            self.admin("user", *words)
            wait_until(lambda: not self.session_of(user), PATIENCE, what=f"the end of {user}'s session")
            self.assertLess(time.monotonic() - began, PROMPT)
        self.assertEqual(len(self.end.sessions()), 1)
        pings.wait_steady(timeout=PATIENCE)
        self.wait_refused("bert is disabled")  # It comes again by itself.
        shown = json.loads(self.admin("user", "show", "bert", "--json"))
        self.assertIn("bert is disabled", shown["last_failure_cause"])
        self.assertEqual(shown["last_failure_address"], network.NAT_OUTSIDE)

    def test_devices_with_passwords_of_their_own(self):
        self.add("add", "bert")
        for device in ("laptop", "phone"):
            self.add("device", "add", "bert", device, password=f"{device}-Tulip-41")
        laptop, phone = (self.visitor(f"bert/{device}", f"{device}-Tulip-41") for device in ("laptop", "phone"))
        addresses = {laptop.connect().inner, phone.connect().inner}
        self.assertEqual(len(addresses), 2)
        shown = json.loads(self.admin("user", "show", "bert", "--json"))
        self.assertEqual({session["device"] for session in shown["sessions"]}, {"laptop", "phone"})
        self.assertTrue(all(device["last_address"] == network.NAT_OUTSIDE for device in shown["devices"]))
        self.admin("user", "device", "disable", "bert", "phone")
        wait_until(lambda: len(self.end.sessions()) == 1, PATIENCE, what="the phone's session to end")
        self.assertEqual(self.session_of("bert")["device"], "laptop")
        self.wait_refused("bert/phone is disabled")
        self.assertTrue(laptop.host.can_reach(network.SERVER))

    def test_the_firewall_of_a_group(self):
        rules = self.pair.folder / "rules"
        def set_rules(*lines):
            rules.write_text("\n".join(lines))
            self.admin("group", "set", "staff", "--firewall", rules)
        self.add("add", "bert")
        self.admin("group", "add", "staff")
        self.admin("user", "set", "bert", "--group", "staff")
        with self.assertRaises(CommandFailed) as caught:
            set_rules("allow to any icmp", "allow to any; flush ruleset")
        self.assertIn("line 2", str(caught.exception))
        set_rules(f"allow to {network.SERVER}")
        bert = self.visitor("bert")
        bert.connect()
        self.pair.client.connect()
        self.assertTrue(bert.host.can_reach(network.SERVER))
        self.assertFalse(bert.host.can_reach(network.OFFICE_GATEWAY))
        self.assertTrue(self.pair.lab.client.can_reach(network.OFFICE_GATEWAY))
        set_rules(f"allow to {network.OFFICE_GATEWAY}")
        wait_until(lambda: bert.host.can_reach(network.OFFICE_GATEWAY), PATIENCE, what="the new rules")
        self.assertFalse(bert.host.can_reach(network.SERVER))
        self.end.signal(signal.SIGHUP)
        wait_until(lambda: "ConfigurationRead" in self.end.log() or "counts for who connects" in self.end.log(), PATIENCE, what="the reload")
        self.assertFalse(bert.host.can_reach(network.SERVER))
        self.pair.lab.gateway.run("nft", "delete", "table", "inet", "agilevpn-vpn0-sessions")
        wait_until(lambda: not bert.host.can_reach(network.SERVER), PATIENCE, what="the rules to be put back")
        self.assertIn("FirewallRestored", "\n".join(self.end.event_lines()))
        self.assertTrue(self.pair.lab.client.can_reach(network.SERVER))
        self.end.kill()
        self.end.start()
        self.assertNotIn("sessions", self.tables())
        wait_until(lambda: self.session_of("bert"), PATIENCE * 3, what="bert to come back")
        self.assertFalse(bert.host.can_reach(network.SERVER))
        self.end.stop()
        self.assertNotIn("sessions", self.tables())

    def tables(self):
        return self.pair.lab.gateway.run("nft", "list", "tables")

    def test_a_locked_database(self):
        self.add("add", "bert")
        self.pair.client.connect()
        pings = self.pinger()
        other = sqlite3.connect(self.state / "users.db", isolation_level=None)
        self.addCleanup(other.close)
        other.execute("BEGIN EXCLUSIVE")
        bert = self.visitor("bert")
        self.check_refused(bert, "lease cannot be kept.*(locked|writes)")
        pings.wait_steady(timeout=PATIENCE)
        other.execute("ROLLBACK")
        bert.connect()

    def test_a_full_disk(self):
        self.end.stop()
        run("mount", "-t", "tmpfs", "-o", "size=1m", "none", self.state)
        self.addCleanup(run, "umount", "-l", self.state)
        self.admin("user", "add", "anna@example.org", "--password-stdin", input=self.pair.client.credentials.password + "\n")
        self.add("add", "bert")
        self.end.start()
        self.pair.client.connect()
        pings = self.pinger()
        filler = self.state / "filler"
        with filler.open("wb", buffering=0) as file:
            with self.assertRaises(OSError):
                while True:
                    file.write(b"x" * 1024)
        for number in range(40):  # What is left of the write-ahead log takes a few.
            self.add_or_none(f"user{number}")
        bert = self.visitor("bert")
        self.connect_until_full(bert)
        pings.wait_steady(timeout=PATIENCE)
        filler.unlink()
        bert.connect()
        self.assertEqual(len(self.end.sessions()), 2)

    def add_or_none(self, user):
        try:
            self.add("add", user)
        except CommandFailed:
            pass

    def connect_until_full(self, client):
        """The client comes and goes until the disk has no room for its lease."""
        for _ in range(200):
            try:
                client.connect(timeout=3)
            except (CommandFailed, subprocess.TimeoutExpired):
                return self.wait_refused("lease cannot be kept: no space left")
            client.disconnect()
        return self.fail("the disk was never full")

    def test_a_damaged_database(self):
        self.add("add", "bert")
        self.pair.client.connect()
        pings = self.pinger()
        database = self.state / "users.db"
        with sqlite3.connect(database) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        other.close()
        kept = database.read_bytes()
        with database.open("r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * (len(kept) - 4096))
        bert = self.visitor("bert")
        self.check_refused(bert, "damaged|malformed")
        pings.wait_steady(timeout=PATIENCE)
        self.assertEqual(len(self.end.sessions()), 1)


class CertificateUsers(TunnelTestCase):
    """anna has a certificate and no password; her laptop is known by it."""

    def admin(self, noun, *words):
        return agilevpn.agilevpn("--control", self._pair.gateway.socket, noun, "--dir", self._pair.gateway.folder / "state", *words)

    def test_a_lost_laptop_is_shut_out_by_its_certificate(self):
        tunnel = self.tunnel()
        self.admin("user", "add", "anna", "--no-password")
        self.admin("user", "device", "add", "anna", "laptop", "--certificate", tunnel.client.credentials.certificate)
        wait_until(lambda: [s["device"] for s in tunnel.gateway.status()["sessions"]] == ["laptop"], PATIENCE, what="the session to be hers")
        tunnel.client.disconnect()
        tunnel.client.connect()
        shown = json.loads(self.admin("user", "show", "anna", "--json"))
        self.assertEqual([session["device"] for session in shown["sessions"]], ["laptop"])
        self.assertEqual(shown["last_login_address"], network.CLIENT)
        began = time.monotonic()
        self.admin("user", "device", "disable", "anna", "laptop")
        wait_until(lambda: not tunnel.gateway.sessions(), PATIENCE, what="the end of the session")
        self.assertLess(time.monotonic() - began, PROMPT)
        wait_until(lambda: "anna/laptop is disabled" in json.loads(self.admin("user", "show", "anna", "--json"))["last_failure_cause"],
                   PATIENCE, what="the refusal to be recorded")
        self.admin("user", "device", "enable", "anna", "laptop")
        tunnel.client.connect()
        self.assert_traffic()


if __name__ == "__main__":
    unittest.main()
