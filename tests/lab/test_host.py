"""What the daemons do to their host, and what the host may refuse them: ports, TUN, rights, configuration, signals."""

import json
import signal
import sys
import unittest

from lab import agilevpn, network
from lab.process import CommandFailed, wait_until
from lab.snapshot import Snapshot
from lab.tunnel_test_case import PATIENCE, TunnelTestCase
from lab.vpn import Options


class Host(TunnelTestCase):
    """One pair of daemons, not connected unless the test says so."""

    def check_start_fails(self, daemon, *words):
        with self.assertRaises(CommandFailed) as caught:
            daemon.start()
        for word in words:
            self.assertIn(word, str(caught.exception))

    def test_disconnecting_leaves_everything_as_before(self):
        tunnel = self.tunnel(connect=False)
        hosts = (tunnel.lab.client, tunnel.lab.gateway)
        before = [Snapshot(host) for host in hosts]
        tunnel.client.connect()
        self.assert_traffic()
        tunnel.client.disconnect()
        self.wait_for_end()
        for host, snapshot in zip(hosts, before):
            wait_until(lambda: not snapshot.differences(Snapshot(host)), PATIENCE,
                       what=f"{host.name} to be as before: {snapshot.differences(Snapshot(host))}")

    def test_stopping_leaves_everything_as_before(self):
        self.check_end(lambda daemon: daemon.stop())

    def test_what_a_crash_left_is_gone_after_the_next_run(self):
        def crash(daemon):
            daemon.kill()
            daemon.start()
            daemon.stop()
        self.check_end(crash)

    def check_end(self, end):
        """The hosts look the same before the daemons start and after they ended."""
        tunnel = self.tunnel(connect=False)
        ends = (tunnel.client, tunnel.gateway)
        for daemon in ends:
            daemon.stop()
        before = [Snapshot(daemon.host) for daemon in ends]
        tunnel.start()
        tunnel.client.connect()
        self.assert_traffic()
        for daemon, snapshot in zip(ends, before):
            end(daemon)
            self.assertEqual([], snapshot.differences(Snapshot(daemon.host)))

    def test_a_clean_stop_on_sigterm_and_a_reload_on_sighup(self):
        tunnel = self.tunnel()
        tunnel.gateway.signal(signal.SIGHUP)
        self.assert_traffic()
        self.assertEqual(0, tunnel.client.stop())
        self.assertEqual(0, tunnel.gateway.stop())

    def test_what_is_doubtful_in_a_configuration_is_said_at_the_start_and_at_a_reload(self):
        gateway = self.tunnel(connect=False).gateway
        gateway.stop()
        own = gateway.configuration
        gateway.configuration = lambda: own().replace(agilevpn.GATEWAY_NAME, "gw.example.org", 1)
        gateway.start()
        for count in (1, 2):
            wait_until(lambda: gateway.log().count("the certificate is not for gw.example.org") == count, PATIENCE, what="the warning")
            gateway.signal(signal.SIGHUP)

    def test_a_route_that_dhcp_brought_leads_nothing_past_the_tunnel(self):  # CVE-2024-3661; the lab drops what leaks
        tunnel = self.tunnel()
        for server, router in ((network.SERVER, network.GATEWAY), (network.SERVER6, network.GATEWAY6)):
            tunnel.lab.client.ip("route", "add", server, "via", router)
        self.assert_traffic()

    def test_a_port_that_is_taken(self):
        tunnel = self.tunnel(connect=False)
        for port in (500, 4500):
            with self.subTest(port):
                tunnel.gateway.stop()
                tunnel.gateway.output.unlink()
                hold = f"import socket,time; s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.bind(('',{port})); time.sleep(60)"
                holder = tunnel.lab.gateway.start(sys.executable, "-c", hold)
                wait_until(lambda: f":{port} " in tunnel.lab.gateway.run("ss", "-lun"), 5, what="the port to be taken")
                self.check_start_fails(tunnel.gateway, f"UDP port {port} is taken", "ss -ulpn")
                self.assertNotIn("waits for clients", tunnel.gateway.log())
                holder.stop()

    def test_a_second_client_leaves_the_first_ones_tunnel_alone(self):
        tunnel = self.tunnel()
        second = type(tunnel.client)(tunnel.lab.client, tunnel.folder / "second", tunnel.client.credentials)
        with self.assertRaisesRegex(CommandFailed, "another agilevpnd"):
            second.start()
        self.assert_traffic()

    def test_a_gateway_that_stops_lets_nobody_in_and_its_clients_are_back_soon_after_it(self):
        tunnel = self.tunnel()
        tunnel.gateway.stop()
        tunnel.gateway.start()
        self.wait_for_session(lambda session: session.is_connected, "a new connection", tunnel.gateway)
        self.assert_traffic()

    def test_a_control_socket_that_cannot_be_made(self):
        tunnel = self.tunnel(connect=False)
        tunnel.gateway.stop()
        tunnel.gateway.output.unlink()
        tunnel.gateway.socket = tunnel.gateway.output / "control.sock"  # Below a file.
        self.check_start_fails(tunnel.gateway, "control.sock")
        self.assertNotIn("waits for clients", tunnel.gateway.log())

    def test_no_tun_device(self):
        tunnel = self.tunnel(connect=False)
        tunnel.gateway.stop()
        hide = 'mount --make-rprivate /dev && mount -t tmpfs none /dev/net && exec "$0" "$@"'
        tunnel.gateway.wrapper = ("unshare", "--mount", "--propagation", "unchanged", "sh", "-c", hide)
        self.check_start_fails(tunnel.gateway, "/dev/net/tun")

    def test_no_root(self):
        tunnel = self.tunnel(connect=False)
        tunnel.gateway.stop()
        tunnel.gateway.wrapper = ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all")
        self.check_start_fails(tunnel.gateway, "permitted")

    def test_a_mistake_in_the_configuration(self):
        tunnel = self.tunnel(connect=False)
        tunnel.gateway.stop()
        tunnel.gateway.configuration = lambda: 'name = "vpn.example.org"\npolcy = "modern"\n'
        self.check_start_fails(tunnel.gateway, "gateway.toml:2", "polcy", "policy")

    def test_after_a_crash_the_only_device_keeps_its_address_and_the_old_session_is_gone(self):
        tunnel = self.tunnel(client_options=Options(only_device=True))
        before = tunnel.client.session()
        tunnel.client.kill()
        tunnel.client.start()
        tunnel.client.connect()
        self.assertEqual(before.inner, tunnel.client.session().inner)
        self.assertEqual(1, len(tunnel.gateway.sessions()))
        self.assertNotEqual(before.spi_i, tunnel.gateway.sessions()[0].spi_i)
        self.assert_traffic()

    def test_rekeying_on_command(self):
        tunnel = self.tunnel()
        for end in (tunnel.client, tunnel.gateway):
            before = end.sessions()[0]
            end.rekey("--child")
            self.wait_for_session(lambda session: session.child_spis and session.child_spis != before.child_spis, "a new Child SA", end)
            self.assertEqual(before.spi_i, end.sessions()[0].spi_i)
            end.rekey("--ike")
            self.wait_for_session(lambda session: session.spi_i != before.spi_i, "a new IKE SA", end)
            self.assert_traffic()

    def test_what_is_dropped_is_counted(self):
        tunnel = self.tunnel()
        before = tunnel.gateway.status()["drops"].get("no_outbound_sa", 0)  # The kernel's own multicasts.
        for _ in range(3):
            tunnel.lab.server.can_reach("10.66.0.200")  # Nobody has this one.
        self.assertGreaterEqual(tunnel.gateway.status()["drops"]["no_outbound_sa"], before + 3)
        self.assertIn("no outbound sa", agilevpn.agilevpn("--control", tunnel.gateway.socket, "status"))

    def test_every_event_names_whom_it_is_about(self):
        tunnel = self.tunnel()
        tunnel.client.rekey()
        tunnel.client.disconnect()
        self.wait_for_end()
        for end in (tunnel.client, tunnel.gateway):
            end.stop()
            nameless = [line for line in map(json.loads, end.event_lines()) if not line["subject"]]
            self.assertEqual([], nameless)

    def test_a_client_says_only_once_that_it_connects(self):
        tunnel = self.tunnel()
        steps = [line for line in map(json.loads, tunnel.client.event_lines()) if line["severity"] != "detail"]
        self.assertEqual(1, sum("connecting" in step["text"].lower() for step in steps), steps)

    def test_forwarding_is_as_before_when_a_clean_stop_follows_a_kill(self):
        tunnel = self.tunnel(connect=False)
        host = tunnel.lab.gateway
        tunnel.gateway.stop()
        host.run("sysctl", "-qw", "net.ipv4.ip_forward=0")
        tunnel.gateway.start()
        tunnel.gateway.kill()
        tunnel.gateway.start()
        self.assertEqual("1", host.run("sysctl", "-n", "net.ipv4.ip_forward").strip())
        tunnel.gateway.stop()
        self.assertEqual("0", host.run("sysctl", "-n", "net.ipv4.ip_forward").strip())

    def test_masquerading_reaches_who_does_not_know_the_way_back(self):
        tunnel = self.tunnel(gateway_options=Options(masquerade=True))
        for family in ("-4", "-6"):
            tunnel.lab.server.ip(family, "route", "flush", "default")
        self.assert_traffic()
        tunnel.gateway.stop()
        self.assertNotIn("agilevpn", tunnel.lab.gateway.run("nft", "list", "tables"))

    def test_strict_reverse_path_filtering_is_said(self):
        tunnel = self.tunnel(connect=False)
        tunnel.lab.client.run("sysctl", "-qw", "net.ipv4.conf.eth0.rp_filter=1")
        said = agilevpn.agilevpn("--control", tunnel.client.socket, "status")
        self.assertIn("filtering on eth0 drops packets of the tunnel; make it loose: sysctl -w", said)

    def test_packets_that_nothing_encrypts_are_said_loudly(self):
        bare = Options(esp="null-sha256")
        tunnel = self.tunnel(client_options=bare, gateway_options=bare)
        self.assert_traffic()
        for end in (tunnel.client, tunnel.gateway):
            self.assertRegex(" ".join(end.status()["warnings"]), "takes NULL, which encrypts nothing")
            self.assertIn("encrypts nothing", self.weak_policies(end))

    def test_weak_algorithms_are_said_where_a_policy_names_them(self):
        tunnel = self.tunnel(connect=False, gateway_options=Options(policy="legacy-windows"))
        self.assertRegex(" ".join(tunnel.gateway.status()["warnings"]), "legacy-windows takes 3DES.*MODP-1024")
        self.assertIn("3DES", self.weak_policies(tunnel.gateway))

    @staticmethod
    def weak_policies(end):
        return "\n".join(line for line in end.event_lines() if "WeakPolicy" in line)

    def test_what_status_says_of_a_connection(self):
        tunnel = self.tunnel()
        text = agilevpn.agilevpn("--control", tunnel.client.socket, "status")
        for word in ("connected", "eth0", "10.0.1.2", "10.0.1.1", "10.66.0."):
            self.assertIn(word, text.lower())


if __name__ == "__main__":
    unittest.main()
