"""What the daemons do to their host, and what the host may refuse them: ports, TUN, rights, configuration, signals."""

import signal
import sys
import unittest

from lab import agilevpn
from lab.process import CommandFailed, wait_until
from lab.snapshot import Snapshot
from lab.tunnel_test_case import PATIENCE, TunnelTestCase


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

    def test_a_port_that_is_taken(self):
        tunnel = self.tunnel(connect=False)
        tunnel.gateway.stop()
        hold = "import socket,time; s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.bind(('',500)); time.sleep(60)"
        tunnel.lab.gateway.start(sys.executable, "-c", hold)
        wait_until(lambda: ":500 " in tunnel.lab.gateway.run("ss", "-lun"), 5, what="the port to be taken")
        self.check_start_fails(tunnel.gateway, "500", "taken")

    def test_no_tun_device(self):
        tunnel = self.tunnel(connect=False)
        tunnel.gateway.stop()
        tunnel.gateway.wrapper = ("unshare", "--mount", "sh", "-c", 'mount -t tmpfs none /dev/net && exec "$0" "$@"')
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

    def test_what_status_says_of_a_connection(self):
        tunnel = self.tunnel()
        text = agilevpn.agilevpn("--control", tunnel.client.socket, "status")
        for word in ("connected", "eth0", "10.0.1.2", "10.0.1.1", "10.66.0."):
            self.assertIn(word, text.lower())


if __name__ == "__main__":
    unittest.main()
