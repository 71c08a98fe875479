// A gateway whose own timers are short, and clients that do not take what it starts: what it must know of them, or
// learn.
#include <gmock/gmock.h>

#include "sim/stock/crowd.h"

namespace agilevpn::sim::stock {
namespace {

using testing::Contains;
using testing::Field;
using testing::IsEmpty;

CrowdOptions impatient(const Kind& kind) {
  CrowdOptions options = options_for(kind);
  options.settings.child_rekey = 20min;
  return options;
}

struct Busy {
  explicit Busy(const Kind& kind, Place place = Place::Home) : crowd(impatient(kind)), member(crowd.add(kind)) {
    crowd.world.run_for(10s);
    if (place != Place::Home) crowd.move(member, place, 1s);
    crowd.world.run_for(10s);
  }
  // Something to say every minute, so that nothing idles.
  void work_for(Duration duration) {
    for (const Instant end = crowd.world.now() + duration; crowd.world.now() < end; crowd.world.run_for(60s))
      crowd.ping(member);
    crowd.world.run_for(1s);
  }
  StockClient& client() { return *member.client; }

  Crowd crowd;
  Crowd::Member& member;
};

std::vector<const Kind*> kinds_that(bool are_windows) {
  std::vector<const Kind*> found;
  for (const Kind& kind : kinds())
    if (kind.habits.refuses_rekey_behind_nat == are_windows) found.push_back(&kind);
  return found;
}

// Windows, and nothing says so.
Kind disguised() {
  Kind kind = *find_kind("windows-11-registry-2");
  kind.vendor_ids.clear();
  kind.wishes = {ike::wire::ConfigurationAttributeType::InternalIp4Address,
                 ike::wire::ConfigurationAttributeType::InternalIp4Dns};
  return kind;
}

TEST(StockQuirks, WindowsBehindANatRekeysItsChildSasItselfAndIsNotAsked) {
  for (const Kind* kind : kinds_that(true)) {
    Busy busy{*kind};
    busy.work_for(3h);
    EXPECT_EQ(busy.client().refusals().size(), 0u) << kind->name;
    EXPECT_GE(busy.client().counts().child_rekeys, 3u) << kind->name;
    EXPECT_THAT(busy.crowd.complaints(), IsEmpty());
    EXPECT_EQ(busy.member.answers, busy.member.pings);
  }
}

TEST(StockQuirks, WindowsWithoutANatIsNotAskedForAGroupThatItDoesNotTake) {
  for (const Kind* kind : kinds_that(true)) {
    Busy busy{*kind, Place::Office};
    busy.work_for(3h);
    EXPECT_EQ(busy.client().refusals().size(), 0u) << kind->name;
    EXPECT_THAT(busy.crowd.complaints(), IsEmpty());
    EXPECT_EQ(busy.member.answers, busy.member.pings);
  }
}

TEST(StockQuirks, AGatewayLearnsFromItsFirstRefusalBehindANat) {
  const Kind kind = disguised();
  Busy busy{kind};
  busy.work_for(3h);
  EXPECT_EQ(busy.client().refusals().size(), 1u);
  EXPECT_THAT(busy.crowd.complaints(), IsEmpty());
}

TEST(StockQuirks, AGatewayLearnsFromItsFirstRefusalOfAGroup) {
  const Kind kind = disguised();
  Busy busy{kind, Place::Office};
  busy.work_for(3h);
  EXPECT_EQ(busy.client().refusals().size(), 1u);
  EXPECT_GE(busy.client().counts().peer_child_rekeys, 3u) << "without one it is welcome";
  EXPECT_THAT(busy.crowd.complaints(), IsEmpty());
}

TEST(StockQuirks, AllOthersTakeTheGatewaysRekeys) {
  for (const Kind* kind : kinds_that(false)) {
    Busy busy{*kind};
    busy.work_for(3h);
    EXPECT_EQ(busy.client().refusals().size(), 0u) << kind->name;
    EXPECT_GE(busy.client().counts().peer_child_rekeys, 3u) << kind->name;
    EXPECT_THAT(busy.crowd.complaints(), IsEmpty());
    EXPECT_EQ(busy.member.answers, busy.member.pings) << kind->name;
  }
}

TEST(StockQuirks, WindowsHearsFromTheGatewayWhatItReachesByIpv6) {
  for (const Kind* kind : kinds_that(true)) {
    Busy busy{*kind};
    const auto ip = esp::IpPacket::decode(busy.client().advertisement());
    ASSERT_TRUE(ip) << kind->name << ": no router answered";
    EXPECT_EQ(ip->selectors.source, IpAddress::parse("fe80::1"));
  }
}

TEST(StockQuirks, NobodyElseIsGivenLinkLocalSelectors) {
  for (const Kind* kind : kinds_that(false)) {
    Busy busy{*kind};
    const auto& child_sas = busy.crowd.gateway->data_plane().child_sas();
    ASSERT_FALSE(child_sas.empty()) << kind->name;
    for (const auto& [id, child] : child_sas)
      for (const TrafficSelectors& selectors : {child.ts_local, child.ts_remote})
        EXPECT_FALSE(std::ranges::any_of(selectors, [](const auto& ts) { return ts.first_address.is_link_local(); }))
            << kind->name;
  }
}

// All that the gateway answers while `play` plays.
std::vector<std::string> said(Crowd& crowd, const std::function<void()>& play) {
  std::vector<std::string> all;
  crowd.gateway->on_event = [&](const gateway::Event& event) {
    const auto* engine = std::get_if<ike::Event>(&event);
    const auto* seen = engine ? std::get_if<ike::MessageSeen>(engine) : nullptr;
    if (seen && seen->direction == ike::MessageSeen::Direction::Sent)
      std::ranges::copy(seen->payloads, std::back_inserter(all));
  };
  play();
  return all;
}

// To a second client of this kind where the pool has one address.
std::vector<std::string> said_without_addresses(const Kind& kind) {
  CrowdOptions options = impatient(kind);
  options.pool = "10.66.0.0/30";
  Crowd crowd{std::move(options)};
  return said(crowd, [&] {
    crowd.add(kind);
    crowd.world.run_for(10s);
    crowd.add(kind);
    crowd.world.run_for(5s);
  });
}

// To somebody who is kept, and disabled, and has proved who it is.
std::vector<std::string> said_to_disabled(const Kind& kind) {
  Crowd crowd{impatient(kind)};
  const gateway::NoUser disabled{.reason = "it is disabled", .cause = gateway::Refusal::UserDisabled};
  crowd.gateway->authorize = [&](const gateway::Authorize&) { return Failure{disabled}; };
  if (kind.sign_in == SignIn::EapTls)
    crowd.gateway->users = [&](const gateway::UserQuestion&) { return Failure{disabled}; };
  return said(crowd, [&] {
    crowd.add(kind);
    crowd.world.run_for(1500ms);
  });
}

constexpr const char* failed = "AUTHENTICATION_FAILED";

TEST(StockQuirks, WindowsIsToldByANumberOfItsOwnThatThereIsNoAddress) {
  const auto is_number = testing::HasSubstr("MS_STATUS: 717");
  EXPECT_THAT(said_without_addresses(*find_kind("windows-10")), Contains(is_number));
  const auto to_apple = said_without_addresses(*find_kind("macos"));
  EXPECT_THAT(to_apple, Contains(testing::HasSubstr("INTERNAL_ADDRESS_FAILURE")));
  EXPECT_THAT(to_apple, testing::Not(Contains(is_number)));
}

TEST(StockQuirks, WindowsIsToldByANumberOfItsOwnThatItsAccountMayNotComeIn) {
  const auto is_number = testing::HasSubstr("MS_STATUS: 649");
  for (const char* kind : {"windows-10", "windows-11-machine", "windows-11-cmdlet-pfs"})
    EXPECT_THAT(said_to_disabled(*find_kind(kind)), testing::IsSupersetOf({testing::HasSubstr(failed), is_number}))
        << kind;
  const auto to_apple = said_to_disabled(*find_kind("macos"));
  EXPECT_THAT(to_apple, Contains(testing::HasSubstr(failed)));
  EXPECT_THAT(to_apple, testing::Not(Contains(is_number)));
}

TEST(StockQuirks, WindowsIsToldNothingOfAnAccountBeforeItHasProvedThatItIsIts) {
  const Kind& kind = *find_kind("windows-10");
  Crowd crowd{impatient(kind)};
  crowd.gateway->users = [](const gateway::UserQuestion& question) -> gateway::UserAnswer {
    const auto* find = std::get_if<gateway::FindUser>(&question);
    if (find && !find->is_guess) return gateway::User{.name = find->name, .group = {}, .nt_hash = {}, .methods = {}};
    return Failure{gateway::NoUser{.reason = "it is disabled", .cause = gateway::Refusal::UserDisabled}};
  };
  const auto all = said(crowd, [&] {
    crowd.add(kind);
    crowd.world.run_for(1500ms);
  });
  EXPECT_THAT(all, testing::Not(Contains(testing::HasSubstr("MS_STATUS"))));
  EXPECT_THAT(crowd.complaints(), testing::Each(testing::HasSubstr("691: ")));
  EXPECT_THAT(crowd.complaints(), testing::Not(IsEmpty()));
}

TEST(StockQuirks, WindowsIsToldTheGatewaysInnerAddress) {
  using ike::wire::ConfigurationAttribute;
  Busy busy{*find_kind("windows-10")};
  EXPECT_THAT(busy.client().reply().attributes,
              Contains(testing::AllOf(
                  Field(&ConfigurationAttribute::type, ike::wire::ConfigurationAttributeType::InternalIp4Server),
                  Field(&ConfigurationAttribute::value, to_bytes(inner_v4_of_gateway.bytes())))));
}

}  // namespace
}  // namespace agilevpn::sim::stock
