// IKE_INTERMEDIATE with additional key exchanges (RFC 9242, RFC 9370 §2.2.2) between two engines. Most of the methods
// are classical, which is as legal as ML-KEM and runs with every OpenSSL.
#include <gmock/gmock.h>

#include "crypto/key_exchange.h"
#include "sim/hybrid.h"
#include "sim/message_forge.h"

namespace agilevpn::sim {
namespace {

namespace wire = ike::wire;
using ike::IkeSaClosed;
using testing::HasSubstr;
using testing::IsEmpty;
using wire::ExchangeType;

constexpr std::string_view x25519_alone = "aes256gcm16-prfsha384-x25519";
constexpr std::string_view with_p384 = "aes256gcm16-prfsha384-x25519-ke1_ecp384";
constexpr std::string_view with_x448_and_modp8192 = "aes256gcm16-prfsha384-x25519-ke1_x448-ke2_modp8192";

void expect_established(const Pair& pair, std::string_view key_exchanges) {
  ASSERT_TRUE(pair.client.has_ike_sa() && pair.gateway.has_ike_sa());
  EXPECT_TRUE(pair.client.ike_sa().is_established && pair.gateway.ike_sa().is_established);
  EXPECT_THAT(pair.disagreements(), IsEmpty());
  EXPECT_THAT(pair.client.ike_sa().suite, HasSubstr(std::string{key_exchanges}));
  EXPECT_EQ(pair.client.ike_sa().suite, pair.gateway.ike_sa().suite);
}

void expect_no_session(Pair& pair) {
  pair.run_for(3min);
  EXPECT_EQ(pair.client.engine().ike_sa_count() + pair.gateway.engine().ike_sa_count(), 0u);
  EXPECT_EQ(pair.gateway.engine().half_open_count(), 0u);
  EXPECT_EQ(pair.gateway.poll_timeout(), std::nullopt);
  EXPECT_EQ(pair.client.count<ike::IkeSaEstablished>() + pair.gateway.count<ike::IkeSaEstablished>(), 0u);
}

TEST(Intermediate, GivesTheIkeSaNewKeysBeforeIkeAuth) {
  Pair pair = Pair::established(hybrid(with_p384));
  expect_established(pair, "X25519 + P-384");
  const auto header = [&](std::size_t n) { return *pair.sent().at(n).header(); };
  ASSERT_EQ(pair.sent().size(), 6u);
  EXPECT_EQ(header(2).exchange, ExchangeType::IkeIntermediate);
  EXPECT_EQ(header(2).message_id, 1u);
  EXPECT_TRUE(header(3).is_response);
  EXPECT_EQ(header(4).exchange, ExchangeType::IkeAuth);
  EXPECT_EQ(header(4).message_id, 2u);
  const MessageForge newest{pair.client.key_log(), true};
  EXPECT_FALSE(newest.open(pair.sent()[2].octets)) << "it has the keys of IKE_SA_INIT";
  EXPECT_TRUE(newest.open(pair.sent()[4].octets));
}

class IntermediateWith : public testing::TestWithParam<std::pair<std::string_view, std::string_view>> {};

TEST_P(IntermediateWith, EveryWayToAuthenticateIsCompletedAndRekeyed) {
  for (const auto auth : {PairOptions::Auth::Psk, PairOptions::Auth::Certificates}) {
    PairOptions options = hybrid(GetParam().first);
    options.auth = auth;
    Pair pair = Pair::established(std::move(options));
    expect_established(pair, GetParam().second);
    pair.client.rekey_child_sa();
    pair.run_for(15s);
    pair.gateway.rekey_ike_sa();
    pair.run_for(15s);
    expect_established(pair, GetParam().second);
    EXPECT_EQ(pair.client.count<ike::ChildSaEstablished>(), 2u);
    EXPECT_EQ(pair.client.count<ike::IkeSaRekeyed>(), 1u);
  }
}

INSTANTIATE_TEST_SUITE_P(Suites, IntermediateWith,
                         testing::Values(std::pair{with_p384, "X25519 + P-384"},
                                         std::pair{with_x448_and_modp8192, "X25519 + X448 + MODP-8192"},
                                         std::pair{"aes128-sha256-modp2048-ke2_x25519-ke5_ecp256-ke7_ecp521",
                                                   "MODP-2048 + X25519 + P-256 + P-521"},
                                         std::pair{"chacha20poly1305-prfaesxcbc-ecp256-ke1_ecp384bp",
                                                   "P-256 + brainpoolP384r1"}));

TEST(Intermediate, InFragmentsCountsAsTheWholeMessage) {  // RFC 9242 §3.3.2
  for (const std::size_t client_size : {576u, 1280u}) {
    PairOptions options = hybrid(with_x448_and_modp8192);
    options.client.settings.fragment_size = client_size;
    options.gateway.settings.fragment_size = 576;
    options.link.reorders = true;
    options.link.jitter = 20ms;
    Pair pair = Pair::established(std::move(options));
    expect_established(pair, "X25519 + X448 + MODP-8192");
    EXPECT_GT(count_sent(pair, ExchangeType::IkeIntermediate), 5u);
  }
}

TEST(Intermediate, EachDatagramMayBeLost) {
  for (std::uint64_t lost = 0; lost < 12; ++lost) {
    SCOPED_TRACE("datagram " + std::to_string(lost) + " was lost");
    PairOptions options = hybrid(with_x448_and_modp8192);
    options.client.settings.fragment_size = options.gateway.settings.fragment_size = 800;
    Pair pair{std::move(options)};
    pair.drops = [&](const Datagram& datagram) { return datagram.number == lost; };
    pair.start();
    pair.run_for(30s);
    expect_established(pair, "X25519 + X448 + MODP-8192");
  }
}

TEST(Intermediate, OverABadLinkIsCompletedOrGivenUp) {
  std::size_t completed = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    PairOptions options = hybrid(with_x448_and_modp8192, seed);
    options.link = {.latency = 30ms, .jitter = 50ms, .loss = 0.2, .duplication = 0.2, .reorders = true};
    Pair pair{std::move(options)};
    pair.start();
    pair.run_for(5min);
    EXPECT_THAT(pair.disagreements(), IsEmpty());
    completed += pair.client.has_ike_sa() ? 1 : 0;
  }
  EXPECT_GE(completed, 18u);
}

TEST(Intermediate, ARequestThatComesAgainAfterItsKeysAreGoneIsAnsweredAgain) {
  Pair pair{hybrid(with_x448_and_modp8192)};
  pair.start();
  ASSERT_TRUE(pair.run_until([&] { return count_sent(pair, ExchangeType::IkeIntermediate) == 1; }));
  const Datagram request = pair.take_next();
  pair.deliver(request);
  const Bytes response = pair.last_from(pair.gateway).octets;
  pair.drop_next();
  pair.deliver(request);
  EXPECT_EQ(pair.last_from(pair.gateway).octets, response);
  pair.run_until_idle();
  expect_established(pair, "X25519 + X448 + MODP-8192");
}

// ---- Who does not know it

TEST(Intermediate, APeerWithoutItFallsBackWherePoliciesAllowIt) {
  for (const bool client_knows : {true, false}) {
    const ike::Policy both = typed_policy({with_p384, x25519_alone});
    const ike::Policy without = typed_policy({x25519_alone});
    Pair pair = Pair::established(client_knows ? with_policies(both, without) : with_policies(without, both));
    EXPECT_EQ(pair.client.ike_sa().suite, "AES-GCM-16-256 / PRF-HMAC-SHA2-384 / X25519");
    EXPECT_EQ(count_sent(pair, ExchangeType::IkeIntermediate), 0u);
  }
}

TEST(Intermediate, AnOfferWithNoneIsAnsweredByNone) {
  Pair pair = Pair::established(
      with_policies(typed_policy({"aes256gcm16-prfsha384-x25519-ke1_ecp384-ke1_none"}), typed_policy({x25519_alone})));
  EXPECT_EQ(pair.client.ike_sa().suite, "AES-GCM-16-256 / PRF-HMAC-SHA2-384 / X25519");
  EXPECT_EQ(count_sent(pair, ExchangeType::IkeIntermediate), 0u);
}

TEST(Intermediate, APeerWithoutItIsRefusedWherePoliciesWantIt) {
  for (const bool client_knows : {true, false}) {
    const ike::Policy with = typed_policy({with_p384});
    const ike::Policy without = typed_policy({x25519_alone});
    Pair pair{client_knows ? with_policies(with, without) : with_policies(without, with)};
    pair.start();
    expect_no_session(pair);
    ASSERT_NE(pair.gateway.last<ike::IkeSaInitRefused>(), nullptr);
    EXPECT_EQ(pair.gateway.last<ike::IkeSaInitRefused>()->notify, wire::NotifyType::NoProposalChosen);
  }
}

// RFC 9370 §2.2.1: without the notify, additional key exchanges are unknown transform types.
Datagram without_notify(Datagram datagram) {
  auto message = *wire::decode_message(datagram.octets);
  std::erase_if(message.payloads, [](const wire::Payload& payload) {
    const auto* notify = std::get_if<wire::NotifyPayload>(&payload.body);
    return notify && notify->type == wire::NotifyType::IntermediateExchangeSupported;
  });
  datagram.octets = wire::encode_message(message);
  return datagram;
}

TEST(Intermediate, ARequestThatDoesNotAnnounceItGetsNoAdditionalKeyExchange) {
  Pair pair{hybrid(with_p384)};
  pair.start();
  pair.deliver(without_notify(pair.take_next()));
  ASSERT_NE(pair.gateway.last<ike::IkeSaInitRefused>(), nullptr);
  EXPECT_EQ(pair.gateway.last<ike::IkeSaInitRefused>()->notify, wire::NotifyType::NoProposalChosen);
}

TEST(Intermediate, AResponseThatDoesNotAnnounceItIsNoAnswer) {
  Pair pair{hybrid(with_p384)};
  pair.start();
  pair.deliver_next();
  const Datagram response = pair.take_next();
  pair.deliver(without_notify(response));
  EXPECT_EQ(count_sent(pair, ExchangeType::IkeIntermediate), 0u);
  pair.deliver(response);
  pair.run_until_idle();
  expect_established(pair, "X25519 + P-384");
}

// ---- Who meddles

// Changes the first IKE_INTERMEDIATE message of one side on its way, as somebody could who broke the first key
// exchange.
void expect_refused_when_changed(bool of_client) {
  Pair pair{hybrid(with_x448_and_modp8192)};
  pair.start();
  ASSERT_TRUE(pair.run_until([&] { return count_sent(pair, ExchangeType::IkeIntermediate) == (of_client ? 1u : 2u); }));
  const Datagram original = pair.take_next();
  MessageForge forge{pair.client.key_log(), of_client};
  auto payloads = forge.open(original.octets);
  ASSERT_TRUE(payloads);
  payloads->push_back(wire::payload(wire::VendorIdPayload{to_bytes("not of the sender")}));
  pair.deliver({.from = original.from, .path = original.path, .octets = forge.seal(*original.header(), *payloads)});
  pair.run_until_idle();
  EXPECT_EQ(count_sent(pair, ExchangeType::IkeIntermediate), 4u) << "nobody notices before IKE_AUTH";
  EXPECT_GT(count_sent(pair, ExchangeType::IkeAuth), 0u);
  const auto* refused = pair.gateway.last<ike::ExchangeRefused>();
  ASSERT_NE(refused, nullptr);
  EXPECT_EQ(refused->exchange, ExchangeType::IkeAuth);
  EXPECT_EQ(refused->notify, wire::NotifyType::AuthenticationFailed);
  expect_no_session(pair);
}

TEST(Intermediate, ARequestThatSomebodyChangedFailsInIkeAuth) { expect_refused_when_changed(true); }
TEST(Intermediate, AResponseThatSomebodyChangedFailsInIkeAuth) { expect_refused_when_changed(false); }

TEST(Intermediate, AMessageThatSomebodyChangedWithoutTheKeysIsDropped) {
  Pair pair{hybrid(with_p384)};
  pair.start();
  ASSERT_TRUE(pair.run_until([&] { return count_sent(pair, ExchangeType::IkeIntermediate) == 1; }));
  Datagram request = pair.take_next();
  request.octets.back() ^= std::byte{1};
  pair.deliver(request);
  pair.run_for(5s);
  expect_established(pair, "X25519 + P-384");
}

// Speaks as the client once IKE_SA_INIT is over; what the gateway answers.
std::optional<wire::Payloads> answer_to(Pair& pair, ExchangeType exchange, const wire::Payloads& payloads) {
  pair.start();
  pair.run_until([&] { return count_sent(pair, ExchangeType::IkeIntermediate) == 1; });
  const Datagram request = pair.take_next();
  MessageForge forge{pair.client.key_log(), true};
  pair.deliver({.path = request.path, .octets = forge.seal(forge.request_header(exchange, 1), payloads)});
  return forge.open(pair.last_from(pair.gateway).octets);
}

void expect_invalid_syntax(const std::optional<wire::Payloads>& answer) {
  ASSERT_TRUE(answer);
  EXPECT_TRUE(wire::find_notify(*answer, wire::NotifyType::InvalidSyntax));
}

TEST(Intermediate, IkeAuthMayNotComeBeforeIt) {
  Pair pair{hybrid(with_p384)};
  expect_invalid_syntax(
      answer_to(pair, ExchangeType::IkeAuth, {wire::id_i(wire::Identity::parse("anna@example.org"))}));
  EXPECT_EQ(pair.gateway.engine().ike_sa_count(), 0u);
}

TEST(Intermediate, AKeyExchangeThatWasNotChosenIsRefused) {
  SeededRandom random{3};
  for (const auto method : {crypto::KeyExchangeId::Ecp256, crypto::KeyExchangeId::Curve25519}) {
    Pair pair{hybrid(with_p384)};
    const auto key_exchange = crypto::KeyExchange::generate(method, random);
    expect_invalid_syntax(answer_to(pair, ExchangeType::IkeIntermediate,
                                    {wire::payload(wire::KePayload{method, to_bytes(key_exchange->public_value())})}));
    EXPECT_EQ(pair.gateway.engine().ike_sa_count(), 0u);
  }
}

TEST(Intermediate, AValueThatMustBeRefusedIs) {
  for (const std::size_t size : {0u, 95u, 96u, 97u}) {
    Pair pair{hybrid(with_p384)};
    expect_invalid_syntax(answer_to(pair, ExchangeType::IkeIntermediate,
                                    {wire::payload(wire::KePayload{crypto::KeyExchangeId::Ecp384, Bytes(size)})}));
    EXPECT_EQ(pair.gateway.engine().ike_sa_count(), 0u);
  }
}

TEST(Intermediate, AnInitiatorThatStopsHalfwayIsForgotten) {
  Pair pair{hybrid(with_x448_and_modp8192)};
  pair.start();
  ASSERT_TRUE(pair.run_until([&] { return count_sent(pair, ExchangeType::IkeIntermediate) == 2; }));
  pair.drops = [](const Datagram&) { return true; };
  pair.drop_next();
  EXPECT_EQ(pair.gateway.engine().half_open_count(), 1u);
  pair.run_for(31s);
  EXPECT_EQ(pair.gateway.engine().half_open_count(), 0u);
  expect_no_session(pair);
}

TEST(Intermediate, IsNotTakenWhereItWasNotNegotiatedNorAfterIkeAuth) {
  Pair pair = Pair::established();
  MessageForge forge{pair.client.key_log(), true};
  const Path path = pair.gateway.ike_sa().path;
  pair.inject(path, forge.seal(forge.request_header(ExchangeType::IkeIntermediate, 2), wire::Payloads{}));
  expect_invalid_syntax(forge.open(pair.last_from(pair.gateway).octets));
  EXPECT_TRUE(pair.gateway.ike_sa().is_established);
}

// ---- ML-KEM

class MlKemIntermediate : public testing::TestWithParam<std::pair<std::string_view, std::string_view>> {
 protected:
  void SetUp() override {
    if (!crypto::KeyExchange::is_supported(crypto::KeyExchangeId::MlKem768))
      GTEST_SKIP() << "this OpenSSL has no ML-KEM";
  }
};

TEST_P(MlKemIntermediate, IsCompletedAndRekeyed) {
  Pair pair = Pair::established(hybrid(GetParam().first));
  expect_established(pair, GetParam().second);
  pair.gateway.rekey_child_sa();
  pair.run_for(15s);
  pair.client.rekey_ike_sa();
  pair.run_for(15s);
  expect_established(pair, GetParam().second);
}

INSTANTIATE_TEST_SUITE_P(
    Suites, MlKemIntermediate,
    testing::Values(std::pair{"aes256gcm16-prfsha384-x25519-ke1_mlkem512", "X25519 + ML-KEM-512"},
                    std::pair{"aes256gcm16-prfsha384-x25519-ke1_mlkem768", "X25519 + ML-KEM-768"},
                    std::pair{"aes256gcm16-prfsha384-ecp384-ke1_mlkem1024-ke2_x448", "P-384 + ML-KEM-1024 + X448"},
                    std::pair{"aes256gcm16-prfsha384-mlkem768-ke1_x25519", "ML-KEM-768 + X25519"}));

TEST(ModernPolicy, HasMlKemBesideX25519WhereverOpensslCanDoIt) {
  Pair pair = Pair::established(with_policies(ike::modern_policy(), ike::modern_policy()));
  const bool can = crypto::KeyExchange::is_supported(crypto::KeyExchangeId::MlKem768);
  EXPECT_THAT(pair.client.ike_sa().suite, HasSubstr(can ? "X25519 + ML-KEM-768" : "X25519"));
}

}  // namespace
}  // namespace agilevpn::sim
