#include "crypto/revocation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ocsp.h>

#include "crypto/certificate_authority.h"
#include "crypto/native.h"
#include "crypto/pem.h"

namespace agilevpn::crypto {
namespace {

using testing::HasSubstr;

constexpr WallTime this_day{std::chrono::sys_days{std::chrono::year{2026} / 11 / 20}.time_since_epoch()};

CertificateAuthority make_ca(const std::string& name) {
  return CertificateAuthority::create("CN=" + name, KeyType::EcdsaP256, this_day - 24h, this_day + 24h * 365);
}

struct ACertificate : testing::Test {
  Certificate issue(const std::string& name, std::vector<std::string> usages = {}) {
    key = PrivateKey::generate(KeyType::EcdsaP256);
    return *ca.issue({.subject = "CN=" + name,
                      .names = {},
                      .not_before = this_day - 1h,
                      .not_after = this_day + 24h * 30,
                      .extended_key_usages = std::move(usages)},
                     key.public_key());
  }
  Crl crl(const std::vector<CertificateAuthority::Revoked>& revoked, WallTime until) {
    return Crl::parse(as_bytes(*ca.issue_crl(revoked, this_day - 1h, until)))->front();
  }

  // As a responder does. OpenSSL stamps an answer with its own clock, so the times are given.
  struct Answer {
    int status = V_OCSP_CERTSTATUS_GOOD;
    WallTime from = this_day - 1min;
    std::optional<WallTime> until = this_day + 1h;
    std::optional<Bytes> nonce;
    bool is_signed_by_stranger = false;
    const Certificate* delegate = nullptr;
  };
  Bytes respond(const OpenStanding& about, const Answer& answer) {
    const Owned<OCSP_BASICRESP, OCSP_BASICRESP_free> basic{OCSP_BASICRESP_new()};
    const auto time = [](WallTime t) {
      return ASN1_TIME_set(nullptr, std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count());
    };
    const Owned<OCSP_CERTID, OCSP_CERTID_free> id{
        OCSP_cert_to_id(EVP_sha1(), Native::borrow(about.certificate), Native::borrow(about.issuer))};
    const Owned<ASN1_TIME, ASN1_TIME_free> from{time(answer.from)}, until{answer.until ? time(*answer.until) : nullptr},
        revoked{time(this_day - 2h)};
    OCSP_basic_add1_status(basic.get(), id.get(), answer.status, OCSP_REVOKED_STATUS_KEYCOMPROMISE,
                           answer.status == V_OCSP_CERTSTATUS_REVOKED ? revoked.get() : nullptr, from.get(),
                           until.get());
    if (answer.nonce) {
      Bytes copy = *answer.nonce;
      OCSP_basic_add1_nonce(basic.get(), writable(copy), static_cast<int>(copy.size()));
    }
    const CertificateAuthority stranger = make_ca("Stranger");
    const CertificateAuthority& signer = answer.is_signed_by_stranger ? stranger : ca;
    OCSP_basic_sign(basic.get(), Native::borrow(answer.delegate ? *answer.delegate : signer.certificate()),
                    Native::borrow(answer.delegate ? key : signer.key()), EVP_sha256(), nullptr, 0);
    const Owned<OCSP_RESPONSE, OCSP_RESPONSE_free> response{
        OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic.get())};
    return to_der(response.get(), i2d_OCSP_RESPONSE);
  }
  Standing hear(const Answer& answer) { return standing_by_ocsp(open, respond(open, answer), nonce, this_day); }

  CertificateAuthority ca = make_ca("CA");
  PrivateKey key = PrivateKey::generate(KeyType::EcdsaP256);
  Certificate anna = issue("anna");
  OpenStanding open{anna, ca.certificate(), {}, {}};
  Bytes nonce = Bytes(16, std::byte{7});
};

TEST_F(ACertificate, WithoutAFreshCrlIsAskedAbout) {
  const auto asked = open_standings({anna}, {ca.certificate()}, {}, this_day);
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].certificate, anna);
  EXPECT_EQ(asked[0].issuer, ca.certificate());
  EXPECT_EQ(open_standings({anna}, {ca.certificate()}, {crl({}, this_day - 1min)}, this_day).size(), 1u);
}

TEST_F(ACertificate, ThatAFreshCrlSpeaksOfIsNotAskedAbout) {
  EXPECT_TRUE(open_standings({anna}, {ca.certificate()}, {crl({}, this_day + 1h)}, this_day).empty());
}

TEST_F(ACertificate, OfAStrangerIsNotAskedAbout) {
  EXPECT_TRUE(open_standings({anna}, {make_ca("Other").certificate()}, {}, this_day).empty());
}

TEST_F(ACertificate, IsGoodOrRevokedByACrl) {
  const Standing good = standing_by_crl(open, crl({}, this_day + 1h), this_day);
  EXPECT_EQ(good.kind, Standing::Kind::Good);
  EXPECT_EQ(good.good_until, this_day + 1h);
  const Standing revoked = standing_by_crl(open, crl({{anna.serial(), this_day - 2h}}, this_day + 1h), this_day);
  EXPECT_EQ(revoked.kind, Standing::Kind::Revoked);
  EXPECT_EQ(revoked.detail, "revoked on 2026-11-19");
}

TEST_F(ACertificate, IsUnknownByACrlThatIsOldOrOfAnotherIssuer) {
  EXPECT_EQ(standing_by_crl(open, crl({}, this_day - 1min), this_day).kind, Standing::Kind::Unknown);
  ca = make_ca("CA");  // The same name, another key.
  EXPECT_EQ(standing_by_crl(open, crl({{anna.serial(), this_day - 2h}}, this_day + 1h), this_day).kind,
            Standing::Kind::Unknown);
}

TEST_F(ACertificate, IsGoodOrRevokedByOcsp) {
  EXPECT_EQ(hear({.nonce = nonce}).kind, Standing::Kind::Good);
  EXPECT_EQ(hear({.nonce = nonce}).good_until, this_day + 1h);
  const Standing revoked = hear({.status = V_OCSP_CERTSTATUS_REVOKED, .nonce = nonce});
  EXPECT_EQ(revoked.kind, Standing::Kind::Revoked);
  EXPECT_EQ(revoked.detail, "revoked on 2026-11-19");
  EXPECT_EQ(hear({.status = V_OCSP_CERTSTATUS_UNKNOWN, .nonce = nonce}).kind, Standing::Kind::Unknown);
}

TEST_F(ACertificate, IsGoodByAnAnswerThatWasMadeInAdvance) {
  EXPECT_EQ(hear({.nonce = {}}).kind, Standing::Kind::Good);
}

TEST_F(ACertificate, IsUnknownByAnAnswerToAnother) {
  EXPECT_THAT(hear({.nonce = Bytes(16, std::byte{8})}).detail, HasSubstr("nonce"));
}

TEST_F(ACertificate, IsUnknownByAnAnswerOfAnotherTime) {
  EXPECT_THAT(hear({.from = this_day - 3h, .until = this_day - 1h, .nonce = nonce}).detail, HasSubstr("too old"));
  EXPECT_THAT(hear({.from = this_day + 1h, .until = this_day + 2h, .nonce = nonce}).detail, HasSubstr("to come"));
  EXPECT_THAT(hear({.from = this_day - 1h, .until = std::nullopt, .nonce = nonce}).detail, HasSubstr("too old"));
  EXPECT_EQ(hear({.from = this_day + 4min, .until = this_day + 2h, .nonce = nonce}).kind,
            Standing::Kind::Good);  // Clocks differ.
}

TEST_F(ACertificate, IsUnknownByWhoMayNotSay) {
  EXPECT_THAT(hear({.nonce = nonce, .is_signed_by_stranger = true}).detail, HasSubstr("not signed"));
  const Certificate colleague = issue("bert");  // The same CA's, without the usage OCSPSigning.
  EXPECT_THAT(hear({.nonce = nonce, .delegate = &colleague}).detail, HasSubstr("not signed"));
}

TEST_F(ACertificate, IsGoodByTheIssuersDelegate) {
  const Certificate delegate = issue("responder", {"OCSPSigning"});
  EXPECT_EQ(hear({.nonce = nonce, .delegate = &delegate}).kind, Standing::Kind::Good);
}

TEST_F(ACertificate, IsUnknownByNonsense) {
  EXPECT_EQ(standing_by_ocsp(open, as_bytes("nonsense"), nonce, this_day).kind, Standing::Kind::Unknown);
  const Bytes whole = respond(open, {.nonce = nonce});
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(standing_by_ocsp(open, ByteView{whole}.first(size), nonce, this_day).kind, Standing::Kind::Unknown)
        << size;
}

}  // namespace
}  // namespace agilevpn::crypto
