#include "crypto/prf.h"

#include <gtest/gtest.h>

namespace agilevpn::crypto {
namespace {

// NIST CAVS for SP 800-135, IKEv2 KDF with SHA-1 (count 100): the whole ladder of RFC 7296 §2.14, §2.17 and §2.18.
TEST(Prf, DerivesTheKeysOfTheNistVector) {
  const Prf prf = *Prf::find(PrfId::HmacSha1);
  const Bytes n_i = "32b50d5f4a3763f3"_hex;
  const Bytes n_r = "9206a04b26564cb1"_hex;
  const Bytes spi_i = "34c9e7c188868785"_hex;
  const Bytes spi_r = "3ff77d760d2b2199"_hex;
  const Bytes g_ir = "4b2c1f971981a8ad8d0abeafabf38cf75fc8349c148142465ed9c8b516b8be52"_hex;
  const Bytes g_ir_new = "863f3c9d06efd39d2b907b97f8699e5dd5251ef64a2a176f36ee40c87d4f9330"_hex;

  const Secret skeyseed = prf(concat({n_i, n_r}), {g_ir});
  EXPECT_EQ(to_hex(skeyseed.view()), "a9a7b222b59f8f48645f28a1db5b5f5d7479cba7");
  const Secret keys = prf.plus(skeyseed.view(), {n_i, n_r, spi_i, spi_r}, 132);
  EXPECT_EQ(to_hex(keys.view()),
            "a14293677cc80ff8f9cc0eee30d895da9d8f405666e30ef0dfcb63c634a46002a2a63080e514a062768b76606f9fa5e992204fc5"
            "a670bde3f10d6b027113936a5c55b648a194ae587b0088d52204b702c979fa280870d2ed41efa9c549fd11198af1670b143d384b"
            "d275c5f594cf266b05ebadca855e4249520a441a81157435a7a56cc4");
  const ByteView sk_d = keys.view().first(20);
  EXPECT_EQ(to_hex(prf.plus(sk_d, {n_i, n_r}, 20).view()), "8059e3ee8810e6c3a91bc8bcd2a7a41151b8d0e6");
  EXPECT_EQ(to_hex(prf.plus(sk_d, {g_ir_new, n_i, n_r}, 20).view()), "bb43244c1860ad65ee1e211ffe8bb3661750c8f8");
  EXPECT_EQ(to_hex(prf(sk_d, {g_ir_new, n_i, n_r}).view()), "63e81194946ebd05df7df5ebf5d8750056bf1f1d");
}

TEST(Prf, MatchesRfc4231) {  // §4.2, 4.3, 4.4, 4.5, 4.7
  struct Vector {
    std::string_view key, data, sha256, sha384, sha512;
  };
  const Vector vectors[] = {
      {"0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b", "4869205468657265",
       "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
       "afd03944d84895626b0825f4ab46907f15f9dadbe4101ec682aa034c7cebc59cfaea9ea9076ede7f4af152e8b2fa9cb6",
       "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cdedaa833b7d6b8a702038b274eaea3f4e4"
       "be9d914eeb61f1702e696c203a126854"},
      {"4a656665", "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
       "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
       "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
       "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fd"
       "caeab1a34d4a6b4b636e070a38bce737"},
      {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
       "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
       "dddd",
       "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
       "88062608d3e6ad8a0aa2ace014c8a86f0aa635d947ac9febe83ef4e55966144b2a5ab39dc13814b94e3ab6e101a34f27",
       "fa73b0089d56a284efb0f0756c890be9b1b5dbdd8ee81a3655f83e33b2279d39bf3e848279a722c806b485a47e67c807"
       "b946a337bee8942674278859e13292fb"},
      {"0102030405060708090a0b0c0d0e0f10111213141516171819",
       "cdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcdcd"
       "cdcd",
       "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
       "3e8a69b7783c25851933ab6290af6ca77a9981480850009cc5577c6e1f573b4e6801dd23c4a7d679ccf8a386c674cffb",
       "b0ba465637458c6990e5a8c5f61d4af7e576d97ff94b872de76f8050361ee3dba91ca5c11aa25eb4d679275cc5788063"
       "a5f19741120c4f2de2adebeb10a298dd"},
      {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
       "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
       "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579"
       "204669727374",
       "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
       "4ece084485813e9088d2c63a041bc5b44f9ef1012a2b588f3cd11f05033ac4c60c2ef6ab4030fe8296248df163f44952",
       "80b24263c7c1a3ebb71493c1dd7be8b49b46d1f41b4aeec1121b013783f8f3526b56d037e05f2598bd0fd2215d6a1e52"
       "95e64f73f63f0aec8b915a985d786598"},
  };
  for (const Vector& v : vectors) {
    const Bytes key = *from_hex(v.key);
    const Bytes data = *from_hex(v.data);
    EXPECT_EQ(to_hex((*Prf::find(PrfId::HmacSha2_256))(key, {data}).view()), v.sha256);
    EXPECT_EQ(to_hex((*Prf::find(PrfId::HmacSha2_384))(key, {data}).view()), v.sha384);
    EXPECT_EQ(to_hex((*Prf::find(PrfId::HmacSha2_512))(key, {data}).view()), v.sha512);
  }
}

struct AesVector {
  PrfId prf;
  std::string_view key, data, output;
};
void expect_outputs(std::initializer_list<AesVector> vectors) {
  for (const AesVector& v : vectors)
    EXPECT_EQ(to_hex((*Prf::find(v.prf))(*from_hex(v.key), {*from_hex(v.data)}).view()), v.output)
        << v.key << ' ' << v.data;
}

TEST(Prf, MatchesRfc3566AndRfc4434) {  // §4.6, and §2.1 for keys of other sizes
  constexpr std::string_view key = "000102030405060708090a0b0c0d0e0f";
  expect_outputs({
      {PrfId::Aes128Xcbc, key, "", "75f0251d528ac01c4573dfd584d79f29"},
      {PrfId::Aes128Xcbc, key, "000102", "5b376580ae2f19afe7219ceef172756f"},
      {PrfId::Aes128Xcbc, key, key, "d2a246fa349b68a79998a4394ff7a263"},
      {PrfId::Aes128Xcbc, key, "000102030405060708090a0b0c0d0e0f10111213", "47f51b4564966215b8985c63055ed308"},
      {PrfId::Aes128Xcbc, key, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
       "f54f0ec8d2b9f3d36807734bd5283fd4"},
      {PrfId::Aes128Xcbc, key, "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021",
       "becbb3bccdb518a30677d5481fb6b4d8"},
      {PrfId::Aes128Xcbc, "00010203040506070809", "000102030405060708090a0b0c0d0e0f10111213",
       "0fa087af7d866e7653434e602fdde835"},
      {PrfId::Aes128Xcbc, "000102030405060708090a0b0c0d0e0fedcb", "000102030405060708090a0b0c0d0e0f10111213",
       "8cd3c93ae598a9803006ffb67c40e9e4"},
  });
}

TEST(Prf, MatchesRfc4493AndRfc4615) {
  constexpr std::string_view key = "2b7e151628aed2a6abf7158809cf4f3c",
                             data = "000102030405060708090a0b0c0d0e0f10111213";
  expect_outputs({
      {PrfId::Aes128Cmac, key, "", "bb1d6929e95937287fa37d129b756746"},
      {PrfId::Aes128Cmac, key, "6bc1bee22e409f96e93d7e117393172a", "070a16b46b4d4144f79bdd9dd04a287c"},
      {PrfId::Aes128Cmac, "000102030405060708090a0b0c0d0e0fedcb", data, "84a348a4a45d235babfffc0d2b4da09a"},
      {PrfId::Aes128Cmac, "000102030405060708090a0b0c0d0e0f", data, "980ae87b5f4c9c5214f5b6a8455e4c2d"},
      {PrfId::Aes128Cmac, "00010203040506070809", data, "290d9e112edb09ee141fcf64c0b72f3d"},
  });
}

class EveryPrf : public testing::TestWithParam<PrfId> {};
INSTANTIATE_TEST_SUITE_P(Prf, EveryPrf,
                         testing::Values(PrfId::HmacSha1, PrfId::HmacSha2_256, PrfId::HmacSha2_512, PrfId::Aes128Xcbc,
                                         PrfId::Aes128Cmac));

TEST_P(EveryPrf, PlusIsAPrefixOfItsLongerSelf) {
  const Prf prf = *Prf::find(GetParam());
  const Bytes key = "0102"_hex;
  const Secret longest = prf.plus(key, {as_bytes("seed")}, 255 * prf.output_size());
  for (const std::size_t size : {0u, 1u, 31u, 32u, 33u, 64u, 100u}) {
    const Secret shorter = prf.plus(key, {as_bytes("seed")}, size);
    EXPECT_TRUE(equal(shorter.view(), longest.view().first(size))) << size;
  }
  EXPECT_TRUE(prf(key, {as_bytes("seed"), "01"_hex}) == Secret::copy_of(longest.view().first(prf.output_size())));
}

TEST(Prf, TakesKeysOfAnySize) {
  const Prf prf = *Prf::find(PrfId::HmacSha2_256);
  EXPECT_EQ(to_hex(prf({}, {}).view()), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  EXPECT_EQ(prf(Bytes(1000), {}).size(), 32u);
}

TEST(Prf, KnowsItsSizesAndWhatItCannotDo) {
  EXPECT_EQ(Prf::find(PrfId::HmacSha1)->key_size(), 20u);
  EXPECT_EQ(Prf::find(PrfId::HmacSha2_384)->output_size(), 48u);
  EXPECT_EQ(Prf::find(PrfId::HmacSha2_512)->id(), PrfId::HmacSha2_512);
  EXPECT_FALSE(Prf::find(PrfId::HmacMd5));
  EXPECT_FALSE(Prf::find(static_cast<PrfId>(99)));
}

}  // namespace
}  // namespace agilevpn::crypto
