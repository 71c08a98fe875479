// PEAP and EAP-TTLS, both roles against each other, with everything that goes inside, in TLS 1.2 and 1.3.
#include <gmock/gmock.h>

#include "eap/ttls_avp.h"
#include "eap/tunnel_fixture.h"

namespace agilevpn::eap {
namespace {

using crypto::TlsVersion;
using testing::AnyOf;
using testing::HasSubstr;

struct Way {
  const char* name;
  Type outer, inner;
  TtlsInside inside;
  bool has_password;
};
constexpr Way ways[] = {{"PeapMsChapV2", Type::Peap, Type::MsChapV2, TtlsInside::Eap, true},
                        {"PeapTls", Type::Peap, Type::Tls, TtlsInside::Eap, false},
                        {"PeapGtc", Type::Peap, Type::Gtc, TtlsInside::Eap, true},
                        {"TtlsPap", Type::Ttls, Type::MsChapV2, TtlsInside::Pap, true},
                        {"TtlsMsChapV2", Type::Ttls, Type::Gtc, TtlsInside::MsChapV2, true},
                        {"TtlsEapMsChapV2", Type::Ttls, Type::MsChapV2, TtlsInside::Eap, true},
                        {"TtlsEapTls", Type::Ttls, Type::Tls, TtlsInside::Eap, false}};

class Tunnel : public testing::TestWithParam<std::tuple<Way, TlsVersion>> {
 protected:
  TunnelLogin::Settings settings() const {
    const auto& [way, version] = GetParam();
    return {.outer = way.outer, .inner = way.inner, .inside = way.inside, .version = version};
  }
  const Way& way() const { return std::get<0>(GetParam()); }
};
INSTANTIATE_TEST_SUITE_P(Ways, Tunnel,
                         testing::Combine(testing::ValuesIn(ways),
                                          testing::Values(TlsVersion::Tls12, TlsVersion::Tls13)),
                         [](const auto& param) {
                           return std::string{std::get<0>(param.param).name} +
                                  (std::get<1>(param.param) == TlsVersion::Tls12 ? "InTls12" : "InTls13");
                         });

TEST_P(Tunnel, LetsTheUserInWhoIsNamedInside) {
  TunnelLogin login{settings()};
  login.conversation.run();
  ASSERT_TRUE(login.conversation.has_succeeded())
      << login.conversation.server_reason() << login.conversation.peer_reason();
  EXPECT_EQ(login.conversation.server.identity(), "anonymous@example.org");
  EXPECT_EQ(login.conversation.server_outcome->user, "anna");
  EXPECT_EQ(login.conversation.peer_outcome->msk.size(), 64u);
  EXPECT_TRUE(login.conversation.peer_outcome->proves_server);
}

TEST_P(Tunnel, ShowsNeitherUserNorPasswordToWhoCarriesIt) {
  TunnelLogin login{settings()};
  login.conversation.run();
  for (const Packet& packet : login.conversation.packets) {
    EXPECT_EQ(to_text(packet.data).find("anna"), std::string::npos);
    EXPECT_EQ(to_text(packet.data).find("secret"), std::string::npos);
  }
}

TEST_P(Tunnel, AWrongPasswordIsRefusedAndSaid) {
  if (!way().has_password) return;
  auto wrong = settings();
  wrong.typed = {"guess"};
  TunnelLogin login{wrong};
  login.conversation.run();
  EXPECT_THAT(login.conversation.server_reason(), AnyOf(HasSubstr("the password of anna is wrong")));
  EXPECT_THAT(login.conversation.peer_outcome->error_for_user, AnyOf(HasSubstr("password is wrong"), HasSubstr("691")));
}

TEST_P(Tunnel, AServerOfAnotherCaHearsNothingFromUs) {
  auto mitm = settings();
  mitm.server = issue_server(make_tls_ca("CN=Mallory"));
  TunnelLogin login{mitm};
  login.conversation.run();
  EXPECT_FALSE(login.conversation.server_outcome->is_success);
  EXPECT_THAT(login.conversation.peer_reason(), HasSubstr("CN=Mallory, which is not trusted"));
  EXPECT_EQ(login.typed, 0u);
}

TEST_P(Tunnel, NobodyIsAnonymousInside) {
  auto anonymous = settings();
  anonymous.user = "@example.org";
  TunnelLogin login{anonymous};
  login.conversation.run();
  EXPECT_FALSE(login.conversation.server_outcome->is_success);
}

TEST_P(Tunnel, NoDamageLetsTheTwoDisagree) {
  TunnelLogin good{settings()};
  good.conversation.run();
  const auto packets = good.conversation.packets;
  for (std::size_t at = 2; at < packets.size(); ++at) {
    for (int kind = 0; kind < 4; ++kind) {
      TunnelLogin login{settings()};
      Conversation& conversation = login.conversation;
      conversation.handle(conversation.server.start());
      while (!conversation.to_peer.empty() || !conversation.to_server.empty()) {
        Bytes& next = conversation.to_peer.empty() ? conversation.to_server : conversation.to_peer;
        Packet packet = *decode(next);
        if (conversation.packets.size() == at + 1 && packet.type == settings().outer) {
          if (kind == 0) packet.data.resize(packet.data.size() / 2);
          if (kind == 1 && !packet.data.empty()) packet.data.back() ^= std::byte{1};
          if (kind == 2) append(packet.data, "1503030002022a"_hex);
          if (kind == 3) packet.data = {std::byte{0}};
          next = encode(packet);
        }
        conversation.exchange();
      }
      const bool both = conversation.server_outcome && conversation.peer_outcome &&
                        conversation.server_outcome->is_success && conversation.peer_outcome->is_success;
      ASSERT_TRUE(!both || conversation.has_succeeded()) << "packet " << at << ", kind " << kind;
    }
  }
}

TEST(PeapInside, AWrongPasswordMayBeTriedAgain) {  // Error 691 with R=1
  TunnelLogin login{{.outer = Type::Peap, .inner = Type::MsChapV2, .typed = {"guess", "secret"}}};
  login.conversation.run();
  EXPECT_TRUE(login.conversation.has_succeeded()) << login.conversation.server_reason();
  EXPECT_EQ(login.typed, 2u);
}

TEST(PeapInside, ABindingMayBeRequired) {
  TunnelLogin login{{.server_binding = PeapBinding::Required, .peer_binding = PeapBinding::Required}};
  login.conversation.run();
  EXPECT_TRUE(login.conversation.has_succeeded()) << login.conversation.server_reason();
}

// Someone who relays the method inside but whose tunnel is another: the two ends have different inner keys for their
// tunnel.
class BindingOfAnother final : public ServerMethod {
 public:
  explicit BindingOfAnother(std::unique_ptr<ServerMethod> real) : real_(std::move(real)) {}
  Type type() const override { return real_->type(); }
  ServerStep start() override { return real_->start(); }
  ServerStep handle_response(ByteView type_data) override { return spoil(real_->handle_response(type_data)); }
  ServerStep handle_answer(Answer answer) override { return spoil(real_->handle_answer(std::move(answer))); }

 private:
  // GTC makes no key, and so the peer binds with zeros; this one pretends a key.
  ServerStep spoil(ServerStep step) {
    if (auto* outcome = std::get_if<Outcome>(&step)) outcome->msk = Secret{Bytes(64, std::byte{1})};
    return step;
  }
  std::unique_ptr<ServerMethod> real_;
};

TEST(PeapInside, AWrongBindingIsRefused) {
  TunnelLogin login{{.outer = Type::Peap, .inner = Type::Gtc}};
  login.conversation.server = Authenticator{[&](Type, const std::string&) {
    InnerServer inner{{Type::Gtc}, [&](Type type, const std::string& user) {
                        return std::make_unique<BindingOfAnother>(login.make_inner_server(type, user));
                      }};
    return std::make_unique<PeapServer>(login.server_context, login.server_random, std::move(inner));
  }};
  login.conversation.run();
  EXPECT_THAT(login.conversation.peer_reason(), HasSubstr("cryptobinding is wrong: someone stands in between"));
  EXPECT_THAT(login.conversation.server_reason(), HasSubstr("someone may stand in between"));
}

// Windows as the peer, by the letter of MS-PEAP §3.2.5.4 and with nothing of our own peer in it: what it says inside has no head
// (§3.1.5.6), a method that it was not set to is answered by a Nak, and its TLVs come in the other order (§2.2.8.1).
class WindowsPeer final : public TlsPeerMethod {
 public:
  WindowsPeer(const crypto::TlsContext& context, Random& random, bool binds)
      : TlsPeerMethod(context, believe(TlsHouse::get().ca, "vpn.example.org"), limits::tls_type_data_max),
        method_(tunnel_mschap(), random, "anna"),
        binds_(binds) {}
  Type type() const override { return Type::Peap; }
  bool is_done() const override { return !msk_.empty(); }
  Outcome finish() override {
    return {.is_success = true, .reason = {}, .user = "anna", .msk = std::move(msk_), .error_for_user = {}};
  }
  bool has_refused = false;  // What it was not set to.

 private:
  PeerStep handle_data(Secret data) override {
    const ByteView said = data.view();
    if (said.empty()) return channel_.send();
    if (said.size() > header_size && said[header_size] == std::byte{33}) return take_result(*decode(said));
    if (said[0] == std::byte{1}) return channel_.send(Writer{}.u8(1).bytes(as_bytes("anna")).view());
    if (said[0] == std::byte{26}) return say(method_.handle_request(said.subspan(1)));
    has_refused = true;
    return channel_.send("031a"_hex);
  }
  PeerStep say(PeerStep step) {
    if (asks(step)) return say(method_.handle_answer(password("secret")));
    return channel_.send(Writer{}.u8(26).bytes(sent(step)).view());
  }
  PeerStep take_result(const Packet& request) {
    const auto said = peap::decode_extensions(request.data);
    const auto keys =
        peap::derive_keys(channel_.key_material(type(), eap_tls_label).view(), method_.finish().msk.view());
    peap::Extensions answer{.result = said->result, .binding = {}};
    if (binds_ && peap::is_binding(*said->binding, keys, peap::Subtype::Request))
      answer.binding = peap::make_binding(keys, peap::Subtype::Response, peap::Nonce{});
    msk_ = binds_ ? peap::msk(keys) : channel_.msk(type(), eap_tls_label);
    Bytes tlvs = peap::encode(answer);
    std::ranges::rotate(tlvs, tlvs.begin() + 6);  // Result has six octets.
    return channel_.send(encode(Packet{Code::Response, request.identifier, Type::Extensions, std::move(tlvs)}));
  }

  MsChapV2Peer method_;
  bool binds_;
  Secret msk_;
};

TEST(PeapInside, WindowsLogsInAtOurServerAndRefusesWhatItIsNotSetTo) {
  for (const TlsVersion version : {TlsVersion::Tls12, TlsVersion::Tls13}) {
    for (const bool binds :
         {true, false}) {  // As "Disconnect if the server does not present cryptobinding" and older ones have it.
      TunnelLogin login{{.version = version}};
      WindowsPeer* windows = nullptr;
      login.conversation.server = Authenticator{[&](Type, const std::string&) {
        InnerServer inner{{Type::Tls, Type::MsChapV2},
                          [&](Type type, const std::string& user) { return login.make_inner_server(type, user); }};
        return std::make_unique<PeapServer>(login.server_context, login.server_random, std::move(inner));
      }};
      login.conversation.peer = Peer{"anna", {Type::Peap}, [&](Type) {
                                       auto made =
                                           std::make_unique<WindowsPeer>(login.peer_context, login.peer_random, binds);
                                       windows = made.get();
                                       return made;
                                     }};
      login.conversation.run();
      ASSERT_TRUE(login.conversation.has_succeeded())
          << login.conversation.server_reason() << login.conversation.peer_reason();
      EXPECT_EQ(login.conversation.server_outcome->user, "anna");
      EXPECT_TRUE(windows->has_refused);
    }
  }
}

// What a Microsoft server asks after the Identity (MS-PEAP §3.3.5.4.3), in place of a method.
class MicrosoftsRequest final : public ServerMethod {
 public:
  explicit MicrosoftsRequest(Bytes type_data) : type_data_(std::move(type_data)) {}
  Type type() const override { return Type::Expanded; }
  ServerStep start() override { return type_data_; }
  ServerStep handle_response(ByteView) override { return Outcome{.reason = "it was not answered by a Nak"}; }
  ServerStep handle_answer(Answer) override { return Outcome{.reason = "nobody asked"}; }

 private:
  Bytes type_data_;
};

TEST(PeapInside, AMicrosoftServersCapabilitiesAndHealthAreAnsweredByANakAndTheLoginGoesOn) {
  const Bytes capabilities = "0001370000002200000001"_hex;            // §2.2.8.3.1
  const Bytes health = "00013700000021000700080000013700020000"_hex;  // §2.2.8.2.1: an SoH Request TLV
  for (const Bytes& asked : {capabilities, health}) {
    TunnelLogin login{{}};
    bool was_asked = false;
    login.conversation.server = Authenticator{[&](Type, const std::string&) {
      InnerServer inner{{Type::Expanded, Type::MsChapV2},
                        [&](Type type, const std::string& user) -> std::unique_ptr<ServerMethod> {
                          if (type != Type::Expanded) return login.make_inner_server(type, user);
                          was_asked = true;
                          return std::make_unique<MicrosoftsRequest>(asked);
                        }};
      return std::make_unique<PeapServer>(login.server_context, login.server_random, std::move(inner));
    }};
    login.conversation.run();
    EXPECT_TRUE(was_asked);
    EXPECT_TRUE(login.conversation.has_succeeded())
        << login.conversation.server_reason() << login.conversation.peer_reason();
  }
}

TEST(TtlsAvp, DecodesWhatItEncodesAndNothingShorter) {
  Writer out;
  ttls::encode(out, ttls::AvpCode::UserName, as_bytes("anna!"));
  ttls::encode(out, ttls::AvpCode::MsChap2Success, as_bytes("xyz"), ttls::microsoft);
  EXPECT_EQ(to_hex(out.view()), "000000014000000d616e6e61210000000000001ac000000f0000013778797a00");
  const auto avps = ttls::decode(out.view());
  ASSERT_TRUE(avps);
  EXPECT_EQ(to_text(*ttls::find(*avps, ttls::AvpCode::UserName)), "anna!");
  EXPECT_EQ(to_text(*ttls::find(*avps, ttls::AvpCode::MsChap2Success, ttls::microsoft)), "xyz");
  EXPECT_FALSE(ttls::find(*avps, ttls::AvpCode::MsChap2Success));
  for (std::size_t size = 1; size + 1 < out.size(); ++size)
    EXPECT_EQ(ttls::decode(out.view().first(size)).has_value(), size >= 13 && size <= 16)
        << size;  // The first, whose padding may be missing.
}

TEST(TtlsAvp, AMandatoryOneThatNobodyKnowsIsSaid) {
  EXPECT_THAT(ttls::unknown_mandatory(*ttls::decode("0000006340000008"_hex)).value_or(""), HasSubstr("AVP 99"));
  EXPECT_FALSE(ttls::unknown_mandatory(*ttls::decode("0000006300000008"_hex)));
}

}  // namespace
}  // namespace agilevpn::eap
