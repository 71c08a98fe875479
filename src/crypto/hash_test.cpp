#include "crypto/hash.h"

#include <gtest/gtest.h>

namespace agilevpn::crypto {
namespace {

TEST(Hash, MatchesTheExamplesOfFips180) {
  EXPECT_EQ(to_hex(hash(HashId::Sha1, {as_bytes("abc")})), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(to_hex(hash(HashId::Sha2_256, {as_bytes("abc")})),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_hex(hash(HashId::Sha2_384, {as_bytes("abc")})),
            "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7");
  EXPECT_EQ(to_hex(hash(HashId::Sha2_512, {as_bytes("abc")})),
            "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423"
            "643ce80e2a9ac94fa54ca49f");
}

TEST(Hash, ReadsItsPartsAsOne) {
  EXPECT_EQ(hash(HashId::Sha1, {as_bytes("a"), {}, as_bytes("bc")}), hash(HashId::Sha1, {as_bytes("abc")}));
  EXPECT_EQ(hash(HashId::Identity, {as_bytes("a"), as_bytes("bc")}), to_bytes("abc"));
}

TEST(Hash, IsNamedAsRegistered) {
  EXPECT_EQ(to_string(HashId::Sha2_256), "SHA2-256");
  EXPECT_EQ(to_string(static_cast<HashId>(99)), "hash 99");
}

}  // namespace
}  // namespace agilevpn::crypto
