"""strongSwan 6 as client and as gateway: what test_authentication.py and test_eap.py show with Debian's 5.9, and what is new."""

import unittest

from lab import strongswan
from lab.tunnel_test_case import OurClient, TheirClient
from lab.vpn import Options
from tests.interop import test_authentication, test_eap


class NewerGateway(OurClient):
    """Our client with its gateway."""

    gateway = "newer strongswan"


class NewerClient(TheirClient):
    """Its client with our gateway."""

    client = "newer strongswan"


class Version:
    """That it is what it is taken for."""

    def test_it_is_a_newer_one(self):
        tunnel = self.tunnel()
        self.assertGreaterEqual(int(strongswan.newer_version().split(".")[0]), 6)
        self.assertIn("strongSwan 6", self.theirs().swanctl("--stats") + self.theirs().swanctl("--version", "--daemon"))
        self.assertTrue(tunnel.client.session().is_connected)


class NewerAuthenticationOfOurClient(test_authentication.Authentication, Version, NewerGateway):
    """Certificates and pre-shared keys."""


class NewerAuthenticationOfTheirClient(test_authentication.Authentication, Version, NewerClient):
    """Certificates and pre-shared keys."""


class NewerEapOfOurClient(test_eap.Eap, NewerGateway):
    """Logins by EAP."""

    refusal = "the server refused EAP-MSCHAPv2"  # 6.1 ends with EAP-Failure at once and does not say why (RFC 2759 §6).
    test_gtc = None  # As with 5.9: its server checks GTC's password by PAM or XAuth, not by its own secrets.

    def test_ttls_with_a_wrong_password(self):
        self.refusal = "it closed the TLS session"  # Here neither.
        super().test_ttls_with_a_wrong_password()


class NewerEapOfTheirClient(test_eap.Eap, NewerClient):
    """Logins by EAP."""


class Offers:
    """It offers ML-KEM beside the classic methods; what we do not know is passed over."""

    def test_an_offer_with_ml_kem_falls_back_to_what_both_know(self):
        theirs = Options(ike="aes256gcm16-prfsha384-x25519-ke1_mlkem768,aes256gcm16-prfsha384-x25519")
        tunnel = self.tunnel(**self.options(theirs, Options()))
        self.assertTrue(tunnel.client.session().is_connected)


class NewerOffersOfTheirClient(Offers, NewerClient):
    """Its client begins."""


if __name__ == "__main__":
    unittest.main()
