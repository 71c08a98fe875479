// Clients that are almost one of these, one change away: they are served or refused as the RFC says, the gateway keeps
// nothing of them, and nobody else feels it. AGILEVPN_MUTANTS=all tries every change of every message of every kind,
// for hours.
#include "sim/stock/mutation.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <map>

#include "sim/stock/crowd.h"
#include "sim/stock/every_kind.h"
#include "sim/stock/field.h"
#include "sim/stock/windows.h"

namespace agilevpn::sim::stock {
namespace {

namespace wire = ike::wire;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr std::size_t mutants_at_once = 42;

// In a minute it says everything that its kind ever does.
Kind hasty(Kind kind) {
  kind.habits.child_rekey = 23s;
  kind.habits.ike_rekey = 33s;
  return kind;
}

void live_a_minute(Crowd& crowd, const std::vector<Crowd::Member*>& members) {
  const auto ping_for = [&](int tens) {
    for (int i = 0; i < tens; ++i) {
      for (Crowd::Member* member : members) crowd.ping(*member);
      crowd.world.run_for(10s);
    }
  };
  ping_for(3);
  for (Crowd::Member* member : members) crowd.move(*member, Place::Office, 1s);
  ping_for(1);
  for (Crowd::Member* member : members) member->client->disconnect();
  ping_for(1);
}

// Recorded once.
const std::vector<Plaintext>& said_by(const Kind& kind) {
  static std::map<std::string, std::vector<Plaintext>> all;
  const auto [found, is_new] = all.try_emplace(kind.name);
  if (!is_new) return found->second;
  const Kind speaker = hasty(kind);
  Crowd crowd{options_for(kind)};
  live_a_minute(crowd, {&crowd.add(speaker, [&said = found->second](const Plaintext& text) { said.push_back(text); })});
  return found->second;
}

class Mutants : public testing::TestWithParam<std::string> {
 protected:
  const Kind& kind() const { return *find_kind(GetParam()); }
  std::size_t turn() const { return static_cast<std::size_t>(&kind() - kinds().data()); }

  // All at once beside a healthy client, and for longer than a gateway waits for anybody.
  void play(const std::vector<Mutation>& mutations) const {
    const Kind mutant = hasty(kind());
    Crowd crowd{options_for(kind())};
    auto& healthy = crowd.add(kind());
    crowd.world.run_for(10s);
    ASSERT_TRUE(healthy.client->is_connected());
    const auto lease = healthy.client->lease();
    std::vector<Crowd::Member*> mutants;
    for (const Mutation& mutation : mutations) mutants.push_back(&crowd.add(mutant, tamper_with(mutation)));
    live_a_minute(crowd, mutants);
    for (int minute = 0; minute < 150; ++minute) {
      crowd.ping(healthy);
      crowd.world.run_for(1min);
    }
    EXPECT_THAT(healthy.client->drops(), IsEmpty());
    EXPECT_EQ(healthy.answers, healthy.pings);
    EXPECT_EQ(healthy.client->lease(), lease);
    const auto& role = crowd.gateway->role();
    EXPECT_THAT(role.sessions(), SizeIs(1)) << "the mutants' are over";
    EXPECT_EQ(role.half_open_count(), 0u);
    EXPECT_THAT(crowd.gateway->data_plane().child_sas(), SizeIs(1));
    EXPECT_THAT(crowd.gateway->data_plane().mistakes(), IsEmpty());
  }
};

INSTANTIATE_TEST_SUITE_P(Stock, Mutants, every_kind(), name_of_test);

TEST_P(Mutants, AreServedOrRefusedAndAHealthyClientBesideThemFeelsNothing) {
  const auto all = mutations_of(said_by(kind()));
  ASSERT_GT(all.size(), 500u);
  const char* const wish = std::getenv("AGILEVPN_MUTANTS");
  if (!wish || std::string_view{wish} != "all") return play(choose_mutations(all, mutants_at_once, turn()));
  for (std::size_t i = 0; i < all.size(); i += mutants_at_once) {
    const auto end = std::min(i + mutants_at_once, all.size());
    SCOPED_TRACE(testing::Message() << "from " << all[i].what << " to " << all[end - 1].what);
    play({all.begin() + static_cast<std::ptrdiff_t>(i), all.begin() + static_cast<std::ptrdiff_t>(end)});
  }
}

TEST_P(Mutants, AreMadeOfFieldsThatLeaveNoOctetOut) {
  for (const Plaintext& text : said_by(kind())) {
    std::size_t size = 0;
    for (const Field& field : fields_of(*wire::decode_payloads(text.first, text.chain))) {
      EXPECT_EQ(field.at, size) << field.to_string();
      size += field.size;
    }
    EXPECT_EQ(size, text.chain.size());
  }
}

// ---- What the RFC says of some

struct Verdict {
  bool is_connected = false;
  std::vector<std::string> answers;  // The gateway's notifies.
  std::vector<Drop> drops;           // Why the client gave up.
  std::optional<ike::PeerGuess> guess;
};

Verdict verdict_on(const char* name, const Tamper& tamper) {
  const Kind& kind = *find_kind(name);
  Crowd crowd{options_for(kind)};
  Verdict verdict;
  crowd.gateway->on_event = [&](const gateway::Event& event) {
    const auto* engine = std::get_if<ike::Event>(&event);
    const auto* refused = engine ? std::get_if<ike::IkeSaInitRefused>(engine) : nullptr;
    if (refused) verdict.answers.push_back(wire::to_string(refused->notify));
    const auto* seen = engine ? std::get_if<ike::MessageSeen>(engine) : nullptr;
    if (seen && seen->direction == ike::MessageSeen::Direction::Sent)
      std::ranges::copy(seen->payloads, std::back_inserter(verdict.answers));
  };
  auto& member = crowd.add(kind, tamper);
  crowd.world.run_for(1500ms);  // Before it tries once more, as it should have been.
  verdict.is_connected = member.client->is_connected();
  verdict.drops = member.client->drops();
  const auto sessions = crowd.gateway->role().sessions();
  if (!sessions.empty()) verdict.guess = sessions.front().ike_sa->product;
  return verdict;
}

// Of the first message of this exchange, the mutation of this name.
Verdict verdict_on(const char* name, const std::string& what) {
  for (const Mutation& mutation : mutations_of(said_by(*find_kind(name))))
    if (mutation.what == what) return verdict_on(name, tamper_with(mutation));
  ADD_FAILURE() << "there is no " << what;
  return {};
}

constexpr const char* windows = "windows-11-registry-2";

TEST(MutantOf, AnUnknownCriticalPayloadIsRefusedByItsNumberAndAnotherIsPassedOver) {  // RFC 7296 §2.5
  for (const char* exchange : {"IKE_SA_INIT SA", "IKE_AUTH IDi"}) {
    const Verdict critical = verdict_on(windows, std::string{exchange} + ": after an unknown critical one");
    EXPECT_FALSE(critical.is_connected);
    EXPECT_THAT(critical.answers, Contains(HasSubstr("UNSUPPORTED_CRITICAL_PAYLOAD"))) << exchange;
    EXPECT_TRUE(verdict_on(windows, std::string{exchange} + ": after an unknown one").is_connected) << exchange;
  }
}

TEST(MutantOf, TheCriticalBitOfAPayloadThatWeKnowIsIgnored) {  // RFC 7296 §3.2
  for (const char* what :
       {"IKE_SA_INIT SA Critical: top bit", "IKE_SA_INIT Nonce Critical: top bit", "IKE_AUTH SA Critical: top bit"})
    EXPECT_TRUE(verdict_on(windows, what).is_connected) << what;
}

TEST(MutantOf, ReservedFieldsAreIgnored) {
  for (const char* what :
       {"IKE_SA_INIT SA RESERVED: all ones", "IKE_SA_INIT KE RESERVED: all ones", "IKE_AUTH IDi RESERVED: all ones",
        "IKE_AUTH TSi RESERVED: all ones", "IKE_AUTH CP RESERVED: all ones"})
    EXPECT_TRUE(verdict_on(windows, what).is_connected) << what;
}

TEST(MutantOf, ANonceOfAWrongSizeIsNotTaken) {  // RFC 7296 §3.9: 16 to 256 octets
  for (const char* what : {"IKE_SA_INIT Nonce Nonce Data: none", "IKE_SA_INIT Nonce Nonce Data: many more"})
    EXPECT_FALSE(verdict_on(windows, what).is_connected) << what;
}

TEST(MutantOf, AKeyExchangeOfAnotherGroupOrSizeIsRefused) {
  const Verdict group = verdict_on(windows, "IKE_SA_INIT KE Key Exchange Method: one more");
  EXPECT_FALSE(group.is_connected);
  EXPECT_THAT(group.answers, Contains(HasSubstr("INVALID_KE_PAYLOAD")));
  for (const char* size : {"an octet fewer", "an octet more", "many more"})
    EXPECT_FALSE(verdict_on(windows, std::string{"IKE_SA_INIT KE Key Exchange Data: "} + size).is_connected) << size;
}

TEST(MutantOf, ANewMajorVersionIsToldOursAndAMinorOneIsPassedOver) {  // RFC 7296 §2.5
  const Verdict major = verdict_on(windows, "IKE_SA_INIT header, major version");
  EXPECT_FALSE(major.is_connected);
  ASSERT_THAT(major.drops, testing::Not(IsEmpty()));
  EXPECT_THAT(major.drops.front().reason, HasSubstr("INVALID_MAJOR_VERSION"));
  EXPECT_TRUE(verdict_on(windows, "IKE_SA_INIT header, minor version").is_connected);
}

TEST(MutantOf, LengthsThatDoNotAddUpInsideTheTunnelOfIkeAreInvalidSyntax) {  // RFC 7296 §2.21.2
  for (const char* what : {"IKE_AUTH SA Proposal Length: one more", "IKE_AUTH SA Transform Length: zero",
                           "IKE_AUTH TSi Selector Length: one less", "IKE_AUTH TSi Number of TSs: one more",
                           "IKE_AUTH SA Num Transforms: one less", "IKE_AUTH IDi Payload Length: one more"}) {
    const Verdict verdict = verdict_on(windows, what);
    EXPECT_FALSE(verdict.is_connected) << what;
    EXPECT_THAT(verdict.answers, Contains(HasSubstr("INVALID_SYNTAX"))) << what;
  }
}

// ---- What they claim

// In every IKE_SA_INIT: who is told another group says it again.
Tamper claiming(std::vector<Bytes> ids) {
  return [ids = std::move(ids)](Plaintext& text) {
    if (text.header.exchange != wire::ExchangeType::IkeSaInit) return;
    auto payloads = *wire::decode_payloads(text.first, text.chain);
    for (const Bytes& id : ids) payloads.push_back(wire::payload(wire::VendorIdPayload{id}));
    text.chain = wire::encode_payloads(payloads);
  };
}

TEST(MutantOf, TwoMakersAtOnceIsTakenForNeither) {
  auto both = windows_vendor_ids(9);
  both.push_back("882fe56d6fd20dbc2251613b2ebe5beb"_hex);  // strongSwan's.
  for (const char* kind : {"windows-11-registry-2", "ios", "android-13", "strongswan-app"}) {
    const Verdict verdict = verdict_on(kind, claiming(both));
    ASSERT_TRUE(verdict.is_connected) << kind;
    EXPECT_EQ(verdict.guess->kind, ike::PeerKind::Unknown) << kind;
  }
}

TEST(MutantOf, AClaimToBeWindowsWithApplesOfferIsDroppedAndServedForHours) {
  const Kind& ios = *find_kind("ios");
  const Tamper claim = claiming(windows_vendor_ids(9));
  const Verdict verdict = verdict_on("ios", claim);
  ASSERT_TRUE(verdict.is_connected);
  EXPECT_EQ(verdict.guess->kind, ike::PeerKind::Unknown);
  CrowdOptions options = options_for(ios);
  options.settings.child_rekey = 20min;
  Crowd crowd{std::move(options)};
  auto& member = crowd.add(ios, claim);
  for (int minute = 0; minute < 180; ++minute) {
    crowd.ping(member);
    crowd.world.run_for(1min);
  }
  EXPECT_THAT(crowd.complaints(), IsEmpty());
  EXPECT_EQ(member.answers, member.pings);
  EXPECT_GE(member.client->counts().peer_child_rekeys, 3u) << "it is not left alone as Windows would be";
}

}  // namespace
}  // namespace agilevpn::sim::stock
