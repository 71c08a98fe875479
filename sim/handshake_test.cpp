// IKE_SA_INIT and IKE_AUTH between two engines: every way to authenticate, what goes wrong, and silence at every step.
#include <gmock/gmock.h>

#include "ike/typed_proposal.h"
#include "sim/pair.h"

namespace agilevpn::sim {
namespace {

using ike::IkeSaClosed;
using testing::AnyOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

void expect_nothing_left(Pair& pair) {
  EXPECT_EQ(pair.client.engine().ike_sa_count(), 0u);
  EXPECT_EQ(pair.gateway.engine().ike_sa_count(), 0u);
  EXPECT_EQ(pair.gateway.engine().half_open_count(), 0u);
  EXPECT_EQ(pair.client.poll_timeout(), std::nullopt);
  EXPECT_EQ(pair.gateway.poll_timeout(), std::nullopt);
  EXPECT_THAT(pair.client.child_sas(), IsEmpty());
  EXPECT_THAT(pair.gateway.child_sas(), IsEmpty());
  EXPECT_THAT(pair.gateway.leases(), IsEmpty());
}

IkeSaClosed::Reason reason_at(const EndpointHost& host) {
  const auto* closed = host.last<IkeSaClosed>();
  EXPECT_NE(closed, nullptr);
  return closed ? closed->reason : IkeSaClosed::Reason::InternalError;
}

TEST(Handshake, WithAPresharedKeyGivesAChildSaAndInnerAddresses) {
  Pair pair = Pair::established({.seed = 1});
  EXPECT_EQ(pair.sent().size(), 4u);
  EXPECT_THAT(pair.client.child_sas(), SizeIs(1));
  ASSERT_TRUE(pair.client.ike_sa().lease);
  EXPECT_EQ(pair.client.ike_sa().lease, pair.gateway.ike_sa().lease);
  const auto& child = pair.client.child_sa();
  EXPECT_THAT(child.ts_local, Contains(TrafficSelector::of({*pair.client.ike_sa().lease->ipv4, 32})));
  EXPECT_EQ(pair.client.ike_sa().peer.to_string(), "vpn.example.org");
  EXPECT_EQ(pair.gateway.ike_sa().peer.to_string(), "anna@example.org");
  EXPECT_TRUE(pair.client.ike_sa().is_mobike);
}

class HandshakeWithCertificates : public testing::TestWithParam<crypto::KeyType> {};

TEST_P(HandshakeWithCertificates, IsCompleted) {
  Pair pair = Pair::established({.auth = PairOptions::Auth::Certificates, .key_type = GetParam()});
  ASSERT_NE(pair.client.last<ike::PeerAuthenticated>(), nullptr);
  EXPECT_THAT(pair.client.last<ike::PeerAuthenticated>()->method, HasSubstr("digital signature"));
}

INSTANTIATE_TEST_SUITE_P(KeyTypes, HandshakeWithCertificates,
                         testing::Values(crypto::KeyType::Rsa, crypto::KeyType::EcdsaP256, crypto::KeyType::EcdsaP384,
                                         crypto::KeyType::EcdsaP521, crypto::KeyType::Ed25519));

class HandshakeWithSuite : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(HandshakeWithSuite, IsCompletedAndRekeyed) {
  const ike::Policy policy{
      "typed", {*ike::parse_ike_proposal(GetParam().first)}, {*ike::parse_esp_proposal(GetParam().second)}};
  Pair pair = Pair::established({.client = {.policy = policy, .is_responder = false}, .gateway = {.policy = policy}});
  pair.client.rekey_child_sa();
  pair.run_for(15s);
  pair.gateway.rekey_ike_sa();
  pair.run_for(15s);
  EXPECT_THAT(pair.disagreements(), IsEmpty());
  EXPECT_EQ(pair.client.count<ike::ChildSaEstablished>(), 2u);
  EXPECT_EQ(pair.client.count<ike::IkeSaRekeyed>(), 1u);
}

INSTANTIATE_TEST_SUITE_P(Suites, HandshakeWithSuite,
                         testing::Values(std::pair{"aes128gcm16-prfsha256-x25519", "aes128gcm16"},
                                         std::pair{"aes256gcm16-prfsha384-ecp384", "aes256gcm16-esn"},
                                         std::pair{"aes128-sha256-modp2048", "aes128-sha256"},
                                         std::pair{"aes256-sha512-modp3072", "aes256-sha512-esn"},
                                         std::pair{"aes256-sha384-ecp521", "aes256-sha384"},
                                         std::pair{"aes256-sha256-modp4096", "aes256-sha256"},
                                         std::pair{"chacha20poly1305-prfsha512-ecp256", "chacha20poly1305"}));

TEST(Handshake, BehindANatMovesToPort4500) {  // RFC 7296 §2.23
  Pair pair = Pair::established({.nat = true});
  EXPECT_TRUE(pair.client.ike_sa().is_local_behind_nat);
  EXPECT_TRUE(pair.gateway.ike_sa().is_peer_behind_nat);
  EXPECT_EQ(pair.client.ike_sa().path.peer.port, nat_traversal_port);
  EXPECT_TRUE(pair.client.child_sa().path.udp_encapsulation);
  EXPECT_EQ(pair.gateway.child_sa().path.path, pair.gateway.ike_sa().path);
}

TEST(Handshake, WithoutNatUsesPlainEspWhenItMay) {
  PairOptions options;
  options.client.settings.always_udp_encapsulation = options.gateway.settings.always_udp_encapsulation = false;
  Pair pair = Pair::established(std::move(options));
  EXPECT_FALSE(pair.client.child_sa().path.udp_encapsulation);
  EXPECT_FALSE(pair.gateway.child_sa().path.udp_encapsulation);
}

TEST(Handshake, ANatIsRefusedWhereItIsProhibited) {  // RFC 4555 §3.9
  PairOptions options{.nat = true};
  options.gateway.settings.prohibit_nat = true;
  Pair pair{std::move(options)};
  pair.start();
  pair.run_for(3min);
  expect_nothing_left(pair);
}

TEST(Handshake, AWrongPskIsRefusedAndLeavesNothing) {
  Pair pair;
  pair.gateway.options().credentials.psk = Secret::copy_of(as_bytes("another secret"));
  pair.start();
  pair.run_for(3min);
  EXPECT_EQ(reason_at(pair.client), IkeSaClosed::Reason::AuthenticationFailed);
  EXPECT_EQ(reason_at(pair.gateway), IkeSaClosed::Reason::AuthenticationFailed);
  EXPECT_FALSE(pair.client.last<IkeSaClosed>()->detail.empty());
  expect_nothing_left(pair);
}

TEST(Handshake, AGatewayThatTheClientDoesNotBelieveIsRefused) {
  Pair pair;
  pair.client.hold_asks();
  pair.start();
  ASSERT_TRUE(pair.run_until([&] { return pair.client.held_asks() == 1; }));
  pair.client.answer_held_with(ike::Refused{.reason = "not whom we wanted"});
  pair.run_for(3min);
  EXPECT_EQ(reason_at(pair.client), IkeSaClosed::Reason::AuthenticationFailed);
  EXPECT_THAT(pair.client.last<IkeSaClosed>()->detail, HasSubstr("not whom we wanted"));
  expect_nothing_left(pair);
}

TEST(Handshake, ACertificateOfAnotherCaIsRefusedByEitherSide) {
  for (const bool client_distrusts : {true, false}) {
    Pair pair{{.auth = PairOptions::Auth::Certificates}};
    auto& distrusting = client_distrusts ? pair.client : pair.gateway;
    distrusting.options().credentials.anchors =
        Credentials::with_certificate("x@example.org", crypto::KeyType::EcdsaP256).anchors;
    pair.start();
    pair.run_for(3min);
    EXPECT_EQ(reason_at(pair.client), IkeSaClosed::Reason::AuthenticationFailed);
    expect_nothing_left(pair);
  }
}

TEST(Handshake, AnExpiredCertificateIsRefused) {
  Pair pair{{.auth = PairOptions::Auth::Certificates}};
  pair.run_for(std::chrono::years{30});
  pair.start();
  pair.run_for(3min);
  EXPECT_EQ(reason_at(pair.client), IkeSaClosed::Reason::AuthenticationFailed);
  expect_nothing_left(pair);
}

TEST(Handshake, APskClientIsRefusedByAGatewayThatWantsCertificates) {
  Pair pair{{.auth = PairOptions::Auth::Certificates}};
  auto request = pair.connect_request();
  request.auth = ike::PskAuth{Secret::copy_of(as_bytes("a long shared secret"))};
  pair.client.connect(std::move(request));
  pair.run_for(3min);
  EXPECT_EQ(reason_at(pair.client), IkeSaClosed::Reason::AuthenticationFailed);
  expect_nothing_left(pair);
}

TEST(Handshake, PoliciesWithNothingInCommonEndWithNoProposalChosen) {
  const ike::Policy one{
      "one", {*ike::parse_ike_proposal("aes128gcm16-prfsha256-x25519")}, {*ike::parse_esp_proposal("aes128gcm16")}};
  const ike::Policy other{
      "other", {*ike::parse_ike_proposal("aes256-sha256-modp2048")}, {*ike::parse_esp_proposal("aes256-sha256")}};
  Pair pair{{.client = {.policy = one, .is_responder = false}, .gateway = {.policy = other}}};
  pair.start();
  pair.run_for(3min);
  EXPECT_EQ(reason_at(pair.client), IkeSaClosed::Reason::Refused);
  EXPECT_THAT(pair.client.last<IkeSaClosed>()->detail, HasSubstr("NO_PROPOSAL_CHOSEN"));
  expect_nothing_left(pair);
}

TEST(Handshake, EspPoliciesWithNothingInCommonLeaveNoSession) {
  const auto ike = *ike::parse_ike_proposal("aes128gcm16-prfsha256-x25519");
  const ike::Policy one{"one", {ike}, {*ike::parse_esp_proposal("aes128gcm16")}};
  const ike::Policy other{"other", {ike}, {*ike::parse_esp_proposal("aes256-sha256")}};
  Pair pair{{.client = {.policy = one, .is_responder = false}, .gateway = {.policy = other}}};
  pair.start();
  pair.run_for(10s);
  EXPECT_THAT(pair.client.child_sas(), IsEmpty());
  if (pair.client.has_ike_sa()) pair.client.close();
  pair.run_for(3min);
  expect_nothing_left(pair);
}

TEST(Handshake, AWrongGuessOfTheKeyExchangeMethodCostsOneRoundTrip) {  // INVALID_KE_PAYLOAD, RFC 7296 §1.2
  const auto x25519 = *ike::parse_ike_proposal("aes256gcm16-prfsha256-x25519");
  const auto ecp256 = *ike::parse_ike_proposal("aes256gcm16-prfsha256-ecp256");
  const auto esp = *ike::parse_esp_proposal("aes256gcm16");
  Pair pair = Pair::established({.client = {.policy = {"", {x25519, ecp256}, {esp}}, .is_responder = false},
                                 .gateway = {.policy = {"", {ecp256}, {esp}}}});
  EXPECT_EQ(pair.sent().size(), 6u);
  EXPECT_THAT(pair.client.ike_sa().suite, HasSubstr("P-256"));
}

TEST(Handshake, ABusyGatewayAsksForACookie) {  // RFC 7296 §2.6
  PairOptions options;
  options.gateway.cookie_threshold = 0;
  Pair pair = Pair::established(std::move(options));
  EXPECT_EQ(pair.sent().size(), 6u);
}

TEST(Handshake, ACookieAndAWrongGuessTogetherStillSucceed) {
  const auto esp = *ike::parse_esp_proposal("aes256gcm16");
  PairOptions options{.client = {.policy = {"",
                                            {*ike::parse_ike_proposal("aes256gcm16-prfsha256-x25519"),
                                             *ike::parse_ike_proposal("aes256gcm16-prfsha256-ecp256")},
                                            {esp}},
                                 .is_responder = false},
                      .gateway = {.policy = {"", {*ike::parse_ike_proposal("aes256gcm16-prfsha256-ecp256")}, {esp}}}};
  options.gateway.cookie_threshold = 0;
  Pair pair = Pair::established(std::move(options));
  EXPECT_LE(pair.sent().size(), 8u);
}

TEST(Handshake, AskingForACookieKeepsNoState) {
  PairOptions options;
  options.gateway.cookie_threshold = 0;
  Pair pair{std::move(options)};
  pair.start();
  pair.deliver_next();
  EXPECT_EQ(pair.gateway.engine().half_open_count(), 0u);
  EXPECT_EQ(pair.gateway.engine().ike_sa_count(), 0u);
}

TEST(Handshake, HalfOpenIkeSasAreBoundedAndForgotten) {
  PairOptions options;
  options.gateway.cookie_threshold = 1000;
  options.gateway.half_open_max = 20;
  Pair pair{std::move(options)};
  pair.drops = [](const Datagram& datagram) { return datagram.header()->exchange == ike::wire::ExchangeType::IkeAuth; };
  for (int i = 0; i < 50; ++i) {
    pair.start();
    pair.run_until_idle();
  }
  EXPECT_EQ(pair.gateway.engine().half_open_count(), 20u);
  pair.run_for(10min);
  expect_nothing_left(pair);
}

TEST(Handshake, OneNetworkCannotTakeAllHalfOpenIkeSas) {
  PairOptions options;
  options.gateway.cookie_threshold = 1000;
  Pair pair{std::move(options)};
  pair.drops = [](const Datagram& datagram) { return datagram.header()->exchange == ike::wire::ExchangeType::IkeAuth; };
  for (int i = 0; i < 100; ++i) {
    pair.start();
    pair.run_until_idle();
  }
  EXPECT_EQ(pair.gateway.engine().half_open_count(), 64u);
}

TEST(Handshake, WhoTakesAllHalfOpenIkeSasMakesRoomForOthers) {
  PairOptions options;
  options.gateway.cookie_threshold = 1000;
  options.gateway.half_open_max = 20;
  Pair pair{std::move(options)};
  pair.drops = [](const Datagram& datagram) { return datagram.header()->exchange == ike::wire::ExchangeType::IkeAuth; };
  pair.start();
  const Datagram request = pair.take_next();
  for (int i = 0; i < 20; ++i) {
    pair.start();
    pair.run_until_idle();
  }
  Path elsewhere = request.path;
  elsewhere.peer.address = IpAddress::v4(203, 0, 113, 7);
  pair.inject(elsewhere, request.octets);
  EXPECT_EQ(pair.gateway.engine().half_open_count(), 20u);
  EXPECT_EQ(pair.gateway.last<ike::IkeSaClosed>()->reason, ike::IkeSaClosed::Reason::Expired);
}

TEST(Handshake, WhoForgesAnAddressDoesNotKeepItsOwnerOut) {
  Pair pair;
  pair.drops = [&](const Datagram& datagram) {
    return datagram.from == &pair.gateway;
  };  // It goes to the forged address.
  for (int i = 0; i < 100; ++i) {
    pair.start();
    pair.deliver_next();
  }
  EXPECT_LE(pair.gateway.engine().half_open_count(), 8u);
  pair.drops = nullptr;
  const auto owner = pair.start();
  EXPECT_TRUE(pair.run_until([&] { return pair.client.engine().find(owner)->is_established; }, 5s));
}

// The peer falls silent after each of the four messages, and nothing is left at either end.
class HandshakeSilence : public testing::TestWithParam<std::tuple<PairOptions::Auth, int>> {};

TEST_P(HandshakeSilence, LeavesNothing) {
  const auto [auth, messages] = GetParam();
  Pair pair{{.auth = auth}};
  pair.drops = [messages](const Datagram& datagram) { return datagram.number >= static_cast<std::uint64_t>(messages); };
  pair.start();
  pair.run_for(30min);
  if (messages < 4) {
    EXPECT_EQ(reason_at(pair.client), IkeSaClosed::Reason::NoAnswer);
  }
  pair.run_for(3h);
  expect_nothing_left(pair);
}

INSTANTIATE_TEST_SUITE_P(Steps, HandshakeSilence,
                         testing::Combine(testing::Values(PairOptions::Auth::Psk, PairOptions::Auth::Certificates),
                                          testing::Range(0, 5)));

TEST(Handshake, EveryMessageMayBeLostOnceOrComeTwice) {
  for (int which = 0; which < 6; ++which) {
    SCOPED_TRACE("message " + std::to_string(which));
    Pair lossy;
    lossy.drops = [&](const Datagram& datagram) { return datagram.number == static_cast<std::uint64_t>(which); };
    lossy.start();
    ASSERT_TRUE(lossy.run_until([&] { return !lossy.client.child_sas().empty(); }, 1min));
    lossy.run_for(10s);
    EXPECT_THAT(lossy.disagreements(), IsEmpty());
    EXPECT_EQ(lossy.gateway.engine().ike_sa_count(), 1u);
  }
  Pair doubling = Pair::established({.link = {.latency = 10ms, .duplication = 1}});
  doubling.run_for(2min);
  EXPECT_THAT(doubling.disagreements(), IsEmpty());
  EXPECT_EQ(doubling.gateway.engine().ike_sa_count(), 1u);
}

TEST(Handshake, LargeMessagesAreFragmentedAndPutTogether) {  // RFC 7383
  PairOptions options{.auth = PairOptions::Auth::Certificates, .key_type = crypto::KeyType::Rsa};
  options.client.settings.fragment_size = options.gateway.settings.fragment_size = 576;
  Pair pair = Pair::established(std::move(options));
  EXPECT_GT(pair.sent().size(), 6u);
  for (const Datagram& datagram : pair.sent()) {
    const bool may_be_large = datagram.header()->exchange == ike::wire::ExchangeType::IkeSaInit;
    EXPECT_TRUE(may_be_large || datagram.octets.size() <= 576 - 28) << datagram.octets.size();
  }
}

TEST(Handshake, FragmentsMayBeLostReorderedAndDoubled) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    PairOptions options{.seed = seed,
                        .auth = PairOptions::Auth::Certificates,
                        .key_type = crypto::KeyType::Rsa,
                        .link = {.latency = 10ms, .jitter = 30ms, .loss = 0.1, .duplication = 0.2, .reorders = true}};
    options.client.settings.fragment_size = options.gateway.settings.fragment_size = 576;
    Pair pair{std::move(options)};
    pair.start();
    ASSERT_TRUE(pair.run_until([&] { return !pair.client.child_sas().empty(); }, 2min));
    pair.run_for(30s);
    EXPECT_EQ(pair.gateway.engine().ike_sa_count(), 1u);
  }
}

TEST(Handshake, AnAnswerThatTakesLongHoldsUpNobodyElse) {
  Pair pair;
  pair.gateway.hold_asks();
  pair.start();
  pair.run_for(5s);
  ASSERT_EQ(pair.gateway.held_asks(), 1u);  // However often the request was resent.
  pair.gateway.answer_held();
  ASSERT_TRUE(pair.run_until([&] { return !pair.client.child_sas().empty(); }));
  EXPECT_THAT(pair.disagreements(), IsEmpty());
}

TEST(Handshake, AnAnswerThatComesTooLateIsIgnored) {
  Pair pair;
  pair.gateway.hold_asks();
  pair.start();
  pair.run_for(10min);
  pair.gateway.answer_held();
  pair.run_for(10min);
  expect_nothing_left(pair);
}

TEST(Handshake, AnExhaustedPoolIsSaidAsInternalAddressFailure) {
  Pair pair;
  pair.gateway.hold_asks();
  pair.start();
  ASSERT_TRUE(pair.run_until([&] { return pair.gateway.held_asks() == 1; }));
  pair.gateway.answer_held_with(ike::PeerAccepted{.key = Secret::copy_of(as_bytes("a long shared secret")),
                                                  .local = pair.gateway.options().credentials.identity,
                                                  .auth = pair.gateway.options().credentials.local_auth(),
                                                  .esp = pair.options().gateway.policy.esp,
                                                  .ts_local = pair.gateway.options().ts_local});
  ASSERT_EQ(pair.gateway.held_asks(), 1u);
  pair.gateway.answer_held_with(ike::Refused{ike::wire::NotifyType::InternalAddressFailure, "the pool is empty"});
  pair.run_for(10s);
  EXPECT_THAT(pair.client.child_sas(), IsEmpty());
  pair.run_for(3h);
  expect_nothing_left(pair);
}

TEST(Handshake, ASessionClosedByEitherSideLeavesNothing) {  // strongSwan's ike_delete cases
  for (const bool by_client : {true, false}) {
    Pair pair = Pair::established();
    (by_client ? pair.client : pair.gateway).close();
    pair.run_for(30s);
    expect_nothing_left(pair);
    EXPECT_EQ(reason_at(by_client ? pair.client : pair.gateway), IkeSaClosed::Reason::ByUs);
    EXPECT_EQ(reason_at(by_client ? pair.gateway : pair.client), IkeSaClosed::Reason::ByPeer);
  }
}

TEST(Handshake, ASessionClosedByBothSidesAtOnceLeavesNothing) {
  Pair pair = Pair::established();
  pair.client.close();
  pair.gateway.close();
  pair.run_for(30s);
  expect_nothing_left(pair);
}

TEST(Handshake, ASessionThatClosesWhileAnOldChildSaLingersEndsToo) {
  Pair pair = Pair::established();
  pair.client.rekey_child_sa();
  pair.run_for(4s);
  pair.drops = [](const Datagram&) { return true; };
  pair.client.close();
  pair.run_for(10s);
  EXPECT_EQ(pair.client.engine().ike_sa_count(), 0u);
  EXPECT_FALSE(pair.client.poll_timeout());
}

TEST(Handshake, AClientThatVanishesAfterItsRekeyOfTheIkeSaIsForgotten) {
  PairOptions options;
  options.gateway.settings.liveness_interval = 2s;
  Pair pair = Pair::established(std::move(options));
  pair.client.rekey_ike_sa();
  pair.deliver_next();
  pair.drops = [](const Datagram&) { return true; };
  pair.run_for(2h);
  EXPECT_EQ(pair.gateway.engine().ike_sa_count(), 0u);
}

TEST(Handshake, AnUnansweredDeleteIsNotWaitedForLong) {
  Pair pair = Pair::established();
  pair.drops = [](const Datagram&) { return true; };
  pair.client.close();
  pair.run_for(5s);
  EXPECT_EQ(pair.client.engine().ike_sa_count(), 0u);
}

// Both hosts connect to each other at once, their eight messages in every order that keeps each host's own order.
TEST(CrossingStreams, InEveryInterleavingBothSessionsComeUpAndEachEndsAlone) {
  for (unsigned order = 0; order < 64; ++order) {
    SCOPED_TRACE("order " + std::to_string(order));
    PairOptions options{.seed = order};
    options.client.is_responder = true;
    Pair pair{std::move(options)};
    pair.start();
    pair.gateway.connect(
        {.path = {{*pair.gateway_addresses.begin(), ike_port}, {*pair.client_addresses.begin(), ike_port}},
         .local = pair.gateway.options().credentials.identity,
         .auth = pair.gateway.options().credentials.local_auth(),
         .policy = pair.options().gateway.policy,
         .ts_local = {TrafficSelector::everything(Family::V4)},
         .ts_remote = {TrafficSelector::everything(Family::V4)},
         .requests_ipv4 = false,
         .requests_ipv6 = false});
    for (unsigned step = 0; step < 6 && !pair.is_idle(); ++step) {
      if (!(order >> step & 1u) || pair.in_flight() < 2) {
        pair.deliver_next();
      } else {
        const Datagram late = pair.take_next();
        pair.deliver_next();
        pair.deliver(late);
      }
    }
    pair.run_for(10s);
    EXPECT_EQ(pair.client.engine().ike_sa_count(), 2u);
    EXPECT_EQ(pair.gateway.engine().ike_sa_count(), 2u);
    EXPECT_THAT(pair.client.child_sas(), SizeIs(2));
    EXPECT_THAT(pair.disagreements(), IsEmpty());
    pair.client.close();
    pair.gateway.close();
    pair.run_for(30s);
    EXPECT_THAT(pair.disagreements(), IsEmpty());
  }
}

}  // namespace
}  // namespace agilevpn::sim
