"""strongSwan offers what the stock clients offer, in both roles, with and without ESN, PFS, fragmentation and MOBIKE: our order
decides over the whole of it, and what comes of it is what both have.

How these clients speak besides is modelled in the simulator (sim/stock); here a real peer holds their algorithms against ours.
"""

import dataclasses
import itertools
import json
import unittest

from lab import network
from lab.process import wait_until
from lab.tunnel_test_case import PATIENCE, OurClient, TheirClient
from lab.vpn import Options


@dataclasses.dataclass(frozen=True)
class Offer:
    """What a stock client offers, the named policy of ours that serves it, and what is to come of the two."""
    ike: str
    esp: str
    policy: str
    ike_words: tuple
    esp_suite: str
    pfs: tuple  # The groups of rekeys with PFS, in strongSwan's words and in ours.
    signature_authentication: bool = True

    @property
    def may_have_esn(self):
        """Whether our policies want ESN with its suite: not with one that is for peers of old."""
        return "SHA1" not in self.esp_suite


def _each(ciphers, rest):
    """As Windows lists them: a proposal for each combination."""
    return ",".join(f"{cipher}-{integrity}-{rest}" for cipher in ciphers for integrity in ("sha1", "sha256", "sha384"))


_WINDOWS = {"signature_authentication": False}
_WINDOWS_ESP = "aes256-sha1,aes128-sha1,3des-sha1"
_UNTOUCHED = _each(("3des", "aes128", "aes192", "aes256"), "modp1024")
_ANDROID_PRFS = "prfsha512-prfsha384-prfsha256-prfaesxcbc-prfaescmac-prfsha1"
_ANDROID_GROUPS = "modp4096-x25519-modp3072-modp2048"
_MODP2048 = ("modp2048", "MODP-2048")
_P384 = ("ecp384", "P-384")

OFFERS = {
    "windows_untouched": Offer(_UNTOUCHED, _WINDOWS_ESP, "legacy-windows", ("AES-CBC", "MODP-1024"), "AES-CBC-256/HMAC-SHA1-96",
                               ("modp1024", "MODP-1024"), **_WINDOWS),
    "windows_with_registry_value_1": Offer(f"{_UNTOUCHED},{_each(('aes256',), 'modp2048')}", _WINDOWS_ESP, "compatible",
                                           ("AES-CBC", "MODP-2048"), "AES-CBC-256/HMAC-SHA1-96", _MODP2048, **_WINDOWS),
    "windows_with_registry_value_2": Offer(_each(("aes256",), "modp2048"), _WINDOWS_ESP, "compatible", ("AES-CBC", "MODP-2048"),
                                           "AES-CBC-256/HMAC-SHA1-96", _MODP2048, **_WINDOWS),
    "windows_by_profile": Offer("aes256-sha384-ecp384", "aes256gcm16", "modern", ("AES-CBC", "P-384"), "AES-GCM-16-256", _P384, **_WINDOWS),
    "ios_by_hand": Offer("aes256-sha256-modp2048,aes256-sha256-ecp256,aes256-sha256-modp1536,aes128-sha1-modp1024,3des-sha1-modp1024",
                         "aes256-sha256,aes256-sha256,aes256-sha256,aes128-sha1,3des-sha1", "compatible", ("AES-CBC-256",),
                         "AES-CBC-256/HMAC-SHA2-256-128", _MODP2048),
    "macos_by_hand": Offer("aes256-sha256-modp2048", "aes256-sha256", "compatible", ("AES-CBC", "MODP-2048"),
                           "AES-CBC-256/HMAC-SHA2-256-128", _MODP2048),
    "apple_by_profile": Offer("aes256gcm16-prfsha256-ecp256", "aes256gcm16", "modern", ("AES-GCM-16", "P-256"), "AES-GCM-16-256",
                              ("ecp256", "P-256")),
    "android_11": Offer("aes128-aes192-aes256-sha1-aesxcbc-sha256-sha384-sha512-prfaesxcbc-prfsha1-modp2048-modp1024,"
                        "aes128gcm8-aes192gcm8-aes256gcm8-aes128gcm12-aes192gcm12-aes256gcm12-aes128gcm16-aes192gcm16-aes256gcm16-"
                        "prfaesxcbc-prfsha1-modp2048-modp1024",
                        "aes128-aes192-aes256-sha1-sha256-sha384-sha512,aes128gcm16-aes192gcm16-aes256gcm16", "compatible",
                        ("AES-GCM-16", "MODP-2048"), "AES-GCM-16-256", _MODP2048),
    "android_13": Offer(f"aes256ctr-aes192ctr-aes128ctr-aes256-aes192-aes128-sha512-sha384-sha256-aesxcbc-aescmac-{_ANDROID_PRFS}-{_ANDROID_GROUPS},"
                        f"chacha20poly1305-aes256gcm16-aes192gcm16-aes128gcm16-aes256gcm12-aes256gcm8-{_ANDROID_PRFS}-{_ANDROID_GROUPS}",
                        "aes256-aes128-sha512-sha384-sha256,chacha20poly1305-aes256gcm16-aes128gcm16", "modern",
                        ("AES-GCM-16", "X25519"), "AES-GCM-16-256", ("x25519-modp4096", "X25519", "MODP-4096")),
}


@dataclasses.dataclass(frozen=True)
class Features:
    """With what of these."""
    esn: bool
    pfs: bool
    fragmentation: bool
    mobike: bool


# Any two of the four occur in each of their four combinations. Each client gets these rows with some of the features turned
# round, another set for each, which keeps that true and, over all clients, has every one of the sixteen combinations. All
# sixteen for every client would be 144 tunnels in place of 45, about two minutes in place of 40 s for each version and role.
_PAIRS = ((0, 0, 0, 0), (0, 1, 1, 1), (1, 0, 1, 1), (1, 1, 0, 1), (1, 1, 1, 0))


def combinations(number):
    """Those of the client of this number."""
    turned = (number & 1, number >> 1 & 1, number >> 2 & 1, number >> 3 & 1)
    return [Features(*(bool(a ^ b) for a, b in zip(row, turned))) for row in _PAIRS]


class Combinations(unittest.TestCase):
    """What the matrix leaves out."""

    def test_any_two_features_occur_in_all_their_combinations_for_each_client(self):
        for number in range(len(OFFERS)):
            for one, other in itertools.combinations(range(4), 2):
                seen = {dataclasses.astuple(row)[one:other + 1:other - one] for row in combinations(number)}
                self.assertEqual(4, len(seen))

    def test_all_combinations_occur_for_some_client(self):
        self.assertEqual(16, len({row for number in range(len(OFFERS)) for row in combinations(number)}))


class StockOffers:
    """A suite of both is in use, the best one where we choose, carries traffic both ways, and is rekeyed by either side. One
    lab and one pair of daemons for each policy of ours; strongSwan is given one connection after the other."""

    def test_offers_for_policy_modern(self):
        self.check_policy("modern")

    def test_offers_for_policy_compatible(self):
        self.check_policy("compatible")

    def test_offers_for_policy_legacy_windows(self):
        self.check_policy("legacy-windows")

    def check_policy(self, policy):
        self.tunnel(connect=False, **self.options(Options(), Options(policy=policy, fragment_size=_SMALL)))
        for number, (name, offer) in enumerate(OFFERS.items()):
            for features in combinations(number) if offer.policy == policy else ():
                with self.subTest(name, **dataclasses.asdict(features)):
                    self.check(offer, features)

    def check(self, offer, features):
        self.theirs().change(self.their_options(offer, features))
        self._seen, self._said = len(self.ours().event_lines()), len(self.theirs().log())
        try:
            self.check_connected(offer, features)
        finally:
            self._pair.client.disconnect()
            self.wait_for_end()

    def their_options(self, offer, features):
        group = f"-{offer.pfs[0]}" if features.pfs else ""
        numbers = "-noesn-esn" if features.esn else "-noesn"
        esp = ",".join(f"{proposal}{group}{numbers}" for proposal in offer.esp.split(","))
        return Options(ike=offer.ike, esp=esp, mobike=features.mobike, fragment_size=_SMALL, fragmentation=features.fragmentation,
                       signature_authentication=offer.signature_authentication)

    def check_connected(self, offer, features):
        has_esn = self.takes_esn and features.esn and offer.may_have_esn
        self.connect(has_esn)
        established, = wait_until(lambda: self.events("IkeSaEstablished"), PATIENCE, what="the event of an IKE SA")
        self.assertEqual(features.mobike, established["is_mobike"])
        self.assert_fragments(features.fragmentation)
        self.assert_ike(offer, established["suite"])
        first, = wait_until(lambda: self.events("ChildSaEstablished"), PATIENCE, what="the event of a Child SA")
        if self.is_our_choice:
            self.assertEqual(offer.esp_suite, first["suite"].removesuffix(_ESN))
        self.assertEqual(has_esn, first["suite"].endswith(_ESN), first["suite"])
        if has_esn:
            return self.check_another_child(offer, features)
        self.assert_traffic_both_ways()
        if not (features.esn and offer.may_have_esn):  # At their own rekey we choose, and would take ESN.
            self.check_child(offer, features, lambda: self.theirs().swanctl("--rekey", "--child", "net"))
        self.check_child(offer, features, lambda: self.ours().rekey("--child"))
        self.assert_traffic_both_ways()

    def assert_ike(self, offer, suite):
        for word in offer.ike_words if self.is_our_choice else ():
            self.assertIn(word, suite)
        session, = self.theirs().sessions()
        cipher, prf = session.suite.split("/")[:2]
        for word in (cipher, prf):  # Both ends mean the same.
            self.assertIn(word, suite.replace("-", "_").replace("3DES", "3DES_CBC"))

    def assert_fragments(self, are_wanted):
        """Both ends' certificates are too long for one message of this size."""
        said = self.theirs().log()[self._said:]
        self.assertEqual(are_wanted, "splitting IKE message" in said)
        self.assertEqual(are_wanted, "received fragment #" in said)
        announced = [message["direction"] for message in self.events("MessageSeen")
                     if message["exchange"] == "IKE_SA_INIT" and "N IKEV2_FRAGMENTATION_SUPPORTED" in message["payloads"]]
        self.assertEqual(are_wanted, "received" in announced)

    def assert_traffic_both_ways(self):
        lab, inner = self._pair.lab, self._pair.client.session().inner
        for host, address in ((lab.client, network.SERVER), (lab.client, network.SERVER6), *((lab.server, at) for at in inner)):
            wait_until(lambda: host.can_reach(address), PATIENCE, what=f"an answer of {address}")

    def check_child(self, offer, features, make, is_rekey=True):
        """Another Child SA has a key exchange of its own with PFS, whose group is then a part of the suite."""
        done = len(self.events("ChildSaEstablished"))
        make()
        child, = wait_until(lambda: self.events("ChildSaEstablished")[done:], PATIENCE, what="another Child SA")
        group = child["suite"].removesuffix(_ESN).partition(" / ")[2]
        self.assertIn(group, offer.pfs[1:] if features.pfs else [""])
        self.assertEqual(is_rekey, child["is_rekey"])
        if is_rekey:
            self.assertFalse(child["suite"].endswith(_ESN))
            self.wait_for_session(lambda now: len(now.child_spis) == 1, "one Child SA", self.ours())
        else:
            self.assertTrue(child["suite"].endswith(_ESN))

    def check_another_child(self, offer, features):
        """Without a Child SA to rekey: they ask for one in an exchange of its own, which says the same of PFS."""
        self.assertIn("ESN not supported", self.theirs().log()[self._said:])
        self.check_child(offer, features, is_rekey=False, make=lambda: self.theirs().swanctl(
            "--initiate", "--child", "net", "--timeout", PATIENCE, check=False))

    def events(self, kind):
        """Ours of this kind since the combination began."""
        events = map(json.loads, self.ours().event_lines()[self._seen:])
        return [event for event in events if event["event"] == kind]


_SMALL = 576  # Octets of a fragment.
_ESN = ", ESN"


class OffersOfTheirClient(StockOffers, TheirClient):
    """strongSwan's client with our gateway, which chooses: ESN where that is offered. Its userspace ESP (kernel-libipsec) has
    none and gives such a Child SA up, so there what was negotiated is all that can be seen."""

    is_our_choice = takes_esn = True

    def connect(self, has_esn):
        self.theirs().swanctl("--initiate", "--child", "net", "--timeout", PATIENCE, check=not has_esn)


class OffersOfTheirGateway(StockOffers, OurClient):
    """Our client with strongSwan's gateway, which takes the first of its own that we offer: we offer ESN too, and it has both,
    but wants it less."""

    is_our_choice = takes_esn = False

    def connect(self, _):
        self.ours().connect()


if __name__ == "__main__":
    unittest.main()
