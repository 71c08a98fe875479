// Clients that are almost one of these, one change away: they are served or refused as the RFC says, the gateway keeps nothing
// of them, and nobody else feels it.
#include <gmock/gmock.h>

#include "sim/stock/crowd.h"
#include "sim/stock/every_kind.h"

namespace agilevpn::sim::stock {
namespace {

namespace wire = ike::wire;
using testing::IsEmpty;
using testing::SizeIs;

// Changes one payload of the client's `at`th message, and nothing else ever.
class Mutation {
 public:
  explicit Mutation(std::uint64_t seed) : dice_(seed), at_(seed % messages), way_(seed / messages % ways) {}

  void operator()(wire::ExchangeType, wire::Payloads& payloads) {
    if (seen_++ != at_ || payloads.empty()) return;
    const std::size_t which = dice_.below(payloads.size());
    const auto payload = payloads.begin() + static_cast<std::ptrdiff_t>(which);
    switch (way_) {
      case 0: payloads.erase(payload); break;
      case 1: payloads.push_back(*payload); break;
      case 2: std::iter_swap(payload, payloads.begin()); break;
      default: flip_bit(payloads); break;
    }
  }

 private:
  static constexpr std::uint64_t messages = 7, ways = 6;  // Half of the ways flip a bit.

  // In what is on the wire, as long as it still is a message: the codec's fuzzer has the rest.
  void flip_bit(wire::Payloads& payloads) {
    const Bytes whole = wire::encode_payloads(payloads);
    for (int tries = 0; tries < 50; ++tries) {
      Bytes octets = whole;
      octets[dice_.below(octets.size())] ^= std::byte{1} << dice_.below(8);
      if (auto changed = wire::decode_payloads(payloads.front().type, octets)) {
        payloads = *std::move(changed);
        return;
      }
    }
  }

  SeededRandom dice_;
  std::uint64_t at_, way_, seen_ = 0;
};

class Mutants : public testing::TestWithParam<std::string> {};

INSTANTIATE_TEST_SUITE_P(Stock, Mutants, every_kind(), name_of_test);

TEST_P(Mutants, AreServedOrRefusedAndAHealthyClientBesideThemFeelsNothing) {
  const Kind& kind = *find_kind(GetParam());
  Crowd crowd{options_for(kind)};
  auto& healthy = crowd.add(kind);
  crowd.world.run_for(10s);
  ASSERT_TRUE(healthy.client->is_connected());
  const auto lease = healthy.client->lease();
  std::vector<Crowd::Member*> mutants;
  for (std::uint64_t seed = 0; seed < 42; ++seed) mutants.push_back(&crowd.add(kind, Mutation{seed}));
  for (int round = 0; round < 4; ++round) {
    crowd.ping(healthy);
    for (Crowd::Member* mutant : mutants) crowd.ping(*mutant);
    crowd.world.run_for(10s);
  }
  for (Crowd::Member* mutant : mutants) mutant->client->disconnect();
  for (int minute = 0; minute < 150; ++minute) {  // Longer than the gateway waits for anybody.
    crowd.ping(healthy);
    crowd.world.run_for(1min);
  }
  EXPECT_THAT(healthy.client->drops(), IsEmpty());
  EXPECT_EQ(healthy.answers, healthy.pings);
  EXPECT_EQ(healthy.client->lease(), lease);
  EXPECT_THAT(crowd.gateway->role().sessions(), SizeIs(1)) << "the mutants' are over";
}

}  // namespace
}  // namespace agilevpn::sim::stock
