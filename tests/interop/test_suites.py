"""Every cipher that both have, in both roles: IKE and ESP, AEAD and not, with each key exchange once."""

import unittest

from lab.tunnel_test_case import OurClient, TheirClient
from lab.vpn import Options


class Suites:
    """The suite that was asked for is the one in use, and carries traffic."""

    def check(self, ike, esp, ike_words, esp_words):
        options = Options(ike=ike, esp=esp)
        self.tunnel(client_options=options, gateway_options=options)
        session, = self.theirs().sessions()
        for word in ike_words:
            self.assertIn(word, session.suite)
        self.assertEqual([esp_words], list(session.child_suites))

    def test_aes_gcm_128_with_x25519(self):
        self.check("aes128gcm16-prfsha256-x25519", "aes128gcm16", ["AES_GCM_16", "CURVE_25519"], "AES_GCM_16_128")

    def test_aes_gcm_256_with_p384(self):
        self.check("aes256gcm16-prfsha384-ecp384", "aes256gcm16", ["AES_GCM_16", "ECP_384"], "AES_GCM_16_256")

    def test_aes_cbc_128_sha256_with_modp2048(self):
        self.check("aes128-sha256-modp2048", "aes128-sha256", ["AES_CBC", "MODP_2048"], "AES_CBC_128/HMAC_SHA2_256_128")

    def test_aes_cbc_256_sha384_with_modp3072(self):
        self.check("aes256-sha384-modp3072", "aes256-sha384", ["AES_CBC", "MODP_3072"], "AES_CBC_256/HMAC_SHA2_384_192")

    def test_aes_cbc_256_sha512_with_p521(self):
        self.check("aes256-sha512-ecp521", "aes256-sha512", ["AES_CBC", "ECP_521"], "AES_CBC_256/HMAC_SHA2_512_256")

    def test_chacha20_with_p256(self):
        self.check("chacha20poly1305-prfsha256-ecp256", "chacha20poly1305", ["CHACHA20_POLY1305", "ECP_256"],
                   "CHACHA20_POLY1305")

    def test_chacha20_with_modp4096(self):
        self.check("chacha20poly1305-prfsha512-modp4096", "chacha20poly1305", ["CHACHA20_POLY1305", "MODP_4096"],
                   "CHACHA20_POLY1305")

    def test_aes_gcm_192_with_x448(self):
        self.check("aes192gcm16-prfsha384-x448", "aes192gcm16", ["AES_GCM_16", "CURVE_448"], "AES_GCM_16_192")

    def test_aes_ccm_with_brainpool_256(self):
        self.check("aes128ccm16-prfsha256-ecp256bp", "aes128ccm16", ["AES_CCM_16", "ECP_256_BP"], "AES_CCM_16_128")

    def test_aes_ctr_with_brainpool_512(self):
        self.check("aes256ctr-sha256-ecp512bp", "aes256ctr-sha256", ["AES_CTR", "ECP_512_BP"], "AES_CTR_256/HMAC_SHA2_256_128")

    def test_aes_xcbc_with_modp6144(self):
        self.check("aes256-aesxcbc-modp6144", "aes256-aesxcbc", ["PRF_AES128_XCBC", "MODP_6144"],
                   "AES_CBC_256/AES_XCBC_96")

    def test_aes_cmac_with_modp8192(self):
        self.check("aes256-aescmac-modp8192", "aes256-aescmac", ["PRF_AES128_CMAC", "MODP_8192"],
                   "AES_CBC_256/AES_CMAC_96")

    def test_3des_with_modp1024(self):
        self.check("3des-sha1-modp1024", "3des-sha1", ["3DES_CBC", "MODP_1024"], "3DES_CBC/HMAC_SHA1_96")


class SuitesOfOurClient(Suites, OurClient):
    """Our client with strongSwan's gateway."""


class SuitesOfTheirClient(Suites, TheirClient):
    """strongSwan's client with our gateway."""


if __name__ == "__main__":
    unittest.main()
