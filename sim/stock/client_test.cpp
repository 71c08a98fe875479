// Every stock client at a gateway of ours that has the policy which serves it.
#include "sim/stock/client.h"

#include <gmock/gmock.h>

#include <set>

#include "crypto/key_exchange.h"
#include "ike/policy.h"
#include "ike/typed_proposal.h"
#include "ike/wire/message.h"
#include "sim/stock/crowd.h"
#include "sim/stock/every_kind.h"

namespace agilevpn::sim::stock {
namespace {

namespace wire = ike::wire;
using crypto::KeyExchangeId;
using testing::Each;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

struct Alone {
  explicit Alone(const char* name) : Alone(*find_kind(name)) {}
  explicit Alone(const Kind& kind) : Alone(kind, options_for(kind)) {}
  Alone(const Kind& kind, CrowdOptions options) : crowd(std::move(options)), member(crowd.add(kind)) {
    crowd.world.run_for(10s);
  }
  StockClient& client() { return *member.client; }
  std::string why() const { return testing::PrintToString(crowd.complaints()) + testing::PrintToString(crowd.refused); }
  std::uint64_t pings_answered(std::size_t count = 3, std::size_t octets = 64) {
    const auto before = member.answers;
    for (std::size_t i = 0; i < count; ++i) {
      crowd.ping(member, octets);
      crowd.world.run_for(1s);
    }
    return member.answers - before;
  }

  Crowd crowd;
  Crowd::Member& member;
};

class EveryKind : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Stock, EveryKind, every_kind(), name_of_test);

TEST_P(EveryKind, ConnectsThroughTwoNatsAndItsPingsAreAnswered) {
  Alone alone{*find_kind(GetParam())};
  ASSERT_TRUE(alone.client().is_connected()) << alone.why();
  EXPECT_TRUE(alone.client().session()->is_behind_nat());
  EXPECT_EQ(alone.pings_answered(), 3u);
  EXPECT_THAT(alone.crowd.gateway->role().sessions(), SizeIs(1));
  EXPECT_THAT(alone.crowd.complaints(), IsEmpty());
}

TEST_P(EveryKind, ConnectsWhereNoNatIs) {
  Alone alone{*find_kind(GetParam())};
  alone.client().disconnect();
  alone.crowd.world.run_for(30s);
  alone.crowd.move(alone.member, Place::Office);
  alone.crowd.world.run_for(1s);
  alone.client().connect();
  alone.crowd.world.run_for(10s);
  ASSERT_TRUE(alone.client().is_connected()) << alone.why();
  EXPECT_FALSE(alone.client().session()->is_behind_nat());
  EXPECT_TRUE(alone.client().data_plane().child_sas().begin()->second.path.udp_encapsulation)
      << "a kernel that seals into IP takes nothing in UDP, so both ends must mean it";
  EXPECT_EQ(alone.pings_answered(), 3u);
}

TEST_P(EveryKind, SaysGoodbyeAndIsForgottenAndGetsItsAddressAgain) {
  Alone alone{*find_kind(GetParam())};
  const auto first = alone.client().lease();
  alone.client().disconnect();
  alone.crowd.world.run_for(30s);
  EXPECT_FALSE(alone.client().is_connected());
  EXPECT_THAT(alone.crowd.gateway->role().sessions(), IsEmpty());
  alone.client().connect();
  alone.crowd.world.run_for(10s);
  EXPECT_EQ(alone.client().lease()->ipv4, first->ipv4) << alone.why();
  EXPECT_THAT(alone.crowd.complaints(), IsEmpty());
}

TEST_P(EveryKind, MovesAndKeepsItsInnerAddress) {
  const Kind& kind = *find_kind(GetParam());
  CrowdOptions options = options_for(kind);
  if (!kind.habits.has_mobike)
    options.uniqueness = gateway::Uniqueness::Replace;  // It connects anew, and says nothing of before.
  Alone alone{kind, options};
  for (const Place to : {Place::Office, Place::Phone, Place::Home}) {
    alone.crowd.move(alone.member, to, 3s);
    alone.crowd.world.run_for(20s);
    EXPECT_EQ(alone.pings_answered(), 3u) << alone.why();
  }
  EXPECT_EQ(alone.client().logins(), kind.habits.has_mobike ? 1u : 4u);
  EXPECT_EQ(alone.client().counts().moves, kind.habits.has_mobike ? 3u : 0u);
  EXPECT_THAT(alone.crowd.complaints(), IsEmpty());
}

// ---- Windows

TEST(StockWindows, FragmentsItsSignInAsWasSeen) {
  Crowd crowd{{}};
  std::vector<std::size_t> sizes;
  crowd.world.on_packet = [&](const Packet& packet) {
    const auto header =
        packet.payload.size() > 32 ? wire::decode_message(ByteView{packet.payload}.subspan(4)) : Failure{DecodeError{}};
    if (!header || packet.from.address != IpAddress::v4(192, 168, 1, 2) || header->header.message_id != 1) return;
    if (wire::find<wire::EncryptedFragmentPayload>(header->payloads)) sizes.push_back(packet.payload.size() - 4);
  };
  const auto& member = crowd.add(*find_kind("windows-11-registry-2"));
  crowd.world.run_for(10s);
  ASSERT_TRUE(member.client->is_connected());
  ASSERT_THAT(sizes, SizeIs(3));
  EXPECT_EQ(sizes[0], 580u);
  EXPECT_EQ(sizes[1], 580u);
  EXPECT_LE(sizes[2], 580u);
}

TEST(StockWindows, IsToldTheWinsServersThatItAsksFor) {
  Alone alone{"windows-11-registry-2"};
  ASSERT_TRUE(alone.client().is_connected()) << alone.why();
  EXPECT_THAT(alone.client().lease()->nbns, testing::ElementsAre(IpAddress::v4(10, 99, 0, 137)));
}

TEST(StockWindows, IsUnderstoodWhenItsFragmentsComeBackToFront) {
  Crowd crowd{{}};
  crowd.add(*find_kind("windows-11-registry-2"));
  const auto& second = crowd.add(*find_kind("windows-11-machine"));  // Every second one sends so.
  crowd.world.run_for(10s);
  EXPECT_TRUE(second.client->is_connected());
}

TEST(StockWindows, DeletesItsIdleChildSaAndComesBackWithItsNextPacket) {
  Alone alone{"windows-11-registry-2"};
  const auto lease = alone.client().lease();
  EXPECT_EQ(alone.pings_answered(), 3u);
  alone.crowd.world.run_for(301s);
  EXPECT_EQ(alone.client().counts().idle_deletes, 1u);
  ASSERT_THAT(alone.crowd.gateway->role().sessions(), SizeIs(1)) << "the IKE SA stays";
  EXPECT_THAT(alone.crowd.gateway->data_plane().child_sas(), IsEmpty());
  alone.crowd.world.run_for(40min);
  EXPECT_EQ(alone.pings_answered(), 3u) << alone.why();
  EXPECT_EQ(alone.client().counts().recreated, 1u);
  EXPECT_EQ(alone.client().lease(), lease);
  EXPECT_THAT(alone.crowd.complaints(), IsEmpty());
}

TEST(StockAndroid, SleepsForTwoMinutesWithoutMobikeAndKeepsItsSession) {
  Alone alone{"android-11"};
  for (int nap = 0; nap < 10; ++nap) {
    alone.crowd.world.run_for(4min + nap * 3s);  // Wherever the gateway's own questions stand.
    alone.crowd.nap(alone.member, 119s);
    alone.crowd.world.run_for(3min);
  }
  EXPECT_EQ(alone.client().logins(), 1u);
  EXPECT_EQ(alone.pings_answered(), 3u);
  EXPECT_THAT(alone.crowd.complaints(), IsEmpty());
}

// Where no NAT is: a mapping that was lost would make the gateway ask anew for a reason of its own.
TEST(StockAndroid, IsHeardByAGatewayThatIsAboutToGiveItUp) {
  Alone alone{"android-11"};
  alone.client().disconnect();
  alone.crowd.move(alone.member, Place::Office, 30s);
  alone.crowd.world.run_for(40s);
  alone.client().connect();
  alone.crowd.world.run_for(10s);
  std::size_t times_heard = 0;
  for (int nap = 0; nap < 16; ++nap) {
    alone.pings_answered(1);
    alone.crowd.world.run_for(13s);
    const auto logins = alone.client().logins();
    const Duration length = 136s + nap * 500ms;  // The gateway asks after 30 s, and waits for 127.5 s.
    alone.crowd.nap(alone.member, length);
    alone.crowd.world.run_for(length);
    const bool was_in_time = alone.pings_answered(1) == 1;
    times_heard += was_in_time;
    alone.crowd.world.run_for(5min);
    EXPECT_EQ(alone.client().logins(), logins + (was_in_time ? 0 : 1)) << "nap " << nap;
  }
  EXPECT_GT(times_heard, 0u);
  EXPECT_LT(times_heard, 16u);  // So that one nap ended just before the gateway's patience did.
  EXPECT_THAT(alone.crowd.complaints(), IsEmpty());
}

TEST(StockWindows, RekeysItsChildSaAfter58MinutesAnd46Seconds) {
  Alone alone{"windows-11-registry-2"};
  const auto pings = [&](Duration duration) {
    const Instant end = alone.crowd.world.now() + duration;
    while (alone.crowd.world.now() < end) {
      EXPECT_EQ(alone.pings_answered(1), 1u);
      alone.crowd.world.run_for(59s);
    }
  };
  pings(58min);
  EXPECT_EQ(alone.client().counts().child_rekeys, 0u);
  pings(2min);
  EXPECT_EQ(alone.client().counts().child_rekeys, 1u);
  EXPECT_EQ(alone.client().counts().idle_deletes, 0u);
}

TEST(StockWindows, RekeysItsChildSaAfter200Mebioctets) {
  Alone alone{"windows-11-registry-2"};
  const auto send = [&](std::size_t packets) {
    for (std::size_t i = 0; i < packets; ++i) {
      alone.crowd.ping(alone.member, 60000);
      alone.crowd.world.run_for(20ms);
    }
  };
  send(3000);
  EXPECT_EQ(alone.client().counts().child_rekeys, 0u);
  send(600);
  alone.crowd.world.run_for(10s);
  EXPECT_EQ(alone.client().counts().child_rekeys, 1u);
  EXPECT_EQ(alone.pings_answered(), 3u);
  EXPECT_THAT(alone.crowd.complaints(), IsEmpty());
}

TEST(StockWindows, WithPfsRekeysWithItsGroup) {
  Alone alone{"windows-11-cmdlet-pfs"};
  for (int i = 0; i < 62; ++i) {
    EXPECT_EQ(alone.pings_answered(1), 1u);
    alone.crowd.world.run_for(59s);
  }
  EXPECT_EQ(alone.client().counts().child_rekeys, 1u) << alone.why();
}

TEST(StockWindows, TakesTheGatewaysIkeRekeyAndDoesItsOwn) {
  const Kind& kind = *find_kind("windows-10");
  Alone alone{kind};
  alone.crowd.world.run_for(5h);
  EXPECT_EQ(alone.client().counts().peer_ike_rekeys, 1u);
  CrowdOptions patient = options_for(kind);
  patient.settings.ike_rekey = 24h;
  Alone other{kind, patient};
  other.crowd.world.run_for(9h);
  EXPECT_EQ(other.client().counts().ike_rekeys, 1u);
  EXPECT_THAT(other.crowd.complaints(), IsEmpty());
  EXPECT_EQ(other.pings_answered(), 3u);
}

TEST(StockWindows, UntouchedIsRefusedByAnyPolicyButItsOwn) {
  for (const char* policy : {"modern", "compatible"}) {
    Alone alone{*find_kind("windows-10"), {.policy = policy}};
    EXPECT_FALSE(alone.client().is_connected());
    EXPECT_THAT(alone.crowd.complaints(), Each(HasSubstr("13868"))) << policy;
  }
}

TEST(StockWindows, TwoWithTheSameIdiBehindOneNatAreTwo) {
  Crowd crowd{{}};
  const auto& one = crowd.add(*find_kind("windows-11-registry-2"));
  const auto& other = crowd.add(*find_kind("windows-11-registry-2"));
  crowd.world.run_for(10s);
  ASSERT_TRUE(one.client->is_connected() && other.client->is_connected());
  EXPECT_EQ(one.host->interface(0).addresses(), other.host->interface(0).addresses());
  EXPECT_NE(one.client->lease()->ipv4, other.client->lease()->ipv4);
  EXPECT_THAT(crowd.gateway->role().sessions(), SizeIs(2));
}

// ---- The others

TEST(StockApple, ByHandRekeysTheIkeSaEveryEightMinutes) {
  Alone alone{"ios"};
  alone.crowd.world.run_for(65min);
  EXPECT_EQ(alone.client().counts().ike_rekeys, 8u) << alone.why();
  EXPECT_EQ(alone.client().logins(), 1u);
  EXPECT_GE(alone.client().counts().child_rekeys, 1u);
  EXPECT_THAT(alone.crowd.complaints(), IsEmpty());
  EXPECT_EQ(alone.pings_answered(), 3u);
}

TEST(StockApple, IosByHandWantsAnRsaCertificate) {
  Alone alone{*find_kind("ios"), {.gateway_key = crypto::KeyType::EcdsaP256}};
  EXPECT_FALSE(alone.client().is_connected());
  EXPECT_THAT(alone.crowd.complaints(), Each(HasSubstr("not RSA")));
}

// ---- Additional key exchanges. Classical ones are as legal as ML-KEM, and every OpenSSL has them.

constexpr std::string_view with_two_more = "aes256gcm16-prfsha256-x25519-ke1_ecp384-ke2_x448";

struct Hybrid {
  explicit Hybrid(std::string_view gateway, const std::function<void(Habits&)>& change = [](Habits&) {}) {
    kind.ike = ike_proposals({with_two_more, "aes256gcm16-prfsha256-x25519"});
    change(kind.habits);
    CrowdOptions options = options_for(kind);
    options.typed =
        ike::Policy{"typed", {*ike::parse_ike_proposal(gateway)}, {*ike::parse_esp_proposal("aes256gcm16")}};
    alone.emplace(kind, std::move(options));
  }
  std::string suite() const { return alone->crowd.gateway->role().sessions().at(0).ike_sa->suite; }

  Kind kind = *find_kind("ios-26-profile");
  std::optional<Alone> alone;
};

TEST(StockApple, DoesAdditionalKeyExchangesBeforeItSignsIn) {
  Hybrid hybrid{with_two_more};
  ASSERT_TRUE(hybrid.alone->client().is_connected()) << hybrid.alone->why();
  EXPECT_THAT(hybrid.suite(), HasSubstr("X25519 + P-384 + X448"));
  EXPECT_EQ(hybrid.alone->pings_answered(), 3u);
}

TEST(StockApple, DoesWithoutThemWhereTheGatewayHasNone) {
  Hybrid hybrid{"aes256gcm16-prfsha256-x25519"};
  ASSERT_TRUE(hybrid.alone->client().is_connected()) << hybrid.alone->why();
  EXPECT_THAT(hybrid.suite(), testing::EndsWith("X25519"));
}

TEST(StockApple, RekeysWithThemAndTakesTheGatewaysRekeys) {
  for (const bool is_own : {true, false}) {
    Hybrid hybrid{with_two_more, [&](Habits& habits) {
                    habits.ike_rekey = is_own ? 1h : 48h;
                    habits.child_rekey = is_own ? 40min : 48h;
                  }};
    hybrid.alone->crowd.world.run_for(9h);
    const auto counts = hybrid.alone->client().counts();
    EXPECT_GE(is_own ? counts.ike_rekeys : counts.peer_ike_rekeys, 2u) << hybrid.alone->why();
    EXPECT_GE(is_own ? counts.child_rekeys : counts.peer_child_rekeys, 4u);
    EXPECT_THAT(hybrid.suite(), HasSubstr("X25519 + P-384 + X448"));
    EXPECT_EQ(hybrid.alone->pings_answered(), 3u);
    EXPECT_EQ(hybrid.alone->client().logins(), 1u);
    EXPECT_THAT(hybrid.alone->crowd.complaints(), IsEmpty());
  }
}

TEST(StockApple, HasMlKemWhereTheGatewayHasIt) {
  if (!crypto::KeyExchange::is_supported(KeyExchangeId::MlKem768)) GTEST_SKIP() << "this OpenSSL has no ML-KEM";
  Alone alone{"ios-26-profile"};
  EXPECT_THAT(alone.crowd.gateway->role().sessions().at(0).ike_sa->suite, HasSubstr("X25519 + ML-KEM-768"));
}

TEST(StockAndroid, BeginsWithAGroupThatTheGatewayLikesLessAndIsToldAnother) {
  Crowd crowd{{.policy = "modern"}};
  std::set<KeyExchangeId> tried;
  crowd.world.on_packet = [&](const Packet& packet) {
    const auto message = packet.to.port == ike_port ? wire::decode_message(packet.payload) : Failure{DecodeError{}};
    const auto* ke = message && !message->header.is_response ? wire::find<wire::KePayload>(message->payloads) : nullptr;
    if (ke) tried.insert(ke->method);
  };
  const auto& member = crowd.add(*find_kind("android-13"));
  crowd.world.run_for(10s);
  EXPECT_TRUE(member.client->is_connected());
  EXPECT_THAT(tried, testing::UnorderedElementsAre(KeyExchangeId::Modp4096, KeyExchangeId::Curve25519));
}

TEST(StockAndroid, LivesOnPastItsHardLifetimes) {
  Alone alone{"android-13"};
  alone.crowd.world.run_for(9h);
  EXPECT_GE(alone.client().counts().child_rekeys, 7u);
  EXPECT_GE(alone.client().counts().ike_rekeys + alone.client().counts().peer_ike_rekeys, 3u);
  EXPECT_THAT(alone.crowd.complaints(), IsEmpty());
}

TEST(StockClient, CallsADropWhatItsOwnerWould) {
  Alone alone{"windows-11-registry-2"};
  const auto id = alone.crowd.gateway->role().sessions().at(0).id;
  alone.crowd.gateway->command([&](gateway::Gateway& gateway, Instant now) { gateway.disconnect(now, id); });
  alone.crowd.world.run_for(10s);
  EXPECT_THAT(alone.crowd.complaints(), Each(HasSubstr("deletes the IKE SA")));
  EXPECT_THAT(alone.crowd.complaints(), SizeIs(1));
  EXPECT_TRUE(alone.client().is_connected()) << "it comes back";
}

}  // namespace
}  // namespace agilevpn::sim::stock
