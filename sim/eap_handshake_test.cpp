// IKE_AUTH with EAP (RFC 7296 §2.16) between two engines. The method is a script: the gateway asks "1", "2", "3" and the
// client answers in kind; what real methods say is their own tests' matter.
#include <gmock/gmock.h>

#include "sim/hybrid.h"

namespace agilevpn::sim {
namespace {

using ike::IkeSaClosed;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view success = "success";

// One client, one gateway and their script.
class Script {
 public:
  explicit Script(PairOptions options = {}) : pair(with_certificates(std::move(options))) {
    pair.gateway.options().start_eap = [this](const ike::AuthenticatePeer& peer) { return start(peer); };
    pair.gateway.options().continue_eap = [this](const ike::ContinueEap& eap) { return serve(to_text(eap.packet)); };
    pair.client.options().continue_eap = [this](const ike::ContinueEap& eap) { return reply(to_text(eap.packet)); };
  }

  void connect(ike::EapAuth auth = {}) {
    ike::ConnectRequest request = pair.connect_request();
    request.auth = auth;
    pair.client.connect(std::move(request));
    pair.run_until_idle();
  }

  bool is_established() const {
    return pair.client.count<ike::IkeSaEstablished>() == 1 && pair.gateway.count<ike::IkeSaEstablished>() == 1 &&
           pair.disagreements().empty() && !pair.client.child_sas().empty();
  }

  void expect_nothing_left() {
    pair.run_for(60s);
    EXPECT_EQ(pair.client.engine().ike_sa_count(), 0u);
    EXPECT_EQ(pair.gateway.engine().ike_sa_count(), 0u);
    EXPECT_EQ(pair.gateway.poll_timeout(), std::nullopt);
    EXPECT_THAT(pair.gateway.leases(), IsEmpty());
  }

  std::string why(const EndpointHost& host) const {
    const auto* closed = host.last<IkeSaClosed>();
    return closed ? closed->detail : "";
  }

  Pair pair;
  bool has_certificate = true;
  int rounds = 3;
  std::string verdict;  // Of the gateway, if it is no.
  Bytes client_msk = Bytes(64, std::byte{7}), gateway_msk = client_msk;
  bool proves_server = false;  // To the client,
  bool proves_us = true;       // and as the gateway knows it.
  std::optional<ike::wire::Identity> proved;
  std::vector<std::string> seen;  // By the client.

 private:
  static PairOptions with_certificates(PairOptions options) {
    options.auth = PairOptions::Auth::Certificates;
    return options;
  }

  ike::Answer start(const ike::AuthenticatePeer& peer) {
    if (!has_certificate && !peer.takes_eap_alone) return ike::Refused{.reason = "it wants a certificate"};
    const auto& credentials = pair.gateway.options().credentials;
    ike::EapStarted started{.packet = to_bytes("1"), .local = credentials.identity, .auth = {}};
    if (has_certificate) started.auth = credentials.local_auth();
    return started;
  }

  ike::Answer serve(const std::string& response) {
    const int round = std::stoi(response);
    if (round < rounds) return ike::EapReply{to_bytes(std::to_string(round + 1))};
    if (!verdict.empty()) return ike::Refused{.reason = verdict, .eap_failure = to_bytes("failure")};
    ike::EapSucceeded succeeded{.packet = to_bytes(success),
                                .method = "a method",
                                .msk = Secret::copy_of(gateway_msk),
                                .proves_server = proves_us};
    succeeded.accepted = pair.gateway.accept(Secret{});
    succeeded.accepted->peer = ike::wire::Identity::parse("bob@example.org");
    return succeeded;
  }

  ike::Answer reply(const std::string& packet) {
    seen.push_back(packet);
    if (packet == "failure") return ike::Refused{.reason = "the gateway says no"};
    if (packet == success)
      return ike::EapSucceeded{
          .method = "a method", .msk = Secret::copy_of(client_msk), .proves_server = proves_server, .server = proved};
    return ike::EapReply{to_bytes(packet)};
  }
};

class EapHandshake : public Script, public testing::Test {};

TEST_F(EapHandshake, ProvesTheGatewayByCertificateAndTheClientByTheMethodsKey) {
  connect();
  EXPECT_TRUE(is_established());
  EXPECT_THAT(seen, ElementsAre("1", "2", "3", "success"));
  EXPECT_EQ(pair.client.ike_sa().peer.to_string(), "vpn.example.org");
  EXPECT_EQ(pair.gateway.last<ike::PeerAuthenticated>()->method, "a method");
  ASSERT_TRUE(pair.client.ike_sa().lease);
  EXPECT_TRUE(pair.client.ike_sa().is_mobike);
  EXPECT_TRUE(pair.gateway.ike_sa().is_mobike);
}

TEST_F(EapHandshake, TheClientIsWhomTheMethodProvedNotWhomItClaimed) {
  connect();
  EXPECT_EQ(pair.gateway.ike_sa().peer.to_string(), "bob@example.org");
}

TEST_F(EapHandshake, AMethodWithoutAKeyLeavesTheIkeSasOwn) {
  client_msk.clear(), gateway_msk.clear();
  connect();
  EXPECT_TRUE(is_established());
}

// Each AUTH covers the additional key exchanges, and the message ID of the first IKE_AUTH, not its own (RFC 9242 §3.3.2).
struct HybridEapHandshake : Script, testing::Test {
  HybridEapHandshake() : Script(hybrid("aes256gcm16-prfsha384-x25519-ke1_ecp384-ke2_x448")) {}
};

TEST_F(HybridEapHandshake, ProvesBothSides) {
  connect();
  EXPECT_TRUE(is_established());
}

TEST_F(HybridEapHandshake, AMethodWithoutAKeyLeavesTheNewestKeys) {
  client_msk.clear(), gateway_msk.clear();
  connect();
  EXPECT_TRUE(is_established());
}

// S41: a client that says EAP in clear, in the place of its IKE_AUTH.
TEST_F(EapHandshake, OutsideOfSkIsNotHeard) {
  int asked = 0;
  pair.gateway.options().start_eap = [&, start = pair.gateway.options().start_eap](const ike::AuthenticatePeer& peer) {
    ++asked;
    return start(peer);
  };
  ike::ConnectRequest request = pair.connect_request();
  request.auth = ike::EapAuth{};
  pair.client.connect(std::move(request));
  pair.deliver_next();
  pair.deliver_next();
  const Datagram auth = pair.take_next();
  const Bytes identity = "0201000a01616e6e6120"_hex;
  Writer clear;
  clear.bytes(ByteView{auth.octets}.first(28))
      .u8(0)
      .u8(0)
      .u16(static_cast<std::uint16_t>(4 + identity.size()))
      .bytes(identity);
  clear.patch_u8(16, 48);  // Next Payload: EAP (RFC 7296 §3.2)
  clear.patch_u32(24, static_cast<std::uint32_t>(clear.size()));
  pair.inject(auth.path, clear.view());
  EXPECT_EQ(asked, 0);
  pair.deliver(auth);
  pair.run_until_idle();
  EXPECT_EQ(asked, 1);
  EXPECT_TRUE(is_established());
}

TEST_F(EapHandshake, AnotherKeyIsRefused) {
  client_msk.back() ^= std::byte{1};
  connect();
  EXPECT_THAT(why(pair.gateway), HasSubstr("does not fit the key that a method made"));
  EXPECT_EQ(pair.client.last<IkeSaClosed>()->reason, IkeSaClosed::Reason::AuthenticationFailed);
  expect_nothing_left();
}

TEST_F(EapHandshake, ItsFailureReachesTheClientInItsOwnWords) {
  verdict = "the password is wrong";
  connect();
  EXPECT_THAT(seen, ElementsAre("1", "2", "3", "failure"));
  EXPECT_EQ(why(pair.gateway), verdict);
  EXPECT_EQ(why(pair.client), "the gateway says no");
  expect_nothing_left();
}

TEST_F(EapHandshake, AGatewayWithoutACertificateIsRefused) {
  has_certificate = false;
  connect();
  EXPECT_THAT(seen, IsEmpty());
  expect_nothing_left();
}

TEST_F(EapHandshake, AMethodThatProvesTheGatewayMayStandAlone) {
  has_certificate = false, proves_server = true;
  proved = ike::wire::Identity::parse("radius.example.org");
  connect({.may_stand_alone = true});
  EXPECT_TRUE(is_established());
  EXPECT_EQ(pair.client.ike_sa().peer, proved) << "nobody has proved to be whom IDr names";
}

TEST_F(EapHandshake, ACertificateCountsOverWhatTheMethodProves) {
  proves_server = true, proved = ike::wire::Identity::parse("radius.example.org");
  connect({.may_stand_alone = true});
  EXPECT_TRUE(is_established());
  EXPECT_EQ(pair.client.ike_sa().peer.to_string(), "vpn.example.org");
}

TEST_F(EapHandshake, AMethodThatProvesNobodyMayNotStandAlone) {
  has_certificate = false;
  connect({.may_stand_alone = true});
  EXPECT_THAT(why(pair.client), HasSubstr("does not prove who the gateway is"));
  expect_nothing_left();
}

// RFC 5998 §3: "The AUTH payloads sent after EAP Success MUST use the EAP-generated key". Each side sees to it by itself.
TEST_F(EapHandshake, AMethodWithoutAKeyMayNotStandAlone) {
  for (const bool is_client : {true, false}) {
    Script once;
    once.has_certificate = false, once.proves_server = true;
    (is_client ? once.client_msk : once.gateway_msk).clear();
    once.connect({.may_stand_alone = true});
    EXPECT_FALSE(once.is_established());
    EXPECT_THAT(once.why(is_client ? once.pair.client : once.pair.gateway), HasSubstr("a method makes no key"));
    once.expect_nothing_left();
  }
}

TEST_F(EapHandshake, AGatewayLetsNobodyInByAMethodAloneThatDoesNotProveIt) {
  has_certificate = proves_us = false, proves_server = true;
  connect({.may_stand_alone = true});
  EXPECT_THAT(why(pair.gateway), HasSubstr("does not prove who the gateway is"));
  EXPECT_EQ(pair.client.last<IkeSaClosed>()->reason, IkeSaClosed::Reason::AuthenticationFailed);
  expect_nothing_left();
}

TEST_F(EapHandshake, ThatNeverEndsIsEnded) {
  rounds = 1 << 30;
  connect();
  EXPECT_LT(seen.size(), 110u);
  expect_nothing_left();
}

TEST_F(EapHandshake, IsOverAfterSomeMinutesHoweverOftenAClientGoesOn) {
  rounds = 1 << 30;
  int count = 0;
  pair.drops = [&](const Datagram& datagram) {
    return datagram.from == &pair.client && ++count % 5 != 0;
  };  // 8 s a round.
  connect();
  pair.run_for(4min);
  EXPECT_EQ(pair.gateway.engine().half_open_count(), 1u);
  pair.run_for(2min);
  EXPECT_EQ(pair.gateway.engine().half_open_count(), 0u);
}

TEST_F(EapHandshake, LosesAnyOfItsDatagrams) {
  for (int lost = 0; lost < 14; ++lost) {
    Script once;
    int count = 0;
    once.pair.drops = [&](const Datagram&) { return count++ == lost; };
    once.connect();
    once.pair.run_for(10s);
    EXPECT_TRUE(once.is_established()) << "without datagram " << lost;
  }
}

TEST_F(EapHandshake, AClientThatFallsSilentAtAnyStepIsForgotten) {
  for (int last = 2; last < 14; last += 2) {
    Script once;
    int count = 0;
    once.pair.drops = [&](const Datagram&) { return count++ >= last; };
    once.connect();
    once.pair.run_for(40s);
    EXPECT_EQ(once.pair.gateway.engine().half_open_count(), 0u) << "silent after datagram " << last;
  }
}

}  // namespace
}  // namespace agilevpn::sim
