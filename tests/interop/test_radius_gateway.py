"""A gateway whose logins, accounting and orders are FreeRADIUS' matter, with real tunnels of strongSwan's client and of ours."""

import pathlib
import re
import signal
import time
import unittest

from lab import agilevpn, credentials, network
from lab.process import CommandFailed, wait_until
from lab.tunnel_test_case import PATIENCE
from lab.vpn import Options
from tests.interop.radius_gateway import ACCOUNTING, AT, NAME, SECOND_PORTS, SECRET, RadiusGateway, is_over, keys

RELAY = pathlib.Path(__file__).parent / "radius" / "radsec_relay.py"
BRANCH, BRANCH6 = "192.168.77.0/24", "2001:db8:77::/64"  # Behind the client.
BRANCH_HOST, BRANCH_HOST6 = "192.168.77.9", "2001:db8:77::9"


class Logins(RadiusGateway):
    """What the servers say counts; their trouble delays one login and says so."""

    def test_a_user_is_let_in_with_what_the_server_grants(self):
        pair = self.prepare(more='framed = ["10.9.0.0/24"]')
        self.server(pair, ("Framed-IP-Address = 10.9.0.77", "Framed-IPv6-Address = fd66::77", "MS-Primary-DNS-Server = 192.168.10.53",
                           "MS-Secondary-DNS-Server = 192.168.10.54", "DNS-Server-IPv6-Address = 2001:db8:10::53",
                           f'Framed-Route = "{network.SERVER}/32"', f'Framed-IPv6-Route = "{network.SERVER6}/128"'))
        session = self.connect(pair)
        self.assertEqual(session.inner, ("10.9.0.77", "fd66::77"))
        self.assertEqual(pair.client.status()["sessions"][0]["dns"], ["192.168.10.53", "192.168.10.54", "2001:db8:10::53"])
        self.assertEqual(pair.gateway.status()["sessions"][0]["child_sas"][0]["local_selectors"],
                         [f"{network.SERVER}/32", f"{network.SERVER6}/128"])
        self.assert_traffic()

    def test_a_prefix_of_its_own_gives_an_address_of_it(self):
        pair = self.prepare(more='framed = ["fd99::/48"]')
        self.server(pair, ("Framed-IPv6-Prefix = fd99:0:0:7::/64",))
        self.assertIn("fd99:0:0:7::1", self.connect(pair).inner)
        self.assert_traffic()

    def check_group(self, grant, more=f'[group.staff]\nroutes = ["{network.SERVER}/32"]\n', kept=()):
        pair = self.prepare(more=more)
        for words in kept:
            agilevpn.agilevpn("--control", pair.gateway.socket, "group", "--dir", pair.gateway.folder / "state", *words)
        self.server(pair, (grant,))
        self.connect(pair)
        self.assertIn("by group staff", pair.gateway.log())
        self.assertNotIn("is sent with Filter-Id", pair.gateway.log())
        self.assertEqual(pair.gateway.status()["sessions"][0]["child_sas"][0]["local_selectors"], [f"{network.SERVER}/32"])

    def test_filter_id_names_the_group(self):
        self.check_group('Filter-Id = "staff"')

    def test_filter_id_names_a_group_that_only_the_database_has(self):
        self.check_group('Filter-Id = "staff"', more="", kept=[("add", "staff", "--routes", f"{network.SERVER}/32")])

    def test_class_names_the_group_as_nps_writes_it(self):
        self.check_group('Class = "OU=staff;"')

    def test_a_wrong_password_is_refused_and_said_at_both_ends(self):
        pair = self.prepare()
        self.server(pair, password="another")
        with self.assertRaises((CommandFailed, TimeoutError)) as caught:
            pair.client.connect()
        self.assertIn("refused", str(caught.exception))
        self.assertEqual(pair.gateway.sessions(), [])
        self.assert_logged(pair.gateway, "the RADIUS server rejected anna@example.org")

    def test_a_wrong_shared_secret_lets_nobody_in_and_is_said(self):
        pair = self.prepare(secret='secret = "other"\n')
        self.server(pair)
        with self.assertRaises((CommandFailed, TimeoutError)):
            pair.client.connect(timeout=60)
        self.assert_logged(pair.gateway, "the shared secrets differ")

    def test_a_dead_server_delays_one_login_and_then_the_next_is_asked_first(self):
        pair = self.prepare(servers=(f"{AT}:1812", f"{AT}:1912"))
        first = self.server(pair)
        self.server(pair, name="second", ports=SECOND_PORTS)
        first.pause()
        self.connect(pair)
        self.assertRegex(pair.gateway.log(), f"{AT}:1812 +error: +does not answer")
        pair.client.disconnect()
        begin = time.monotonic()
        self.connect(pair)  # The dead server is left alone.
        self.assertLess(time.monotonic() - begin, 4)
        first.pause(False)
        wait_until(lambda: re.search(f"{AT}:1812 +answers again", pair.gateway.log()), 80, what="the first server to be back")
        pair.client.disconnect()
        asked = first.log().count("Received Access-Request")
        self.connect(pair)
        self.assertGreater(first.log().count("Received Access-Request"), asked)

    def test_while_no_server_answers_tunnels_live_on_and_the_login_is_refused_with_the_reason(self):
        pair = self.prepare()
        server = self.server(pair)
        self.connect(pair)
        server.pause()
        other = self.second_client(pair)
        with self.assertRaises((CommandFailed, TimeoutError)):
            other.connect(timeout=60)
        self.assertTrue(pair.lab.client.can_reach(network.SERVER))
        self.assertIn(f"no answer from {AT}:1812", pair.gateway.log())


class Networks(RadiusGateway):
    """Networks behind a client (RFC 2865 §5.22)."""

    def begin(self, networks=(BRANCH, BRANCH6), grants=(f'Framed-Route = "{BRANCH} 0.0.0.0 1"', f'Framed-IPv6-Route = "{BRANCH6} :: 1"')):
        pair = self.prepare(more=f'networks = ["{BRANCH}", "{BRANCH6}", "{network.OFFICE}"]\n',
                            client_options=Options(networks=networks))
        self.server(pair, grants)
        branch = pair.lab.add_client_network([(BRANCH_HOST, BRANCH), (BRANCH_HOST6, BRANCH6)])
        return pair, branch

    def routes(self, pair):
        return [line for family in ("-4", "-6") for line in pair.lab.gateway.run("ip", family, "route").splitlines()
                if line.startswith((BRANCH, BRANCH6))]

    def test_the_server_reaches_a_host_behind_the_client_and_is_reached(self):
        pair, branch = self.begin()
        self.connect(pair)
        for host in (BRANCH_HOST, BRANCH_HOST6):
            self.assertTrue(pair.lab.server.can_reach(host), host)
        for host in (network.SERVER, network.SERVER6):
            self.assertTrue(branch.can_reach(host), host)
        self.assertEqual(len(self.routes(pair)), 2)
        self.assert_traffic()
        pair.client.disconnect()
        wait_until(lambda: not self.routes(pair), PATIENCE, what="the routes to go with the session")
        self.assertFalse(pair.lab.server.can_reach(BRANCH_HOST))

    def test_the_office_itself_stands_behind_nobody(self):
        pair, _ = self.begin(grants=(f'Framed-Route = "{network.SERVER}/32 0.0.0.0 1"',))
        with self.assertRaises((CommandFailed, TimeoutError)):
            pair.client.connect(timeout=40)
        self.assertIn(f"this gateway stands in {network.OFFICE_GATEWAY}/24 itself", pair.gateway.log())
        self.assertEqual(self.routes(pair), [])


class Tls(RadiusGateway):
    """RADIUS over TLS (RFC 6614), with FreeRADIUS' own listener."""

    def prepare_tls(self, name='server-name = "vpn.example.org"\n'):
        pair = self.prepare()
        pki = credentials.Authority(pair.folder / "pki")
        own = pki.client("nas@example.org")
        more = f'tls = true\nca = "{pki.ca}"\ncertificate = "{own.certificate}"\nkey = "{own.key}"\n{name}accounting = true\n'
        pair.gateway.stop()
        pair.gateway.options = Options(radius=keys((AT,), more, ""))
        pair.gateway.start()
        return pair

    def test_logins_and_accounting_go_through_it(self):
        pair = self.prepare_tls()
        server = self.server(pair)
        self.connect(pair)
        self.assert_traffic()
        pair.client.disconnect()
        self.assertEqual(self.stop_record(server)["Acct-Terminate-Cause"], ["User-Request"])

    def test_a_connection_that_ended_is_made_anew(self):
        pair = self.prepare_tls()
        server = self.server(pair)
        self.connect(pair)
        server.stop()
        server.start()
        pair.client.disconnect()
        self.assertEqual(self.stop_record(server)["Acct-Terminate-Cause"], ["User-Request"])
        self.connect(pair)

    def relay(self, pair, to_port):
        """A server that gives an order on SIGUSR1, with FreeRADIUS behind it; and its log."""
        pki = credentials.Authority(pair.folder / "pki")
        own, client = pki.gateway(), pki.client("relay@example.org")
        log = pair.folder / "relay.log"
        relay = pair.lab.server.start("/usr/bin/python3", RELAY, AT, 2083, to_port, NAME, pki.ca, own.certificate, own.key,
                                      client.certificate, client.key, log=log)
        self.addCleanup(relay.stop)
        wait_until(lambda: "listening" in log.read_text(), PATIENCE, what="the relay")
        return relay, log

    def test_a_server_ends_a_session_on_the_connection_that_the_gateway_made(self):
        pair = self.prepare_tls()
        server = self.server(pair, ports=SECOND_PORTS)
        relay, log = self.relay(pair, SECOND_PORTS[2])
        session = self.connect(pair)
        relay.signal(signal.SIGUSR1)
        wait_until(lambda: is_over(pair, session), PATIENCE, what="the end of the session")
        self.assertIn("Disconnect-ACK", log.read_text())
        self.assertIn(f"disconnected by {AT}", pair.gateway.log())
        self.assertEqual(self.stop_record(server)["Acct-Terminate-Cause"], ["Admin-Reset"])

    def test_a_server_of_another_name_hears_nothing(self):
        pair = self.prepare_tls('server-name = "other.example.org"\n')
        server = self.server(pair)
        with self.assertRaises((CommandFailed, TimeoutError)):
            pair.client.connect(timeout=60)
        self.assertIn("hostname mismatch", pair.gateway.log())
        self.assertNotIn("Received Access-Request", server.log())


class Accounting(RadiusGateway):
    """What FreeRADIUS writes down of sessions."""

    def begin(self, grants=(), more="", **options):
        pair = self.prepare(more=ACCOUNTING + more, **options)
        server = self.server(pair, ('Class = "blue team"', *grants))
        self.session = self.connect(pair)
        return pair, server

    def test_start_and_stop_tell_what_passed_to_the_octet(self):
        pair, server = self.begin()
        pair.lab.client.run("ping", "-q", "-c", 25, "-i", "0.02", "-s", 1000, network.SERVER)
        pair.client.disconnect()
        start, stop = self.records(server, 2)
        octets = str(25 * (20 + 8 + 1000))
        for name, value in {"Acct-Input-Octets": octets, "Acct-Output-Octets": octets, "Acct-Input-Packets": "25",
                            "Acct-Output-Packets": "25", "Acct-Terminate-Cause": "User-Request", "User-Name": NAME,
                            "Calling-Station-Id": network.CLIENT, "Called-Station-Id": "vpn.example.org", "NAS-Port-Type": "Virtual",
                            "NAS-Identifier": "vpn.example.org", "Class": "0x626c7565207465616d", "Acct-Authentic": "RADIUS"}.items():
            self.assertEqual(stop.get(name), [value], name)
        for name in ("Acct-Session-Id", "Framed-IP-Address", "Framed-IPv6-Address", "Class", "User-Name"):
            self.assertEqual(start[name], stop[name], name)
        logins = [said for said in server.log().split("Received ") if said.startswith("Access-Request")]
        self.assertIn(f'Acct-Session-Id = "{start["Acct-Session-Id"][0]}"', logins[-1], "the login named it too")

    def test_a_stream_is_counted_as_the_client_counts_it(self):
        pair, server = self.begin()
        self.assert_traffic()
        time.sleep(1.5)  # The client's own figures come every second.
        client = pair.client.status()["sessions"][0]
        pair.client.disconnect()
        stop = self.stop_record(server)
        self.assertEqual(int(stop["Acct-Input-Octets"][0]), client["bytes_out"])
        self.assertEqual(int(stop["Acct-Output-Octets"][0]), client["bytes_in"])
        self.assertGreater(client["bytes_out"], 10_000)

    def test_a_move_is_told_with_the_new_address(self):
        pair, server = self.begin()
        pair.lab.eth0.pull()
        interim = wait_until(lambda: [one for one in server.accounted() if one["Acct-Status-Type"] == ["Interim-Update"]], PATIENCE,
                             what="an interim record")[0]
        self.assertEqual(interim["Calling-Station-Id"], [network.NAT_OUTSIDE])
        pair.client.disconnect()
        self.assertEqual(self.stop_record(server)["Calling-Station-Id"], [network.NAT_OUTSIDE])

    def check_cause(self, cause, pair, server):
        self.assertEqual(self.stop_record(server)["Acct-Terminate-Cause"], [cause])
        wait_until(lambda: is_over(pair, self.session), PATIENCE, what="the end of the session")

    def test_an_idle_session_ends_as_granted(self):
        pair, server = self.begin(("Idle-Timeout = 3",))
        self.check_cause("Idle-Timeout", pair, server)
        self.assertIn("idle for 3 s", pair.gateway.log())

    def test_a_session_ends_when_its_time_is_up(self):
        pair, server = self.begin(("Session-Timeout = 4",))
        pinger = self.pinger()
        self.check_cause("Session-Timeout", pair, server)
        pinger.stop()
        self.assertEqual(self.stop_record(server)["Acct-Session-Time"], ["4"])

    def test_the_operator_ends_it(self):
        pair, server = self.begin()
        pair.gateway.disconnect()
        self.check_cause("Admin-Reset", pair, server)

    def test_a_client_that_is_gone_for_good_is_a_lost_carrier(self):
        pair, server = self.begin(dpd=1, outage=3)
        pair.client.kill()
        self.check_cause("Lost-Carrier", pair, server)

    def test_a_gateway_that_stops_ends_them_all_and_says_that_it_goes(self):
        pair, server = self.begin()
        pair.gateway.stop()
        self.assertEqual(self.stop_record(server)["Acct-Terminate-Cause"], ["Admin-Reboot"])
        self.assertEqual([server.accounted()[i]["Acct-Status-Type"][0] for i in (0, -1)], ["Accounting-On", "Accounting-Off"])

    def test_a_gateway_that_is_killed_closes_its_sessions_when_it_is_back_with_what_it_knew_last(self):
        pair = self.prepare(more=ACCOUNTING + f'accounting-servers = ["{AT}:{SECOND_PORTS[1]}"]\n')
        self.server(pair, ('Class = "blue team"',))
        books = self.server(pair, name="books", ports=SECOND_PORTS)
        self.connect(pair)
        start, = self.records(books, 1)
        pair.lab.client.run("ping", "-q", "-c", 25, "-i", "0.02", "-s", 1000, network.SERVER)
        time.sleep(1.5)  # The gateway's own figures come every second.
        pair.lab.eth0.pull()  # It moves, and an interim record is made of it.
        told = self.records(books, 2)[-1]
        books.stop()
        self.second_client(pair).connect()
        time.sleep(1)  # It is on the disk, and no server has heard of it.
        pair.gateway.kill()
        pair.gateway.start()
        books.start()
        def closed():
            stops = [one for one in books.accounted() if one.get("Acct-Terminate-Cause") == ["NAS-Reboot"]]
            return len(stops) == 2 and {one["Acct-Session-Id"][0]: one for one in stops}
        stops = wait_until(closed, 90, what="the Stop records")
        first = stops.pop(start["Acct-Session-Id"][0])
        for name in ("Acct-Input-Octets", "Acct-Output-Octets", "Class", "User-Name", "Calling-Station-Id", "Framed-IP-Address"):
            self.assertEqual(first[name], told[name], name)
        self.assertGreaterEqual(int(first["Acct-Input-Octets"][0]), 25 * 1028)
        self.assertGreater(int(first["Acct-Delay-Time"][0]), 0)
        second, = stops
        of_second = [one["Acct-Status-Type"][0] for one in books.accounted() if one.get("Acct-Session-Id") == [second]]
        self.assertEqual(of_second, ["Start", "Stop"], "the Start that nobody took came too")
        self.assertIn("ended without a goodbye to 2 sessions", pair.gateway.log())

    def test_what_a_dead_server_did_not_take_is_sent_after_the_gateway_was_restarted(self):
        pair, server = self.begin()
        self.records(server, 1)
        server.stop()
        pair.gateway.stop()
        server.start()
        taken = len(server.accounted())
        pair.gateway.start()
        wait_until(lambda: [one for one in server.accounted()[taken:] if one["Acct-Status-Type"] == ["Accounting-On"]], 60,
                   what="the gateway to say that it is there")
        stop = self.stop_record(server)
        self.assertEqual(stop["Acct-Terminate-Cause"], ["Admin-Reboot"])
        self.assertGreaterEqual(int(stop["Acct-Delay-Time"][0]), 3)  # So long the gateway waited for a server at its end.
        self.assertEqual([one["Acct-Status-Type"][0] for one in server.accounted()][-2:], ["Accounting-Off", "Accounting-On"])

    def test_a_disk_that_takes_nothing_stops_no_login_and_is_said(self):
        pair = self.prepare(more=ACCOUNTING)
        server = self.server(pair)
        pair.gateway.stop()
        database = pair.gateway.folder / "state" / "accounting.db"
        for file in database.parent.glob("accounting.db*"):
            file.unlink()
        database.mkdir()
        pair.gateway.start()
        self.connect(pair)
        self.assertIn("accounting records are in memory only", pair.gateway.log())
        database.rmdir()
        wait_until(lambda: "accounting records are written again" in pair.gateway.log(), 30, what="records to be written")
        self.assertTrue(database.is_file())
        pair.client.disconnect()
        self.assertEqual(self.stop_record(server)["Acct-Terminate-Cause"], ["User-Request"])

    def test_records_wait_while_the_server_is_silent_and_no_session_does(self):
        pair, server = self.begin()
        self.records(server, 1)
        server.pause()
        self.assertTrue(pair.lab.client.can_reach(network.SERVER))
        pair.client.disconnect()
        wait_until(lambda: not pair.gateway.sessions(), 5, what="the session's end")
        server.pause(False)
        self.assertEqual(self.stop_record(server)["Acct-Terminate-Cause"], ["User-Request"])


class Orders(RadiusGateway):
    """radclient disconnects and changes sessions (RFC 5176)."""

    def begin(self, grants=(), more=""):
        pair = self.prepare(more=ACCOUNTING + more)
        self.radius = self.server(pair, grants)
        return pair, self.connect(pair)

    def check_disconnect(self, attributes):
        pair, session = self.begin()
        start, = self.records(self.radius, 1)
        told = [one.format(session=start["Acct-Session-Id"][0], inner=session.inner[0]) for one in attributes]
        begin = time.monotonic()
        self.assertIn("Received Disconnect-ACK", self.tell(pair, "disconnect", told))
        wait_until(lambda: is_over(pair, session), 2, what="the end of the session")
        self.assertLess(time.monotonic() - begin, 1.5)  # radclient's own start is in it.
        self.assertEqual(self.stop_record(self.radius)["Acct-Terminate-Cause"], ["Admin-Reset"])
        self.assertIn(f"disconnected by {AT}", pair.gateway.log())

    def test_by_session_id(self):
        self.check_disconnect(['Acct-Session-Id = "{session}"'])

    def test_by_name_and_addresses(self):
        self.check_disconnect([f'User-Name = "{NAME}"', "Framed-IP-Address = {inner}", f'Calling-Station-Id = "{network.CLIENT}"'])

    def test_a_session_that_is_not_there(self):
        pair, _ = self.begin()
        self.assertRegex(self.tell(pair, "disconnect", ['User-Name = "bert"']), "Disconnect-NAK(.|\n)*Session-Context-Not-Found")
        self.assertEqual(len(pair.gateway.sessions()), 1)

    def test_times_change(self):
        pair, session = self.begin()
        self.assertIn("CoA-ACK", self.tell(pair, "coa", [f"Framed-IP-Address = {session.inner[0]}", "Session-Timeout = 3"]))
        self.assertIn("Session-Timeout = 3", pair.gateway.log())
        self.assertEqual(self.stop_record(self.radius)["Acct-Terminate-Cause"], ["Session-Timeout"])

    def test_what_cannot_change_is_refused_with_its_cause(self):
        pair, _ = self.begin()
        by_name = f'User-Name = "{NAME}"'
        self.assertRegex(self.tell(pair, "coa", [by_name, "Framed-MTU = 1300"]), "CoA-NAK(.|\n)*Unsupported-Attribute")
        self.assertRegex(self.tell(pair, "coa", [by_name, 'Filter-Id = "nobody"']), "CoA-NAK(.|\n)*Invalid-Attribute-Value")
        self.assertIn("CoA-ACK", self.tell(pair, "coa", [by_name, 'Filter-Id = "default"', "Idle-Timeout = 600"]))

    def test_who_does_not_know_the_secret_or_is_a_stranger_gets_no_answer(self):
        pair, _ = self.begin()
        self.assertNotIn("Received", self.tell(pair, "disconnect", [f'User-Name = "{NAME}"'], secret="guess"))
        self.assertIn("not authentic", pair.gateway.log())
        pair.lab.gateway.run("radclient", "-t", 1, "-r", 1, f"{network.OFFICE_GATEWAY}:3799", "disconnect", SECRET,
                             input=f'User-Name = "{NAME}"\n', check=False)
        self.assertIn("is no server that may change sessions", pair.gateway.log())
        old = [f'User-Name = "{NAME}"', "Event-Timestamp = 1700000000"]
        self.assertNotIn("Received", self.tell(pair, "disconnect", old))
        self.assertIn("of another time", pair.gateway.log())
        self.assertEqual(len(pair.gateway.sessions()), 1)


del RadiusGateway  # No tests of its own.

if __name__ == "__main__":
    unittest.main()
