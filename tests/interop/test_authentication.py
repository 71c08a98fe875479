"""Who they are: certificates of every kind of key and pre-shared keys, in both roles."""

import unittest

from lab.process import CommandFailed
from lab.tunnel_test_case import OurClient, TheirClient
from lab.vpn import Options

_OLDER = Options(signature_authentication=False)  # Without RFC 7427.


class Authentication:
    """A tunnel comes up, carries traffic, and both ends know the other's name."""

    def check(self, auth, theirs=Options(), ours=Options()):
        tunnel = self.tunnel(auth, **self.options(theirs, ours))
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

    def test_ecdsa_p256_by_the_older_method(self):
        self.check("ecdsa", theirs=_OLDER)

    def test_ecdsa_p384_by_the_older_method(self):
        self.check("ecdsa384", theirs=_OLDER)

    def test_rsa_with_sha1_if_the_policy_names_it(self):
        self.check("rsa", theirs=_OLDER, ours=Options(policy="compatible"))

    def test_rsa_with_sha1_is_refused(self):
        tunnel = self.tunnel("rsa", connect=False, **self.options(_OLDER, Options()))
        with self.assertRaises((CommandFailed, TimeoutError)):
            tunnel.client.connect()
        ours = tunnel.gateway if self.gateway == "agilevpn" else tunnel.client
        self.assert_logged(ours, "SHA-1|no signature algorithm")

    def test_a_pre_shared_key(self):
        self.check("psk")


class AuthenticationOfOurClient(Authentication, OurClient):
    """Our client with strongSwan's gateway."""


class AuthenticationOfTheirClient(Authentication, TheirClient):
    """strongSwan's client with our gateway."""


if __name__ == "__main__":
    unittest.main()
