// Whatever a stranger sends, at any point of a conversation: never a crash, always a typed step, and no success without the
// proof. Each conversation is deterministic, so any of its states is reached by saying its beginning again.
#include <gtest/gtest.h>

#include "eap/login_fixture.h"

namespace agilevpn::eap {
namespace {

// A conversation's packets from one side, Success and Failure left out: answers of the peer, or Requests.
std::vector<Bytes> said(const SampleLogin& login, Code code) {
  std::vector<Bytes> result;
  for (const Packet& packet : login.conversation.packets)
    if (packet.code == code) result.push_back(encode(packet));
  return result;
}

// Type-Data that is wrong in one way or another: each length of the right one, of zeros and of ones; every octet changed;
// every OpCode.
std::vector<Bytes> wrong_type_data(ByteView right) {
  std::vector<Bytes> result;
  for (std::size_t size = 0; size <= right.size() + 3; ++size) {
    if (size < right.size()) result.push_back(to_bytes(right.first(size)));
    if (size < right.size() && size >= 4) {  // With an MS-Length that fits.
      Writer out;
      out.bytes(right.first(size)).patch_u16(2, static_cast<std::uint16_t>(size));
      result.push_back(std::move(out).take());
    }
    result.push_back(Bytes(size, std::byte{0}));
    result.push_back(Bytes(size, std::byte{0xff}));
  }
  for (std::size_t i = 0; i < right.size(); ++i) {
    result.push_back(to_bytes(right));
    result.back()[i] ^= std::byte{0x80};
  }
  for (unsigned op_code = 0; op_code < 10 && !right.empty(); ++op_code) {
    result.push_back(to_bytes(right));
    result.back()[0] = static_cast<std::byte>(op_code);
  }
  result.push_back(Bytes(60000, std::byte{'x'}));
  std::erase(result, to_bytes(right));
  return result;
}

class HostileEap : public testing::TestWithParam<Type> {};
INSTANTIATE_TEST_SUITE_P(Methods, HostileEap, testing::Values(Type::MsChapV2, Type::Gtc),
                         [](const auto& param) { return std::string{param.param == Type::Gtc ? "Gtc" : "MsChapV2"}; });

TEST_P(HostileEap, TheConversationItselfSucceeds) {
  SampleLogin login{GetParam(), true};
  login.conversation.run();
  EXPECT_TRUE(login.conversation.has_succeeded())
      << login.conversation.server_reason() << login.conversation.peer_reason();
}

TEST_P(HostileEap, NoWrongTypeDataInAnyStateLetsAPeerIn) {
  SampleLogin right{GetParam(), true};
  right.conversation.run();
  const auto responses = said(right, Code::Response);
  for (std::size_t state = 1; state < responses.size(); ++state) {
    const Packet correct = *decode(responses[state]);
    for (const Bytes& type_data : wrong_type_data(correct.data)) {
      SampleLogin login{GetParam(), true};
      Conversation& conversation = login.conversation;
      conversation.handle(conversation.server.start());
      for (std::size_t i = 0; i < state; ++i) conversation.handle(conversation.server.handle_packet(responses[i]));
      ASSERT_FALSE(conversation.server_outcome);
      conversation.handle(
          conversation.server.handle_packet(encode({Code::Response, correct.identifier, correct.type, type_data})));
      const bool is_in = conversation.server_outcome && conversation.server_outcome->is_success;
      // What acknowledges a Success may be longer than it need be.
      const bool is_acknowledgement = GetParam() == Type::MsChapV2 && correct.data.size() == 1 && !type_data.empty() &&
                                      type_data[0] == correct.data[0];
      ASSERT_TRUE(!is_in || is_acknowledgement) << "state " << state << ", Type-Data " << to_hex(type_data);
    }
  }
}

TEST_P(HostileEap, NoWrongTypeDataInAnyStateMakesAServerBelieved) {
  SampleLogin right{GetParam(), true};
  right.conversation.run();
  const auto requests = said(right, Code::Request);
  for (std::size_t state = 1; state < requests.size(); ++state) {
    const Packet correct = *decode(requests[state]);
    for (const Bytes& type_data : wrong_type_data(correct.data)) {
      SampleLogin login{GetParam(), true};
      Conversation& conversation = login.conversation;
      for (std::size_t i = 0; i < state; ++i) conversation.handle(conversation.peer.handle_packet(requests[i]));
      ASSERT_FALSE(conversation.peer_outcome);
      conversation.handle(
          conversation.peer.handle_packet(encode({Code::Request, correct.identifier, correct.type, type_data})));
      conversation.handle(conversation.peer.handle_packet(encode({Code::Success, correct.identifier})));
      const bool is_believed = conversation.peer_outcome && conversation.peer_outcome->is_success;
      // GTC proves nobody: any prompt will do. MSCHAPv2 proves the server by what stands before its message.
      const bool is_proof =
          GetParam() == Type::Gtc ||
          (state + 1 == requests.size() && type_data.size() >= 46 && equal(ByteView{type_data}.first(1), "03"_hex) &&
           equal(ByteView{type_data}.subspan(4, 42), ByteView{correct.data}.subspan(4, 42)));
      ASSERT_TRUE(!is_believed || is_proof) << "state " << state << ", Type-Data " << to_hex(type_data);
    }
  }
}

// Someone between the two changes, repeats, holds back and invents packets.
class Meddler {
 public:
  explicit Meddler(std::uint64_t seed) : random_(seed) {}

  Bytes meddle(const Bytes& packet) {
    if (!packet.empty()) seen_.push_back(packet);
    switch (random_.below(packet.empty() ? 3 : 8)) {
      case 0: return seen_.empty() ? Bytes{} : seen_[random_.below(seen_.size())];
      case 1: return invent();
      case 2: return mutate(seen_.empty() ? invent() : seen_[random_.below(seen_.size())]);
      default: return packet;
    }
  }
  bool goes_on() { return random_.below(200) != 0; }
  bool holds_back() { return random_.below(12) == 0; }

 private:
  Bytes invent() {
    Packet packet{
        static_cast<Code>(1 + random_.below(4)), static_cast<std::uint8_t>(random_.below(12)), Type::None, {}};
    if (packet.code == Code::Success || packet.code == Code::Failure) return encode(packet);
    constexpr std::array types{Type::Identity, Type::Notification, Type::Nak, Type::Gtc,
                               Type::MsChapV2, Type::Expanded,     Type::Tls};
    packet.type = types[random_.below(types.size())];
    packet.data = random_.public_bytes(random_.below(70));
    return encode(packet);
  }
  Bytes mutate(Bytes octets) {
    for (std::uint64_t i = 1 + random_.below(3); i > 0 && !octets.empty(); --i)
      octets[random_.below(octets.size())] = static_cast<std::byte>(random_.below(256));
    if (random_.below(4) == 0) octets.resize(random_.below(octets.size() + 4));
    return octets;
  }

  SeededRandom random_;
  std::vector<Bytes> seen_;
};

// Delivers what the meddler makes of it until he tires or both are done.
void run_through(Meddler& meddler, Conversation& conversation) {
  conversation.handle(conversation.server.start());
  while (meddler.goes_on() && !(conversation.server_outcome && conversation.peer_outcome)) {
    const Bytes request = meddler.holds_back() ? Bytes{} : std::exchange(conversation.to_peer, {});
    if (!conversation.peer_outcome) conversation.handle(conversation.peer.handle_packet(meddler.meddle(request)));
    const Bytes response = meddler.holds_back() ? Bytes{} : std::exchange(conversation.to_server, {});
    if (!conversation.server_outcome) conversation.handle(conversation.server.handle_packet(meddler.meddle(response)));
  }
}

TEST_P(HostileEap, NobodyInBetweenLetsInWhoDoesNotKnowThePassword) {
  for (std::uint64_t seed = 0; seed < 1500; ++seed) {
    SampleLogin login{GetParam(), false};
    Meddler meddler{seed};
    run_through(meddler, login.conversation);
    ASSERT_FALSE(login.conversation.server_outcome && login.conversation.server_outcome->is_success) << "seed " << seed;
    if (GetParam() == Type::MsChapV2) {
      ASSERT_FALSE(login.conversation.peer_outcome && login.conversation.peer_outcome->is_success) << "seed " << seed;
    }
  }
}

TEST_P(HostileEap, NobodyInBetweenMakesTheTwoDisagreeAboutTheKey) {
  int both = 0;
  for (std::uint64_t seed = 0; seed < 1500; ++seed) {
    SampleLogin login{GetParam(), true};
    Meddler meddler{seed};
    run_through(meddler, login.conversation);
    const auto& server = login.conversation.server_outcome;
    const auto& peer = login.conversation.peer_outcome;
    if (!server || !peer || !server->is_success || !peer->is_success) continue;
    ASSERT_EQ(server->msk, peer->msk) << "seed " << seed;
    ++both;
  }
  EXPECT_GT(both, 20) << "the meddler lets nothing through: the test shows nothing";
}

}  // namespace
}  // namespace agilevpn::eap
