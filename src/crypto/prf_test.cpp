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

TEST(Prf, PlusIsAPrefixOfItsLongerSelf) {
  const Prf prf = *Prf::find(PrfId::HmacSha2_256);
  const Bytes key = "0102"_hex;
  const Secret longest = prf.plus(key, {as_bytes("seed")}, 255 * 32);
  for (const std::size_t size : {0u, 1u, 31u, 32u, 33u, 64u, 100u}) {
    const Secret shorter = prf.plus(key, {as_bytes("seed")}, size);
    EXPECT_TRUE(equal(shorter.view(), longest.view().first(size))) << size;
  }
  EXPECT_TRUE(prf(key, {as_bytes("seed"), "01"_hex}) == Secret::copy_of(longest.view().first(32)));
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
