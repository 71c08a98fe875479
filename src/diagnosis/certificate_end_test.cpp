#include "diagnosis/certificate_end.h"

#include <gtest/gtest.h>

#include "crypto/certificate_authority.h"
#include "ike/credentials.h"

namespace agilevpn::diagnosis {
namespace {

constexpr WallTime issued_on{std::chrono::sys_days{std::chrono::year{2026} / 11 / 1}.time_since_epoch()};

ike::CertificateAuth ending_after(std::chrono::days days) {
  const auto ca = crypto::CertificateAuthority::create("CN=CA", crypto::KeyType::EcdsaP256, issued_on,
                                                       issued_on + std::chrono::days{1000});
  const auto key = crypto::PrivateKey::generate(crypto::KeyType::EcdsaP256);
  const auto own = ca.issue({.subject = "CN=vpn",
                             .names = {},
                             .not_before = issued_on,
                             .not_after = issued_on + days,
                             .extended_key_usages = {}},
                            key.public_key());
  return ike::certificate_auth({*own}, "gateway");
}

TEST(CertificateEnd, IsNotMentionedWhileItIsFarAway) {
  EXPECT_FALSE(certificate_warning(ending_after(std::chrono::days{31}), issued_on));
}

TEST(CertificateEnd, IsToldThirtyDaysBeforeWithItsDay) {
  EXPECT_EQ(certificate_warning(ending_after(std::chrono::days{30}), issued_on),
            "the certificate CN=vpn ends on 2026-12-01, in 30 days: renew it");
}

TEST(CertificateEnd, IsToldAfterwards) {
  const auto auth = ending_after(std::chrono::days{2});
  EXPECT_EQ(certificate_warning(auth, issued_on + std::chrono::days{3}),
            "the certificate CN=vpn ended on 2026-11-03: nobody believes it any more; renew it");
  EXPECT_TRUE(is_valid(auth, issued_on));
  EXPECT_FALSE(is_valid(auth, issued_on + std::chrono::days{3}));
  EXPECT_FALSE(is_valid(auth, issued_on - std::chrono::days{1}));
}

}  // namespace
}  // namespace agilevpn::diagnosis
