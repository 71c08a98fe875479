// What goes wrong before anybody says who they are: crafted datagrams of many kinds of clients at a real gateway.
#include <fmt/format.h>

#include "ike/typed_proposal.h"
#include "ike/wire/message.h"
#include "tests/diagnosis/planted.h"

namespace agilevpn::roles {
namespace {

using diagnosis::Step;
using ike::wire::NotifyType;
using testing::ElementsAre;
using testing::IsEmpty;

const Bytes windows_7 = "1e2b516905991c7d7c96fcbfb587e46100000007"_hex;
const Bytes windows_10 = "1e2b516905991c7d7c96fcbfb587e46100000009"_hex;

ike::wire::Proposal proposal(std::initializer_list<ike::wire::Transform> transforms) {
  return {.number = 1, .protocol = ike::wire::ProtocolId::Ike, .spi = {}, .transforms = transforms};
}

using T = ike::wire::Transform;
using crypto::EncryptionId;
using crypto::IntegrityId;
using crypto::KeyExchangeId;
using crypto::PrfId;

// A gateway alone, and whoever writes to it.
class Algorithms : public testing::Test {
 protected:
  Algorithms() : config(world.config()) {}

  void start() {
    gateway::Config copy{.name = config.name, .identity = config.identity, .certificate = config.certificate};
    copy.policy = config.policy;
    copy.pools = config.pools;
    copy.rules = config.rules;
    gateway = std::make_unique<gateway::Gateway>(std::move(copy),
                                                 sim::Credentials::with_certificate("vpn.example.org").trust(), random);
    gateway->handle_wall_time(now, sim::calendar_start);
  }

  ike::wire::Message init(std::vector<ike::wire::Proposal> proposals, KeyExchangeId method = KeyExchangeId::Curve25519,
                          std::size_t ke_size = 32) {
    ike::wire::Message message;
    message.header = {.spi_i = IkeSpi{++spi},
                      .spi_r = {},
                      .exchange = ike::wire::ExchangeType::IkeSaInit,
                      .is_from_original_initiator = true};
    message.payloads = {ike::wire::payload(ike::wire::SaPayload{std::move(proposals)}),
                        ike::wire::payload(ike::wire::KePayload{method, Bytes(ke_size, std::byte{9})}),
                        ike::wire::payload(ike::wire::NoncePayload{Bytes(32, std::byte{7})})};
    return message;
  }
  static ike::wire::Proposal good() {
    return proposal({T::of(EncryptionId::AesGcm16, 256), T::of(PrfId::HmacSha2_256), T::of(KeyExchangeId::Curve25519)});
  }

  void send(const Bytes& datagram, const char* from = "203.0.113.77") {
    if (!gateway) start();
    const Path path{{*IpAddress::parse("203.0.113.2"), 500}, {*IpAddress::parse(from), 500}};
    gateway->handle_datagram(now, path, datagram);
    collect();
  }
  void send(const ike::wire::Message& message, const char* from = "203.0.113.77") {
    send(ike::wire::encode_message(message), from);
  }

  // As a real client does that is asked for one.
  void send_with_cookie(const char* from) {
    auto message = init({good()});
    answer.clear();
    send(message, from);
    const auto reply = ike::wire::decode_message(answer);
    const auto* cookie = reply ? ike::wire::find_notify(reply->payloads, NotifyType::Cookie) : nullptr;
    if (!cookie) return;
    message.payloads.insert(message.payloads.begin(), ike::wire::notify(NotifyType::Cookie, cookie->data));
    send(message, from);
  }

  void pass(Duration time) {
    for (const Instant end = now + time; gateway->poll_timeout() && *gateway->poll_timeout() <= end;) {
      now = std::max(now, *gateway->poll_timeout());
      gateway->handle_timeout(now);
      collect();
    }
  }
  void collect() {
    while (const auto event = gateway->poll_event()) attempts.handle_event(sim::calendar(now), *event);
    while (const auto transmit = gateway->poll_transmit()) answer = transmit->datagram;
  }
  diagnosis::Diagnosis why(std::string_view who = {}) {
    const auto* attempt = attempts.last(who);
    EXPECT_TRUE(attempt);
    return attempt ? diagnosis::explain(*attempt, config) : diagnosis::Diagnosis{.explanations = {{}}};
  }
  std::string cause() { return why().explanations.front().cause; }

  RolesWorld world;
  SeededRandom random{1};
  gateway::Config config;
  std::unique_ptr<gateway::Gateway> gateway;
  diagnosis::Attempts attempts;
  Instant now{};
  std::uint64_t spi = 0;
  Bytes answer;
};

TEST_F(Algorithms, NobodyFailedIsNoAttempt) {
  start();
  EXPECT_EQ(attempts.last(), nullptr);
}

TEST_F(Algorithms, Windows7AsItComesHasOnlyAGroupThatIsBroken) {
  auto message = init({proposal({T::of(EncryptionId::AesCbc, 256), T::of(IntegrityId::HmacSha2_256_128),
                                 T::of(PrfId::HmacSha2_256), T::of(KeyExchangeId::Modp1024)})},
                      KeyExchangeId::Modp1024, 128);
  message.payloads.push_back(ike::wire::payload(ike::wire::VendorIdPayload{windows_7}));
  send(message);
  const auto found = why();
  EXPECT_EQ(found.explanations.front().cause, "dh-group");
  EXPECT_EQ(found.client, "Windows 7");
  EXPECT_EQ(found.step, Step::Algorithms);
  EXPECT_EQ(found.address, "203.0.113.77:500");
  EXPECT_THAT(found.offered, Contains("group MODP-1024"));
  EXPECT_THAT(found.allowed, Contains(HasSubstr("X25519")));
  EXPECT_THAT(found.screen, ElementsAre("Windows: error 13868 (policy match error)"));
  EXPECT_THAT(found.explanations.front().cures.front(), HasSubstr("policy = \"compatible\""))
      << "it needs HMAC-SHA1 for packets";
  EXPECT_THAT(found.explanations.front().cures, Contains(HasSubstr("agilevpn profile NAME --for windows7")));
  EXPECT_THAT(found.explanations.front().cures, Contains(HasSubstr("NegotiateDH2048_AES256")));
}

TEST_F(Algorithms, ALaterWindowsIsCuredByPowerShell) {
  auto message = init({proposal({T::of(EncryptionId::AesCbc, 256), T::of(IntegrityId::HmacSha2_384_192),
                                 T::of(PrfId::HmacSha2_384), T::of(KeyExchangeId::Modp1024)})},
                      KeyExchangeId::Modp1024, 128);
  message.payloads.push_back(ike::wire::payload(ike::wire::VendorIdPayload{windows_10}));
  send(message);
  EXPECT_EQ(cause(), "dh-group");
  EXPECT_EQ(why().client, "Windows 8 or an early Windows 10");
  EXPECT_THAT(why().explanations.front().cures, Contains(HasSubstr("Set-VpnConnectionIPsecConfiguration")));
}

TEST_F(Algorithms, NoCommonEncryption) {
  send(init({proposal({T::of(EncryptionId::TripleDes), T::of(IntegrityId::HmacSha2_256_128), T::of(PrfId::HmacSha2_256),
                       T::of(KeyExchangeId::Curve25519)})}));
  EXPECT_EQ(cause(), "encryption");
}

TEST_F(Algorithms, NoCommonPrf) {
  send(init({proposal({T::of(EncryptionId::AesGcm16, 256), T::of(PrfId::HmacMd5), T::of(KeyExchangeId::Curve25519)})}));
  EXPECT_EQ(cause(), "prf");
}

TEST_F(Algorithms, NoCommonIntegrity) {
  send(init({proposal({T::of(EncryptionId::AesCbc, 256), T::of(IntegrityId::HmacMd5_96), T::of(PrfId::HmacSha2_256),
                       T::of(KeyExchangeId::Curve25519)})}));
  EXPECT_EQ(cause(), "integrity");
}

TEST_F(Algorithms, SeveralKindsWithoutACommonOneAreAllNamed) {
  send(init({proposal({T::of(EncryptionId::TripleDes), T::of(IntegrityId::HmacMd5_96), T::of(PrfId::HmacMd5),
                       T::of(KeyExchangeId::Modp1024)})},
            KeyExchangeId::Modp1024, 128));
  std::vector<std::string> causes;
  for (const auto& one : why().explanations) causes.push_back(one.cause);
  EXPECT_THAT(causes, ElementsAre("dh-group", "encryption", "prf", "integrity"));
}

TEST_F(Algorithms, AllAreKnownAndOnlyTheCombinationIsNot) {
  config.policy.ike = {ike::parse_ike_proposal("aes256gcm16-prfsha384-ecp384").value(),
                       ike::parse_ike_proposal("aes128gcm16-prfsha256-x25519").value()};
  send(init({ike::parse_ike_proposal("aes256gcm16-prfsha256-x25519").value()}));
  EXPECT_EQ(cause(), "combination");
}

TEST_F(Algorithms, AClientThatInsistsOnAnAdditionalKeyExchange) {
  config.policy.ike = {ike::parse_ike_proposal("aes256gcm16-prfsha256-x25519").value()};
  send(init({ike::parse_ike_proposal("aes256gcm16-prfsha256-x25519-ke1_ecp384").value()}));
  EXPECT_EQ(cause(), "additional-key-exchange");
}

TEST_F(Algorithms, AClientThatDoesNotComeAgainWithTheGroupThatItWasAskedFor) {
  auto offer = good();
  offer.transforms.push_back(T::of(KeyExchangeId::Modp4096));
  send(init({offer}, KeyExchangeId::Modp4096, 512));
  EXPECT_EQ(cause(), "group-not-repeated");
}

TEST_F(Algorithms, OneThatComesAgainAsItWasAskedHasNotFailed) {
  auto offer = good();
  offer.transforms.push_back(T::of(KeyExchangeId::Modp4096));
  auto message = init({offer}, KeyExchangeId::Modp4096, 512);
  send(message);
  message.payloads[1] = ike::wire::payload(ike::wire::KePayload{KeyExchangeId::Curve25519, Bytes(32, std::byte{9})});
  send(message);
  EXPECT_EQ(attempts.last(), nullptr);
  EXPECT_EQ(attempts.open_count(), 1u);
}

TEST_F(Algorithms, AFirstMessageThatLacksWhatItMustHave) {
  auto message = init({good()});
  message.payloads.pop_back();
  send(message);
  EXPECT_EQ(cause(), "malformed-init");
}

TEST_F(Algorithms, AnExtensionThatItInsistsOn) {
  auto message = init({good()});
  message.payloads.push_back({ike::wire::PayloadType{200}, true, ike::wire::UnknownPayload{}});
  send(message);
  EXPECT_EQ(cause(), "critical-payload");
}

TEST_F(Algorithms, AnIkev1Client) {
  auto datagram = ike::wire::encode_message(init({good()}));
  datagram[17] = std::byte{0x10};
  send(datagram);
  send(datagram);
  EXPECT_EQ(cause(), "ikev1");
  EXPECT_EQ(why().step, Step::Reaching);
  EXPECT_EQ(attempts.failed_count(), 1u) << "it asks again and again";
}

TEST_F(Algorithms, AWindowsHostThatSpeaksAuthIp) {
  auto datagram = ike::wire::encode_message(init({good()}));
  datagram[17] = std::byte{0x10}, datagram[18] = std::byte{243};
  send(datagram);
  EXPECT_EQ(cause(), "authip");
  EXPECT_TRUE(answer.empty()) << "it is dropped without a word";
}

TEST_F(Algorithms, AGatewayThatShutsDown) {
  start();
  gateway->shut_down(now);
  send(init({good()}));
  EXPECT_EQ(cause(), "shutting-down");
}

TEST_F(Algorithms, TooManyHalfOpenOfOneNetwork) {
  for (int i = 0; i < 65; ++i) send_with_cookie("203.0.113.77");
  EXPECT_EQ(cause(), "half-open-network");
}

TEST_F(Algorithms, ACookieThatIsNeverReturned) {
  for (int i = 0; i < 66; ++i) send(init({good()}), fmt::format("198.51.100.{}", i + 1).c_str());
  EXPECT_EQ(why("198.51.100.66").explanations.front().cause, "cookie");
  EXPECT_EQ(why("198.51.100.66").step, Step::Reaching);
}

TEST_F(Algorithms, TooManyHalfOpenInAll) {
  for (int i = 0; i < 1025; ++i) send_with_cookie(fmt::format("10.{}.{}.1", i / 250, i % 250).c_str());
  EXPECT_EQ(why("10.4.24.1").explanations.front().cause, "half-open");
}

TEST_F(Algorithms, AClientOfWhichNothingMoreComesAfterIkeSaInit) {
  auto message = init({good()});
  message.payloads.push_back(ike::wire::payload(ike::wire::VendorIdPayload{windows_7}));
  send(message);
  EXPECT_EQ(attempts.last(), nullptr) << "it may still come";
  pass(40s);
  const auto found = why();
  EXPECT_EQ(found.explanations.front().cause, "auth-never-came");
  EXPECT_EQ(found.step, Step::Reaching);
  EXPECT_THAT(found.screen, ElementsAre(HasSubstr("809")));
  EXPECT_THAT(found.explanations.front().cures, Contains(HasSubstr("RFC 7383"))) << "Windows 7 cannot fragment";
  EXPECT_THAT(found.explanations.front().cures, Contains(HasSubstr("13806")));
}

TEST_F(Algorithms, AnAppleIsKnownByWhatItSendsAndSeesItsOwnWords) {
  auto message = init({proposal({T::of(EncryptionId::TripleDes), T::of(IntegrityId::HmacSha1_96),
                                 T::of(PrfId::HmacSha1), T::of(KeyExchangeId::Modp1024)})},
                      KeyExchangeId::Modp1024, 128);
  message.payloads.push_back(ike::wire::notify(NotifyType::RedirectSupported));
  send(message);
  EXPECT_EQ(why().client, "probably iOS");
  EXPECT_THAT(why().screen, ElementsAre(HasSubstr("did not respond")));
}

TEST_F(Algorithms, AnUnknownClientIsToldEveryWordThatIsKnown) {
  send(init({proposal({T::of(EncryptionId::TripleDes), T::of(IntegrityId::HmacSha1_96), T::of(PrfId::HmacSha1),
                       T::of(KeyExchangeId::Modp1024)})},
            KeyExchangeId::Modp1024, 128));
  EXPECT_THAT(why().client, IsEmpty());
  EXPECT_THAT(why().screen, testing::SizeIs(4));
}

TEST_F(Algorithms, ASpoofedFloodTakesBoundedMemoryAndOneNetworkOnlyItsShare) {
  for (int i = 0; i < 300; ++i)
    send(init({proposal({T::of(EncryptionId::TripleDes), T::of(PrfId::HmacMd5), T::of(KeyExchangeId::Modp1024)})},
              KeyExchangeId::Modp1024, 128),
         i % 2 == 0 ? "203.0.113.77" : fmt::format("198.51.{}.1", i % 250).c_str());
  EXPECT_LE(attempts.failed_count(), 64u);
  send(init({good()}), "192.0.2.1");
  pass(40s);
  EXPECT_EQ(why("192.0.2.1").explanations.front().cause, "auth-never-came");
}

}  // namespace
}  // namespace agilevpn::roles
