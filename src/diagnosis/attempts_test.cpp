// What no engine of ours does wrong, as facts alone; and the bounds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "diagnosis/attempts.h"
#include "diagnosis/explain.h"
#include "diagnosis/limits.h"
#include "diagnosis/screen.h"

namespace agilevpn::diagnosis {
namespace {

using ike::AuthFault;
using ike::wire::ExchangeType;
using ike::wire::NotifyType;
using testing::ElementsAre;
using testing::HasSubstr;
using Reason = ike::IkeSaClosed::Reason;

constexpr WallTime start = std::chrono::sys_days{std::chrono::year{2026} / 11 / 22};

Path path_from(const IpAddress& address) { return {{IpAddress::v4(203, 0, 113, 2), 4500}, {address, 4500}}; }

class Facts : public testing::Test {
 protected:
  void say(const ike::Event& fact) { attempts.handle_event(now, gateway::Event{fact}); }
  ike::IkeSaId begin(const IpAddress& from = IpAddress::v4(192, 0, 2, 7)) {
    const ike::IkeSaId id{++last_id};
    ike::InitOffer offer;
    offer.vendor_ids = {"1e2b516905991c7d7c96fcbfb587e46100000009"_hex};
    say(ike::IkeSaInitiated{id, false, path_from(from), IkeSpi{last_id}, offer});
    return id;
  }
  ike::IkeSaId begin_auth(ike::AuthRequested::Way way = ike::AuthRequested::Way::Certificate) {
    const ike::IkeSaId id = begin();
    say(ike::AuthRequested{.ike_sa = id,
                           .path = path_from(IpAddress::v4(192, 0, 2, 7)),
                           .peer = ike::wire::Identity::parse("anna"),
                           .requested_local = {},
                           .way = way});
    return id;
  }
  ike::IkeSaId connect() {
    const ike::IkeSaId id = begin_auth();
    say(ike::IkeSaEstablished{.ike_sa = id});
    say(ike::ChildSaEstablished{.ike_sa = id});
    return id;
  }
  void refuse(ike::IkeSaId id, NotifyType notify, bool by_peer, AuthFault fault = AuthFault::None, Bytes data = {}) {
    say(ike::ExchangeRefused{id, ExchangeType::IkeAuth, notify, by_peer, "why", fault, std::move(data)});
  }
  void close(ike::IkeSaId id, Reason reason) { say(ike::IkeSaClosed{id, reason, false, {}, "closed"}); }
  Diagnosis why() {
    const auto* attempt = attempts.last();
    EXPECT_TRUE(attempt);
    return attempt ? explain(*attempt, config) : Diagnosis{.explanations = {{}}};
  }
  std::string cause() { return why().explanations.front().cause; }

  Attempts attempts;
  gateway::Config config{.name = "vpn.example.org"};
  WallTime now = start;
  std::uint64_t last_id = 0;
};

TEST_F(Facts, ASignatureWithSha1IsRefusedByPolicy) {
  const auto id = begin_auth();
  refuse(id, NotifyType::AuthenticationFailed, false, AuthFault::BrokenHash);
  close(id, Reason::AuthenticationFailed);
  EXPECT_EQ(cause(), "sha1-signature");
  EXPECT_THAT(why().screen, testing::Contains(HasSubstr("13801")));
}

TEST_F(Facts, OurOwnRsaKeyThatWindowsTakesWithSha1Only) {
  const auto id = begin_auth();
  refuse(id, NotifyType::AuthenticationFailed, false, AuthFault::NoAlgorithm);
  close(id, Reason::AuthenticationFailed);
  EXPECT_EQ(cause(), "own-key-unusable");
}

TEST_F(Facts, AnAlgorithmOrAMethodThatWeDoNotTake) {
  auto id = begin_auth();
  refuse(id, NotifyType::AuthenticationFailed, false, AuthFault::UnknownAlgorithm);
  close(id, Reason::AuthenticationFailed);
  EXPECT_EQ(cause(), "signature-algorithm");
  id = begin_auth();
  refuse(id, NotifyType::AuthenticationFailed, false, AuthFault::WrongMethod);
  close(id, Reason::AuthenticationFailed);
  EXPECT_EQ(cause(), "auth-method");
}

TEST_F(Facts, AnEapKeyThatIsNotOurs) {
  const auto id = begin_auth(ike::AuthRequested::Way::Eap);
  refuse(id, NotifyType::AuthenticationFailed, false, AuthFault::WrongSharedKey);
  close(id, Reason::AuthenticationFailed);
  EXPECT_EQ(cause(), "eap-key");
}

TEST_F(Facts, AMalformedIkeAuth) {
  const auto id = begin_auth();
  refuse(id, NotifyType::InvalidSyntax, false);
  close(id, Reason::Refused);
  EXPECT_EQ(cause(), "malformed-auth");
}

TEST_F(Facts, AClientThatWantedTransportModeAndGoesAway) {
  const auto id = connect();
  refuse(id, NotifyType::UseTransportMode, false);
  now += 2s;
  close(id, Reason::ByPeer);
  EXPECT_EQ(cause(), "transport-mode");
  EXPECT_EQ(why().step, Step::Tunnel);
}

TEST_F(Facts, AClientThatWantsTheCertificateAndWasShownNone) {  // RFC 5998
  for (const bool asked_for_none : {true, false}) {
    config.eap_only = true;
    const auto id = begin();
    ike::AuthRequested auth{.ike_sa = id,
                            .path = path_from(IpAddress::v4(192, 0, 2, 7)),
                            .peer = ike::wire::Identity::parse("anna"),
                            .requested_local = {},
                            .way = ike::AuthRequested::Way::Eap};
    if (asked_for_none) auth.notifies = {NotifyType::EapOnlyAuthentication};
    say(std::move(auth));
    say(ike::IkeSaEstablished{.ike_sa = id});
    say(ike::ChildSaEstablished{.ike_sa = id});
    refuse(id, NotifyType::AuthenticationFailed, true);
    close(id, Reason::AuthenticationFailed);
    const Diagnosis found = why();
    ASSERT_EQ(found.explanations.size(), 1u);
    EXPECT_EQ(found.explanations.front().cause, asked_for_none ? "eap-only" : "gateway-not-believed");
    EXPECT_EQ(found.explanations.front().cures.front().starts_with("take eap-only = true out"), asked_for_none);
  }
}

// strongSwan's clients say AUTHENTICATION_FAILED whatever failed, and the gateway says what it was once they are gone.
TEST_F(Facts, AClientThatSaysAuthenticationFailedOfWhatIsNotTheCertificate) {
  using gateway::Refusal;
  const std::pair<Refusal, std::string_view> cases[] = {{Refusal::WrongPassword, "wrong-password"},
                                                        {Refusal::RadiusReject, "radius-reject"},
                                                        {Refusal::Left, "gave-up-login"},
                                                        {Refusal::PoolExhausted, "pool-exhausted"},
                                                        {Refusal::LeftAtOnce, "gateway-not-believed"},
                                                        {Refusal::Other, "gateway-not-believed"}};
  for (const auto& [refused, expected] : cases) {
    const auto id = begin_auth(ike::AuthRequested::Way::Eap);
    refuse(id, NotifyType::AuthenticationFailed, true);
    close(id, Reason::AuthenticationFailed);
    attempts.handle_event(now, gateway::PeerRefused{.reason = "why", .ike_sa = id, .cause = refused});
    EXPECT_EQ(cause(), expected);
    EXPECT_EQ(why().explanations.size(), 1u);
  }
}

TEST_F(Facts, ACureNamesTheUserWhereHeIsKnown) {
  for (const auto& [identity, named] :
       {std::pair{"anna/phone", "profile anna/phone --for"}, {"192.168.1.7", "profile NAME --for"}}) {
    const auto id = begin();
    say(ike::AuthRequested{.ike_sa = id,
                           .path = path_from(IpAddress::v4(192, 0, 2, 7)),
                           .peer = ike::wire::Identity::parse(identity),
                           .requested_local = {}});
    refuse(id, NotifyType::AuthenticationFailed, true);
    close(id, Reason::AuthenticationFailed);
    EXPECT_THAT(why().explanations.front().cures.front(), HasSubstr(named));
  }
}

TEST_F(Facts, WindowsSaysItsErrorItself) {
  refuse(connect(), NotifyType::MicrosoftStatus, true, AuthFault::None, "00003627"_hex);
  EXPECT_EQ(cause(), "rekey-behind-nat");
  EXPECT_THAT(why().screen, ElementsAre("Windows: error 13863 (invalid situation)"));
  refuse(connect(), NotifyType::MicrosoftStatus, true, AuthFault::None, "000035f8"_hex);
  EXPECT_EQ(cause(), "rekey-key-exchange");
  refuse(connect(), NotifyType::MicrosoftStatus, true, AuthFault::None, "00000057"_hex);
  EXPECT_EQ(cause(), "windows-error");
  EXPECT_THAT(why().screen, ElementsAre(HasSubstr("87")));
}

TEST_F(Facts, OnlyVersion1OfIkeIsIkev1) {
  using Cause = ike::DatagramDropped::Cause;
  say(ike::DatagramDropped{path_from(IpAddress::v4(192, 0, 2, 7)), "it is IKEv1", Cause::Version1});
  EXPECT_EQ(cause(), "ikev1");
  now += 1s;
  say(ike::DatagramDropped{path_from(IpAddress::v4(192, 0, 2, 8)), "it is IKE major version 3", Cause::OtherVersion});
  EXPECT_EQ(cause(), "ike-version");
}

TEST_F(Facts, ASessionThatEndsLaterHasNotFailed) {
  const auto id = connect();
  now += 1h;
  close(id, Reason::ByPeer);
  EXPECT_EQ(attempts.last(), nullptr);
  const auto other = connect();
  close(other, Reason::ByPeer);
  EXPECT_EQ(attempts.last(), nullptr) << "whoever goes at once and does not complain has changed his mind";
}

TEST_F(Facts, WhatNothingExplainsIsSaidToBeUnknown) {
  const auto id = begin_auth();
  close(id, Reason::InternalError);
  EXPECT_EQ(cause(), "unknown");
}

TEST_F(Facts, AFailureIsFoundByNameAndByAddressAndTheNewestFirst) {
  auto id = begin_auth();
  refuse(id, NotifyType::AuthenticationFailed, false, AuthFault::BrokenHash);
  close(id, Reason::AuthenticationFailed);
  now += 1min;
  id = begin(IpAddress::v4(192, 0, 2, 8));
  close(id, Reason::Expired);
  EXPECT_EQ(cause(), "auth-never-came");
  for (const char* who : {"anna", "192.0.2.7", "192.0.2.7:4500"}) {
    ASSERT_TRUE(attempts.last(who)) << who;
    EXPECT_EQ(explain(*attempts.last(who), config).explanations.front().cause, "sha1-signature");
  }
  EXPECT_EQ(attempts.last("192.0.2.9"), nullptr);
}

TEST_F(Facts, WhatIsAskedOfAUserIsAnsweredOfTheDevicesToo) {
  const auto id = begin_auth();
  attempts.handle_event(now, gateway::PeerRefused{.peer = ike::wire::Identity::parse("10.0.0.5"),
                                                  .path = path_from(IpAddress::v4(192, 0, 2, 7)),
                                                  .reason = "it is disabled",
                                                  .ike_sa = id,
                                                  .who = "bert/phone"});
  close(id, Reason::AuthenticationFailed);
  EXPECT_TRUE(attempts.last("bert/phone"));
  EXPECT_TRUE(attempts.last("bert"));
  EXPECT_FALSE(attempts.last("ber"));
  EXPECT_FALSE(attempts.last("bert/tablet"));
}

TEST_F(Facts, ARefusedTicketIsNoFailureAndForgottenOnceItsClientIsIn) {
  const auto begin_resumption = [&] {
    const ike::IkeSaId id{++last_id};
    say(ike::IkeSaInitiated{id, false, path_from(IpAddress::v4(192, 0, 2, 7)), IkeSpi{last_id}, {}, true});
    say(ike::AuthRequested{.ike_sa = id,
                           .path = path_from(IpAddress::v4(192, 0, 2, 7)),
                           .peer = ike::wire::Identity::parse("anna"),
                           .requested_local = {}});
    return id;
  };
  for (const bool by_owner : {true, false}) {  // Its session was ended; or the ticket was used already.
    const auto id = begin_resumption();
    if (by_owner)
      attempts.handle_event(now, gateway::PeerRefused{ike::wire::Identity::parse("anna"),
                                                      path_from(IpAddress::v4(192, 0, 2, 7)),
                                                      "ended",
                                                      id,
                                                      gateway::Refusal::TicketOutdated,
                                                      {}});
    refuse(id, NotifyType::AuthenticationFailed, false);
    close(id, Reason::AuthenticationFailed);
    EXPECT_EQ(cause(), "ticket-refused");
    EXPECT_THAT(why().screen, testing::IsEmpty());
    connect();
    EXPECT_EQ(attempts.last("anna"), nullptr);
  }
}

TEST_F(Facts, StrangersCauseNoMoreThanTheLimitsAllow) {
  for (std::uint32_t i = 0; i < 3000; ++i) {
    const auto id = begin(IpAddress::v4(10, static_cast<std::uint8_t>(i >> 8), static_cast<std::uint8_t>(i), 1));
    if (i % 2 == 0) close(id, Reason::Expired);
  }
  EXPECT_LE(attempts.open_count(), limits::open_max);
  EXPECT_EQ(attempts.failed_count(), limits::failed_per_step);
  for (int i = 0; i < 100; ++i) close(begin(IpAddress::v4(192, 0, 2, 1)), Reason::Expired);
  EXPECT_EQ(attempts.failed_count(), limits::failed_per_step);
  ASSERT_TRUE(attempts.last("10.11.182.1")) << "one network takes its own share only";
}

TEST_F(Facts, OneThatTriesAllDayMakesNobodyOfItsNetworkForgotten) {
  close(begin_auth(), Reason::AuthenticationFailed);
  for (int i = 0; i < 100; ++i) close(begin(), Reason::Expired);
  EXPECT_TRUE(attempts.last("anna"));
}

TEST_F(Facts, OneAttemptIsBoundedToo) {
  ike::InitOffer offer;
  offer.proposals.resize(200);
  for (auto& proposal : offer.proposals) proposal.transforms.resize(200);
  offer.vendor_ids.assign(100, Bytes(5000));
  say(ike::IkeSaInitRefused{path_from(IpAddress::v4(192, 0, 2, 1)), IkeSpi{1}, NotifyType::NoProposalChosen,
                            std::string(100000, 'x'), offer});
  const Attempt* attempt = attempts.last();
  ASSERT_TRUE(attempt);
  EXPECT_EQ(attempt->offer.proposals.size(), limits::proposals_max);
  EXPECT_EQ(attempt->offer.proposals.front().transforms.size(), limits::transforms_max);
  EXPECT_EQ(attempt->offer.vendor_ids.size(), limits::vendor_ids_max);
  EXPECT_EQ(attempt->offer.vendor_ids.front().size(), limits::octets_max);
  EXPECT_EQ(attempt->detail.size(), limits::text_max);
}

TEST(OnScreen, WindowsTellsWhoMayNotComeInSoFromWhoIsNotBelieved) {
  const auto words = on_screen(Symptom::NotAllowed, PeerKind::Windows);
  EXPECT_THAT(words, testing::ElementsAre(HasSubstr("649"), HasSubstr("or error 13801")));
}

}  // namespace
}  // namespace agilevpn::diagnosis
