// EAP-TLS, both roles against each other, in TLS 1.2 and 1.3.
#include <gmock/gmock.h>

#include "eap/tls_fixture.h"
#include "eap/tls_peer.h"
#include "eap/tls_server.h"

namespace agilevpn::eap {
namespace {

using crypto::TlsRole;
using crypto::TlsVersion;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

class EapTls : public testing::TestWithParam<TlsVersion> {
 protected:
  void log_in() {
    server_context = server.context(TlsRole::Server, GetParam());
    peer_context = user.context(TlsRole::Client);
    conversation.answer_server = [](const Question&) { return OfferMethods{{Type::Tls}}; };
    conversation.run();
  }
  bool is_on_the_wire(const crypto::Certificate& certificate, Code code) const {
    Bytes all;  // Without the flags of fragments, which would stand in between.
    for (const Packet& packet : conversation.packets) {
      if (packet.code != code || packet.type != Type::Tls) continue;
      append(all, decode_tls_fragment(packet.data)->data);
    }
    return !std::ranges::search(all, certificate.der()).empty();
  }

  crypto::CertificateAuthority ca = TlsHouse::get().ca;
  TlsHolder server = TlsHouse::get().server, user = TlsHouse::get().user;
  std::string identity = "anna@example.org";
  crypto::VerifyCertificates server_believes = believe(ca, std::nullopt),
                             peer_believes = believe(ca, "vpn.example.org");
  std::optional<crypto::TlsContext> server_context, peer_context;
  Conversation make_conversation() {
    return {Authenticator{[this](Type, const std::string& name) {
              return std::make_unique<TlsServer>(*server_context, server_believes, name);
            }},
            Peer{identity, {Type::Tls}, [this](Type) {
                   return std::make_unique<TlsPeer>(*peer_context, peer_believes, identity);
                 }}};
  }
  Conversation conversation = make_conversation();
};
INSTANTIATE_TEST_SUITE_P(Versions, EapTls, testing::Values(TlsVersion::Tls12, TlsVersion::Tls13),
                         [](const auto& param) { return param.param == TlsVersion::Tls12 ? "Tls12" : "Tls13"; });

TEST_P(EapTls, BothProveThemselvesAndHaveTheSameKey) {
  log_in();
  ASSERT_TRUE(conversation.has_succeeded()) << conversation.server_reason() << conversation.peer_reason();
  EXPECT_EQ(conversation.peer_outcome->msk.size(), 64u);
  EXPECT_TRUE(conversation.peer_outcome->proves_server);
  EXPECT_EQ(conversation.server_outcome->user, "anna@example.org");
}

// S48: who carries EAP, in clear or within IKE, reads both certificates with TLS 1.2 and neither with TLS 1.3.
TEST_P(EapTls, ShowsCertificatesToWhoCarriesItInTls12Only) {
  log_in();
  ASSERT_TRUE(conversation.has_succeeded());
  const bool is_visible = GetParam() == TlsVersion::Tls12;
  EXPECT_EQ(is_on_the_wire(user.chain[0], Code::Response), is_visible);
  EXPECT_EQ(is_on_the_wire(server.chain[0], Code::Request), is_visible);
}

TEST_P(EapTls, AnAnonymousIdentityOutsideLeavesTheUserToTheCertificate) {
  conversation.peer = Peer{"@example.org", {Type::Tls}, [this](Type) {
                             return std::make_unique<TlsPeer>(*peer_context, peer_believes, "anna");
                           }};
  log_in();
  ASSERT_TRUE(conversation.has_succeeded());
  EXPECT_EQ(conversation.server_outcome->user, "anna@example.org");
}

TEST_P(EapTls, NobodyIsSomeoneElseByClaimingIt) {
  conversation.peer = Peer{"bob@example.org", {Type::Tls}, [this](Type) {
                             return std::make_unique<TlsPeer>(*peer_context, peer_believes, "anna");
                           }};
  log_in();
  ASSERT_TRUE(conversation.has_succeeded());
  EXPECT_EQ(conversation.server_outcome->user, "anna@example.org");
}

TEST_P(EapTls, ChainsOfTenCertificatesPassInFragmentsBothWays) {
  const auto grow = [&](const auto& issue) {
    crypto::CertificateAuthority issuer = ca;
    std::vector<crypto::Certificate> above;
    for (int i = 0; i < 9; ++i) {
      std::string subject = "CN=" + std::string(60, 'x') + std::to_string(i);
      for (int ou = 0; ou < 20; ++ou) subject += ", OU=" + std::string(60, static_cast<char>('a' + ou));
      issuer = *issuer.issue_ca(subject, crypto::KeyType::EcdsaP256, tls_now - std::chrono::days{1},
                                tls_now + std::chrono::days{1});
      above.insert(above.begin(), issuer.certificate());
    }
    TlsHolder holder = issue(issuer);
    holder.chain.insert(holder.chain.end(), above.begin(), above.end());
    return holder;
  };
  server = grow([](const auto& issuer) { return issue_server(issuer); });
  user = grow([](const auto& issuer) { return issue_user(issuer); });
  log_in();
  ASSERT_TRUE(conversation.has_succeeded()) << conversation.server_reason() << conversation.peer_reason();
  EXPECT_GT(conversation.packets.size(), 60u);
  for (const Packet& packet : conversation.packets) EXPECT_LE(encode(packet).size(), 1020u);
}

TEST_P(EapTls, AUserOfAnotherCaIsRefusedAndTold) {
  user = issue_user(make_tls_ca("CN=Other CA"));
  log_in();
  EXPECT_THAT(conversation.server_reason(), HasSubstr("issued by CN=Other CA, which is not trusted"));
  EXPECT_THAT(conversation.peer_reason(),
              HasSubstr("does not trust the CA that issued our certificate (TLS alert: unknown CA)"));
}

TEST_P(EapTls, SomeoneInBetweenWithAnotherCaIsNotBelieved) {
  server = issue_server(make_tls_ca("CN=Mallory"));
  log_in();
  EXPECT_THAT(conversation.peer_reason(), HasSubstr("issued by CN=Mallory, which is not trusted"));
  EXPECT_THAT(conversation.server_reason(), HasSubstr("unknown CA"));
}

TEST_P(EapTls, AServerOfAnotherNameIsNotBelieved) {
  server = issue_server(ca, "www.example.org");
  log_in();
  EXPECT_THAT(conversation.peer_reason(), HasSubstr("the name vpn.example.org"));
  EXPECT_FALSE(conversation.server_outcome->is_success);
}

TEST_P(EapTls, AUsersCertificateIsNoServers) {
  server = issue_tls(ca, crypto::CertificateRequest::Profile::Client, "vpn.example.org",
                     {tls_name(crypto::CertificateName::Kind::Dns, "vpn.example.org")});
  log_in();
  EXPECT_THAT(conversation.peer_reason(), HasSubstr("extended key usages are clientAuth"));
}

TEST_P(EapTls, AnExpiredCertificateIsRefusedWithItsDay) {
  user =
      issue_tls(ca, crypto::CertificateRequest::Profile::Client, "CN=anna",
                {tls_name(crypto::CertificateName::Kind::Email, "anna@example.org")}, tls_now - std::chrono::days{1});
  log_in();
  EXPECT_THAT(conversation.server_reason(), HasSubstr("expired on 2026-05-31"));
  EXPECT_THAT(conversation.peer_reason(), HasSubstr("certificate expired"));
}

TEST_P(EapTls, ARevokedCertificateIsRefused) {
  const auto crl = ca.issue_crl({{user.chain[0].serial(), tls_now - std::chrono::days{2}}},
                                tls_now - std::chrono::days{1}, tls_now + std::chrono::days{1});
  ASSERT_TRUE(crl);
  server_believes = believe(ca, std::nullopt, *crypto::Crl::parse(as_bytes(*crl)));
  log_in();
  EXPECT_THAT(conversation.server_reason(), HasSubstr("revoked on 2026-05-30"));
  EXPECT_THAT(conversation.peer_reason(), HasSubstr("certificate revoked"));
}

TEST_P(EapTls, AUserWhoIsUndecidedAboutTheServerShowsItNothingBeforeItKnows) {
  int asked = 0;
  peer_believes = [&, believes = peer_believes](const auto& chain) {
    auto verdict = believes(chain);
    if (verdict && asked == 0) verdict = crypto::TlsVerdict::Undecided;
    return verdict;
  };
  conversation.answer_peer = [&](const Question& question) {
    EXPECT_TRUE(std::holds_alternative<CheckServer>(question));
    EXPECT_FALSE(is_on_the_wire(user.chain[0], Code::Response));
    ++asked;
    return ServerChecked{};
  };
  log_in();
  EXPECT_TRUE(conversation.has_succeeded()) << conversation.server_reason() << conversation.peer_reason();
  EXPECT_EQ(asked, 1);
}

TEST_P(EapTls, AServerThatTurnsOutToBeRevokedIsTold) {
  bool is_revoked = false;
  peer_believes = [&](const auto&) -> Result<crypto::TlsVerdict, crypto::TlsRefusal> {
    if (is_revoked) return Failure{crypto::TlsRefusal{crypto::CertificateError::Check::Revoked, "it is revoked"}};
    return crypto::TlsVerdict::Undecided;
  };
  conversation.answer_peer = [&](const Question&) {
    is_revoked = true;
    return ServerChecked{};
  };
  log_in();
  EXPECT_FALSE(conversation.has_succeeded());
  EXPECT_THAT(conversation.server_reason(), HasSubstr("TLS alert: certificate revoked"));
  EXPECT_THAT(conversation.peer_reason(), HasSubstr("it is revoked"));
}

TEST_P(EapTls, AUserWithoutACertificateIsRefused) {
  user.chain.clear();
  log_in();
  EXPECT_FALSE(conversation.server_outcome->is_success);
  EXPECT_FALSE(conversation.peer_outcome->is_success);
  EXPECT_THAT(conversation.server_reason(), HasSubstr("did not return a certificate"));
}

TEST_P(EapTls, ASuccessBeforeTheProofIsNotBelieved) {
  server_context = server.context(TlsRole::Server, GetParam());
  peer_context = user.context(TlsRole::Client);
  conversation.answer_server = [](const Question&) { return OfferMethods{{Type::Tls}}; };
  conversation.handle(conversation.server.start());
  while (!conversation.server_outcome) {
    ASSERT_FALSE(conversation.peer_outcome);
    const std::uint8_t identifier = decode(conversation.server.request())->identifier;
    if (!conversation.to_server.empty() && decode(conversation.to_server)->type == Type::Tls &&
        conversation.packets.size() < 6)
      conversation.handle(conversation.peer.handle_packet(encode({Code::Success, identifier})));
    conversation.exchange();
  }
  EXPECT_FALSE(conversation.peer_outcome);
}

// From the start again for each: what an attacker does to one packet must never let anyone in, or hang, or crash.
class EapTlsHostile : public EapTls {
 protected:
  using Damage = std::function<void(Packet&)>;
  // The conversation up to packet `at`, which is damaged; then to its end.
  void run_damaged(std::size_t at, const Damage& damage) {
    conversation.handle(conversation.server.start());
    while (!conversation.to_peer.empty() || !conversation.to_server.empty()) {
      Bytes& next = conversation.to_peer.empty() ? conversation.to_server : conversation.to_peer;
      if (conversation.packets.size() == at + 1 && decode(next)->type == Type::Tls) {
        Packet packet = *decode(next);
        damage(packet);
        next = encode(packet);
      }
      conversation.exchange();
    }
  }
  std::vector<Packet> good_run() {
    log_in();
    EXPECT_TRUE(conversation.has_succeeded());
    return conversation.packets;
  }
  bool agrees() const {
    return !(conversation.server_outcome && conversation.peer_outcome && conversation.server_outcome->is_success &&
             conversation.peer_outcome->is_success) ||
           conversation.has_succeeded();
  }
  void renew() {
    conversation = make_conversation();
    conversation.answer_server = [](const Question&) { return OfferMethods{{Type::Tls}}; };
  }
};
INSTANTIATE_TEST_SUITE_P(Versions, EapTlsHostile, testing::Values(TlsVersion::Tls12, TlsVersion::Tls13),
                         [](const auto& param) { return param.param == TlsVersion::Tls12 ? "Tls12" : "Tls13"; });

TEST_P(EapTlsHostile, NoTruncatedPacketLetsAnyoneIn) {
  const auto packets = good_run();
  for (std::size_t at = 0; at < packets.size(); ++at) {
    if (packets[at].type != Type::Tls || packets[at].data.size() < 2) continue;  // An empty one cannot be shorter.
    for (std::size_t size = 0; size + 1 < packets[at].data.size(); size += size < 12 ? 1 : 23) {
      renew();
      run_damaged(at, [&](Packet& packet) { packet.data.resize(std::min(size, packet.data.size())); });
      const bool both = conversation.server_outcome && conversation.peer_outcome &&
                        conversation.server_outcome->is_success && conversation.peer_outcome->is_success;
      ASSERT_FALSE(both) << "packet " << at << " cut to " << size;
    }
  }
}

TEST_P(EapTlsHostile, NoChangedOctetLetsTheTwoDisagree) {
  const auto packets = good_run();
  for (std::size_t at = 0; at < packets.size(); ++at) {
    if (packets[at].type != Type::Tls) continue;
    for (std::size_t i = 0; i < packets[at].data.size(); i += i < 12 ? 1 : 31) {
      renew();
      run_damaged(at, [&](Packet& packet) {
        if (i < packet.data.size()) packet.data[i] ^= std::byte{0x84};
      });
      ASSERT_TRUE(agrees()) << "packet " << at << ", octet " << i;
    }
  }
}

TEST_P(EapTlsHostile, AnEndlessFlightEndsWithinBounds) {
  log_in();
  renew();
  conversation.handle(conversation.server.start());
  conversation.exchange();  // Identity
  conversation.exchange();
  std::size_t sent = 0;
  while (!conversation.server_outcome && sent < 200) {
    const Packet request = *decode(conversation.server.request());
    Bytes data = encode(TlsFragment{.message_length = {}, .has_more = true, .data = Bytes(1000, std::byte{0x16})});
    conversation.handle(
        conversation.server.handle_packet(encode({Code::Response, request.identifier, Type::Tls, data})));
    ++sent;
  }
  ASSERT_TRUE(conversation.server_outcome);
  EXPECT_LE(sent, limits::tls_message_size_max / 1000 + 1);
  EXPECT_THAT(conversation.server_reason(), HasSubstr("more than 32768 octets"));
}

TEST_P(EapTlsHostile, AMessageThatPromisesTooMuchIsRefusedAtOnce) {
  log_in();
  renew();
  conversation.handle(conversation.server.start());
  conversation.exchange();
  conversation.exchange();
  const Packet request = *decode(conversation.server.request());
  const Bytes data = encode(TlsFragment{.message_length = 0xffffffff, .has_more = true, .data = Bytes(10)});
  conversation.handle(conversation.server.handle_packet(encode({Code::Response, request.identifier, Type::Tls, data})));
  EXPECT_THAT(conversation.server_reason(), HasSubstr("more than 32768 octets"));
}

TEST_P(EapTlsHostile, AFragmentThatIsAnsweredWithTalkEndsIt) {
  std::string subject = "CN=vpn.example.org";
  for (int ou = 0; ou < 25; ++ou) subject += ", OU=" + std::string(60, static_cast<char>('a' + ou));
  server = issue_tls(ca, crypto::CertificateRequest::Profile::Gateway, subject,
                     {tls_name(crypto::CertificateName::Kind::Dns, "vpn.example.org")});
  const auto packets = good_run();
  const auto acknowledgement = std::ranges::find_if(packets, [](const Packet& packet) {
    return packet.code == Code::Response && packet.type == Type::Tls && packet.data.size() == 1;
  });
  ASSERT_NE(acknowledgement, packets.end());
  renew();
  run_damaged(static_cast<std::size_t>(acknowledgement - packets.begin()),
              [](Packet& packet) { packet.data.push_back(std::byte{1}); });
  EXPECT_THAT(conversation.server_reason(), HasSubstr("does not acknowledge a fragment"));
}

TEST(TlsFraming, SplitsAndJoinsAndAcknowledges) {
  TlsFraming sender{10}, receiver{10};
  const Bytes message(23, std::byte{7});
  Bytes packet = sender.send(message);
  EXPECT_EQ(to_hex(packet), "c0000000170707070707");  // L and M, 23 octets
  std::vector<std::string> said;
  for (;;) {
    auto turn = *receiver.handle(packet);
    if (const auto* whole = std::get_if<TlsFraming::Message>(&turn)) {
      EXPECT_EQ(whole->data, message);
      break;
    }
    said.push_back(to_hex(std::get<Bytes>(turn)));
    packet = std::get<Bytes>(*sender.handle(std::get<Bytes>(turn)));
  }
  EXPECT_THAT(said, ElementsAre("00", "00"));
}

TEST(TlsFraming, AMessageThatIsNotAsLongAsPromisedIsRefused) {
  TlsFraming receiver{100};
  EXPECT_THAT(receiver.handle("80000000050102"_hex).error(),
              HasSubstr("promised a TLS message of 5 octets and sent 2"));
}

TEST(TlsFraming, EmptyFragmentsAreRefused) {
  TlsFraming receiver{100};
  EXPECT_THAT(receiver.handle("40"_hex).error(), HasSubstr("nothing in them"));
  EXPECT_THAT(receiver.handle(""_hex).error(), HasSubstr("malformed"));
  EXPECT_THAT(receiver.handle("800000"_hex).error(), HasSubstr("malformed"));
}

TEST(UserOfACertificate, IsWhomItNames) {
  const auto certificate = TlsHouse::get().user.chain[0];
  EXPECT_EQ(user_of(certificate, "ANNA@example.org"), "ANNA@example.org");
  EXPECT_EQ(user_of(certificate, "anna"), "anna");
  EXPECT_EQ(user_of(certificate, "bob"), "anna@example.org");
  EXPECT_EQ(user_of(certificate, ""), "anna@example.org");
}

}  // namespace
}  // namespace agilevpn::eap
