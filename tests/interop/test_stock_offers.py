"""strongSwan offers what the stock clients offer, in both roles: our order decides over the whole of it, and rekeys go on.

How these clients speak besides is modelled in the simulator (sim/stock); here a real peer holds their algorithms against ours.
"""

import dataclasses
import unittest

from lab.tunnel_test_case import OurClient, TheirClient
from lab.vpn import Options


@dataclasses.dataclass(frozen=True)
class Offer:
    """What a stock client offers, the named policy of ours that serves it, and what is to come of the two."""
    ike: str
    esp: str
    policy: str
    ike_words: tuple
    esp_words: str
    rekey_esp: str | None = None  # As it offers at a rekey, where that is something else.
    mobike: bool = True
    fragment_size: int | None = None
    signature_authentication: bool = True


def _each(ciphers, rest):
    """As Windows lists them: a proposal for each combination."""
    return ",".join(f"{cipher}-{integrity}-{rest}" for cipher in ciphers for integrity in ("sha1", "sha256", "sha384"))


_WINDOWS = {"fragment_size": 576, "signature_authentication": False}
_WINDOWS_ESP = "aes256-sha1,aes128-sha1,3des-sha1"
_UNTOUCHED = _each(("3des", "aes128", "aes192", "aes256"), "modp1024")
_ANDROID_PRFS = "prfsha512-prfsha384-prfsha256-prfaesxcbc-prfaescmac-prfsha1"
_ANDROID_GROUPS = "modp4096-x25519-modp3072-modp2048"

OFFERS = {
    "windows_untouched": Offer(_UNTOUCHED, _WINDOWS_ESP, "legacy-windows", ("AES_CBC", "MODP_1024"), "AES_CBC_256/HMAC_SHA1_96", **_WINDOWS),
    "windows_with_registry_value_1": Offer(f"{_UNTOUCHED},{_each(('aes256',), 'modp2048')}", _WINDOWS_ESP, "compatible",
                                           ("AES_CBC", "MODP_2048"), "AES_CBC_256/HMAC_SHA1_96", **_WINDOWS),
    "windows_with_registry_value_2": Offer(_each(("aes256",), "modp2048"), _WINDOWS_ESP, "compatible", ("AES_CBC", "MODP_2048"),
                                           "AES_CBC_256/HMAC_SHA1_96", **_WINDOWS),
    "windows_by_profile": Offer("aes256-sha384-ecp384", "aes256gcm16", "modern", ("AES_CBC", "ECP_384"), "AES_GCM_16_256", **_WINDOWS),
    "windows_by_profile_with_pfs": Offer("aes256-sha384-ecp384", "aes256gcm16", "modern", ("AES_CBC", "ECP_384"), "AES_GCM_16_256",
                                         rekey_esp="aes256gcm16-ecp384", **_WINDOWS),
    "ios_by_hand": Offer("aes256-sha256-modp2048,aes256-sha256-ecp256,aes256-sha256-modp1536,aes128-sha1-modp1024,3des-sha1-modp1024",
                         "aes256-sha256,aes256-sha256,aes256-sha256,aes128-sha1,3des-sha1", "compatible", ("AES_CBC",),
                         "AES_CBC_256/HMAC_SHA2_256_128", rekey_esp="aes256-sha256-modp2048,aes256-sha256"),
    "macos_by_hand": Offer("aes256-sha256-modp2048", "aes256-sha256", "compatible", ("AES_CBC", "MODP_2048"), "AES_CBC_256/HMAC_SHA2_256_128"),
    "apple_by_profile": Offer("aes256gcm16-prfsha256-ecp256", "aes256gcm16", "modern", ("AES_GCM_16", "ECP_256"), "AES_GCM_16_256"),
    "android_11": Offer("aes128-aes192-aes256-sha1-aesxcbc-sha256-sha384-sha512-prfaesxcbc-prfsha1-modp2048-modp1024,"
                        "aes128gcm8-aes192gcm8-aes256gcm8-aes128gcm12-aes192gcm12-aes256gcm12-aes128gcm16-aes192gcm16-aes256gcm16-"
                        "prfaesxcbc-prfsha1-modp2048-modp1024",
                        "aes128-aes192-aes256-sha1-sha256-sha384-sha512,aes128gcm16-aes192gcm16-aes256gcm16", "compatible",
                        ("AES_GCM_16", "MODP_2048"), "AES_GCM_16_256", mobike=False),
    "android_13": Offer(f"aes256ctr-aes192ctr-aes128ctr-aes256-aes192-aes128-sha512-sha384-sha256-aesxcbc-aescmac-{_ANDROID_PRFS}-{_ANDROID_GROUPS},"
                        f"chacha20poly1305-aes256gcm16-aes192gcm16-aes128gcm16-aes256gcm12-aes256gcm8-{_ANDROID_PRFS}-{_ANDROID_GROUPS}",
                        "aes256-aes128-sha512-sha384-sha256,chacha20poly1305-aes256gcm16-aes128gcm16", "modern",
                        ("AES_GCM_16", "CURVE_25519"), "AES_GCM_16_256"),
}


class StockOffers:
    """A suite of both is in use, the best one where we choose, carries traffic, and is rekeyed by strongSwan."""

    def check(self, offer):
        theirs = Options(ike=offer.ike, esp=offer.rekey_esp or offer.esp, mobike=offer.mobike, fragment_size=offer.fragment_size,
                         signature_authentication=offer.signature_authentication)
        self.tunnel(**self.options(theirs, Options(policy=offer.policy)))
        session, = self.theirs().sessions()
        if self.is_our_choice:
            for word in offer.ike_words:
                self.assertIn(word, session.suite)
            self.assertEqual([offer.esp_words], list(session.child_suites))
        self.theirs().swanctl("--rekey", "--child", "net")
        self.wait_for_session(lambda now: now.is_connected and now.child_spis[-1] != session.child_spis[-1], "new SPIs", self.theirs())
        self.assert_traffic()


for _name, _offer in OFFERS.items():
    setattr(StockOffers, f"test_{_name}", lambda self, offer=_offer: self.check(offer))


class OffersOfTheirClient(StockOffers, TheirClient):
    """strongSwan's client with our gateway, which chooses."""

    is_our_choice = True


class OffersOfTheirGateway(StockOffers, OurClient):
    """Our client with strongSwan's gateway, which takes the first of its own that we offer."""

    is_our_choice = False


if __name__ == "__main__":
    unittest.main()
