"""New keys while traffic flows: Child SA and IKE SA, from either side, with and without a new key exchange."""

import unittest

from lab.tunnel_test_case import OurClient, TheirClient
from lab.vpn import Options

SOON = 3  # Seconds after which the side that is to rekey does so.


class Rekeying:
    """One side has short lifetimes, so it rekeys; pings go on through it."""

    def check(self, identity, **options):
        tunnel = self.tunnel(**options)
        pinger = self.pinger()
        start = pinger.wait_steady()
        for _ in range(2):
            before = identity(tunnel.client.session())
            self.wait_for_session(lambda session: session.is_connected and identity(session) != before, "new SPIs")
        pinger.wait_steady()
        self.assertLessEqual(pinger.losses(start).lost, 2, "pings were lost at a rekey")
        self.assert_traffic()
        self.assertEqual(len(tunnel.gateway.sessions()), 1)

    def check_child(self, **options):
        self.check(lambda session: session.child_spis, **options)

    def check_ike(self, **options):
        self.check(lambda session: (session.spi_i, session.spi_r), **options)

    def test_the_client_rekeys_the_child_sa(self):
        self.check_child(client_options=Options(rekey_child=SOON))

    def test_the_gateway_rekeys_the_child_sa(self):
        self.check_child(gateway_options=Options(rekey_child=SOON))

    def test_the_client_rekeys_the_child_sa_with_a_new_key_exchange(self):
        pfs = "aes128gcm16-x25519" if self.client == "strongswan" else None
        self.check_child(client_options=Options(rekey_child=SOON, esp=pfs))

    def test_both_rekey_the_child_sa_at_once(self):
        both = Options(rekey_child=SOON)
        self.check_child(client_options=both, gateway_options=both)

    def test_the_client_rekeys_the_ike_sa(self):
        self.check_ike(client_options=Options(rekey_ike=SOON))

    def test_the_gateway_rekeys_the_ike_sa(self):
        self.check_ike(gateway_options=Options(rekey_ike=SOON))

    def test_both_rekey_the_ike_sa_at_once(self):
        both = Options(rekey_ike=SOON)
        self.check_ike(client_options=both, gateway_options=both)


class RekeyingWithOurClient(Rekeying, OurClient):
    """Our client with strongSwan's gateway."""


class RekeyingWithTheirClient(Rekeying, TheirClient):
    """strongSwan's client with our gateway."""


if __name__ == "__main__":
    unittest.main()
