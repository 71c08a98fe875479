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
