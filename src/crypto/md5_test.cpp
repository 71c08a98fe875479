#include "crypto/md5.h"

#include <gtest/gtest.h>

namespace agilevpn::crypto {
namespace {

TEST(Md5, HashesAsRfc1321AppendixA5) {
  EXPECT_EQ(to_hex(md5({})), "d41d8cd98f00b204e9800998ecf8427e");
  EXPECT_EQ(to_hex(md5({as_bytes("message "), as_bytes("digest")})), "f96b697d7cb7938d525a2f31aaf161d0");
}

TEST(Md5, MakesTheHmacsOfRfc2202) {
  EXPECT_EQ(to_hex(hmac_md5(Bytes(16, std::byte{0x0b}), as_bytes("Hi There"))), "9294727a3638bb1c13f48ef8158bfc9d");
  EXPECT_EQ(to_hex(hmac_md5(as_bytes("Jefe"), as_bytes("what do ya want for nothing?"))),
            "750c783e6ab0b503eaa86e310a5db738");
  EXPECT_EQ(
      to_hex(hmac_md5(Bytes(80, std::byte{0xaa}), as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))),
      "6b1ab7fe4bd7bf8f0b62e6ce61b9d0cd");
}

}  // namespace
}  // namespace agilevpn::crypto
