"""Who they are: certificates of every kind of key and pre-shared keys, in both roles."""

import unittest

from lab.tunnel_test_case import OurClient, TheirClient


class Authentication:
    """A tunnel comes up, carries traffic, and both ends know the other's name."""

    def check(self, auth):
        tunnel = self.tunnel(auth)
        session, = tunnel.gateway.sessions()
        self.assertEqual(session.peer, "anna@example.org")
        self.assertEqual(tunnel.client.session().peer, "vpn.example.org")
        self.assertEqual(set(session.inner), set(tunnel.client.session().inner))

    def test_rsa_certificates(self):
        self.check("rsa")

    def test_ecdsa_p256_certificates(self):
        self.check("ecdsa")

    def test_ecdsa_p384_certificates(self):
        self.check("ecdsa384")

    def test_ed25519_certificates(self):
        self.check("ed25519")

    def test_a_pre_shared_key(self):
        self.check("psk")


class AuthenticationOfOurClient(Authentication, OurClient):
    """Our client with strongSwan's gateway."""


class AuthenticationOfTheirClient(Authentication, TheirClient):
    """strongSwan's client with our gateway."""


if __name__ == "__main__":
    unittest.main()
