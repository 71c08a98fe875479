#include "crypto/cms.h"

#include <gtest/gtest.h>

#include "crypto/certificate_authority.h"

namespace agilevpn::crypto {
namespace {

const WallTime start =
    std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now()) - std::chrono::hours{1};

struct Signer {
  CertificateAuthority ca =
      CertificateAuthority::create("CN=Signing CA", KeyType::EcdsaP256, start, start + std::chrono::days{2});
  PrivateKey key = PrivateKey::generate(KeyType::EcdsaP256);
  Certificate certificate = ca.issue({.subject = "CN=signer",
                                      .names = {},
                                      .not_before = start,
                                      .not_after = start + std::chrono::days{1},
                                      .extended_key_usages = {"serverAuth"}},
                                     key.public_key())
                                .value();
};

TEST(Cms, WhatWasSignedComesOutForWhoTrustsTheCa) {
  const Signer signer;
  const Bytes message = sign_cms(as_bytes("hello"), signer.certificate, {}, signer.key).value();
  EXPECT_EQ(open_cms(message, {signer.ca.certificate()}), to_bytes("hello"));
}

TEST(Cms, ChangedOctetsAndOtherCasAreRefused) {
  const Signer signer, stranger;
  Bytes message = sign_cms(as_bytes("hello"), signer.certificate, {}, signer.key).value();
  EXPECT_FALSE(open_cms(message, {stranger.ca.certificate()}));
  const auto place = std::ranges::search(message, to_bytes("hello"));
  ASSERT_FALSE(place.empty());
  place.front() = std::byte{'j'};
  EXPECT_FALSE(open_cms(message, {signer.ca.certificate()}));
  EXPECT_FALSE(open_cms(as_bytes("no CMS"), {signer.ca.certificate()}));
}

TEST(Cms, AKeyOfSomebodyElseSignsNothing) {
  const Signer signer, stranger;
  EXPECT_FALSE(sign_cms(as_bytes("hello"), signer.certificate, {}, stranger.key));
}

}  // namespace
}  // namespace agilevpn::crypto
