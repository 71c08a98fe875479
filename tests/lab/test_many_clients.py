"""Several clients behind one NAT router, each with a tunnel of its own."""

import unittest

from lab import agilevpn, credentials, network
from lab.process import wait_until
from lab.tunnel_test_case import PATIENCE, TunnelTestCase


class ManyClients(TunnelTestCase):
    """Three more clients at the NAT router, with certificates of their own and with one and the same."""

    COUNT = 3

    def connect(self, tunnel, number, own):
        host = tunnel.lab.add_client(number)
        client = agilevpn.AgileVpnClient(host, tunnel.folder / f"client{number}", own)
        client.start()
        self.addCleanup(client.stop)
        client.connect()
        return client

    def check_all_reach_the_server(self, clients):
        for client in clients:
            wait_until(lambda: client.host.can_reach(network.SERVER), PATIENCE, what="an answer of the server")

    def test_each_has_an_inner_address_of_its_own(self):
        tunnel = self.tunnel()
        authority = credentials.Authority(tunnel.folder / "pki")
        clients = [self.connect(tunnel, number, authority.client(f"user{number}@example.org"))
                   for number in range(self.COUNT)]
        sessions = tunnel.gateway.sessions()
        self.assertEqual(len(sessions), self.COUNT + 1)
        self.assertEqual(len({session.inner for session in sessions}), self.COUNT + 1)
        self.assertEqual({session.origin_address for session in sessions}, {network.CLIENT, network.NAT_OUTSIDE})
        self.check_all_reach_the_server([tunnel.client, *clients])

    def test_one_user_with_several_devices(self):
        tunnel = self.tunnel()
        clients = [self.connect(tunnel, number, tunnel.client.credentials) for number in range(self.COUNT)]
        self.assertEqual(len(tunnel.gateway.sessions()), self.COUNT + 1)
        self.check_all_reach_the_server([tunnel.client, *clients])

    def test_when_one_leaves_the_others_stay(self):
        tunnel = self.tunnel()
        first, second = (self.connect(tunnel, number, tunnel.client.credentials) for number in range(2))
        first.kill()
        second.disconnect()
        wait_until(lambda: len(tunnel.gateway.sessions()) == 2, PATIENCE, what="the gateway to delete the second")
        self.check_all_reach_the_server([tunnel.client])


if __name__ == "__main__":
    unittest.main()
