#include "crypto/scrypt.h"

#include <gtest/gtest.h>

namespace agilevpn::crypto {
namespace {

std::string derive(std::string_view password, std::string_view salt, const ScryptCost& cost) {
  const auto key = scrypt(Secret(to_bytes(password)), as_bytes(salt), cost, 64);
  return key ? to_hex(key->view()) : "refused";
}

TEST(Scrypt, DerivesWhatRfc7914Says) {  // RFC 7914 §12
  EXPECT_EQ(derive("", "", {.log2_n = 4, .r = 1, .p = 1}),
            "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e"
            "0d3628cf35e20c38d18906");
  EXPECT_EQ(derive("password", "NaCl", {.log2_n = 10, .r = 8, .p = 16}),
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b3731622eaf30d92e22a3886ff109279d9830dac727afb94a"
            "83ee6d8360cbdfa2cc0640");
  EXPECT_EQ(derive("pleaseletmein", "SodiumChloride", {.log2_n = 14, .r = 8, .p = 1}),
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2d5432955613f0fcf62d49705242a9af9e61e85dc0d"
            "651e40dfcf017b45575887");
}

TEST(Scrypt, ACostOutOfBoundsIsRefused) {
  EXPECT_EQ(derive("a", "b", {.log2_n = 0, .r = 8, .p = 1}), "refused");
  EXPECT_EQ(derive("a", "b", {.log2_n = 31, .r = 8, .p = 1}), "refused");
  EXPECT_EQ(derive("a", "b", {.log2_n = 20, .r = 8, .p = 1}), "refused");  // 1 GiB
  EXPECT_EQ(derive("a", "b", {.log2_n = 10, .r = 0, .p = 1}), "refused");
}

}  // namespace
}  // namespace agilevpn::crypto
