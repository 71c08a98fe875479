"""strongSwan 6 as client and as gateway: what test_authentication.py and test_eap.py show with Debian's 5.9, and what is new."""

import ssl
import unittest

from lab import strongswan
from lab.tunnel_test_case import OurClient, TheirClient
from lab.vpn import Options
from tests.interop import test_authentication, test_eap, test_rekeying


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


_has_ml_kem = ssl.OPENSSL_VERSION_INFO >= (3, 5)


class Offers:
    """It offers additional key exchanges beside the classic methods; what we do not know is passed over."""

    def test_an_offer_with_an_additional_key_exchange_falls_back_to_what_both_know(self):
        theirs = Options(ike="aes256gcm16-prfsha384-x25519-ke1_ecp384,aes256gcm16-prfsha384-x25519")
        tunnel = self.tunnel(**self.options(theirs, Options(ike="aes256gcm16-prfsha384-x25519")))
        self.assertTrue(tunnel.client.session().is_connected)

    def test_an_offer_with_ml_kem_gets_it_wherever_our_openssl_has_it(self):
        theirs = Options(ike="aes256gcm16-prfsha384-x25519-ke1_mlkem768,aes256gcm16-prfsha384-x25519")
        tunnel = self.tunnel(**self.options(theirs, Options()))
        self.assertTrue(tunnel.client.session().is_connected)
        session, = self.theirs().sessions()
        self.assertEqual(_has_ml_kem, session.suite.endswith("ML_KEM_768"), session.suite)


class NewerOffersOfTheirClient(Offers, NewerClient):
    """Its client begins."""


class AdditionalKeyExchanges:
    """IKE_INTERMEDIATE (RFC 9242), and IKE_FOLLOWUP_KE at rekeys (RFC 9370)."""

    def hybrid(self, words, names, theirs=None, ours=None):
        """A tunnel with these key exchanges beside X25519; `theirs` and `ours` say who rekeys what how soon."""
        proposals = {"ike": f"aes256gcm16-prfsha384-x25519-{words}", "esp": f"aes256gcm16-x25519-{words}"}
        tunnel = self.tunnel(**self.options(Options(**proposals, **(theirs or {})), Options(**proposals, **(ours or {}))))
        self.assert_suite(names)
        return tunnel

    def assert_suite(self, names):
        session, = self.theirs().sessions()
        self.assertEqual(f"AES_GCM_16/PRF_HMAC_SHA2_384/CURVE_25519/{names}", session.suite.rstrip("/"))

    def check_rekey(self, identity, **who):
        tunnel = self.hybrid("ke1_ecp384", "ECP_384", **who)
        for _ in range(2):
            before = identity(tunnel.client.session())
            self.wait_for_session(lambda session: session.is_connected and identity(session) != before, "new SPIs")
        self.assert_traffic()
        self.assert_suite("ECP_384")

    def test_one(self):
        self.hybrid("ke1_ecp384", "ECP_384")

    def test_two_of_which_one_comes_in_fragments(self):
        small = {"fragment_size": 600}
        self.hybrid("ke1_x448-ke2_modp8192", "CURVE_448/MODP_8192", theirs=small, ours=small)
        self.assertRegex(self.theirs().log(), r"IKE_INTERMEDIATE (request|response) 2 \[ EF\(2/")

    def test_we_rekey_the_child_sa(self):
        self.check_rekey(lambda session: session.child_spis, ours={"rekey_child": test_rekeying.SOON})

    def test_they_rekey_the_child_sa(self):
        self.check_rekey(lambda session: session.child_spis, theirs={"rekey_child": test_rekeying.SOON})

    def test_we_rekey_the_ike_sa(self):
        self.check_rekey(lambda session: (session.spi_i, session.spi_r), ours={"rekey_ike": test_rekeying.SOON})

    def test_they_rekey_the_ike_sa(self):
        self.check_rekey(lambda session: (session.spi_i, session.spi_r), theirs={"rekey_ike": test_rekeying.SOON})

    @unittest.skipUnless(_has_ml_kem, "our OpenSSL is older than 3.5, which brought ML-KEM")
    def test_ml_kem_768(self):
        self.hybrid("ke1_mlkem768", "ML_KEM_768")

    @unittest.skipUnless(_has_ml_kem, "our OpenSSL is older than 3.5, which brought ML-KEM")
    def test_ml_kem_1024_in_fragments(self):
        self.hybrid("ke1_mlkem1024", "ML_KEM_1024")


class AdditionalKeyExchangesOfOurClient(AdditionalKeyExchanges, NewerGateway):
    """Our client with its gateway."""


class AdditionalKeyExchangesOfTheirClient(AdditionalKeyExchanges, NewerClient):
    """Its client with our gateway."""


if __name__ == "__main__":
    unittest.main()
