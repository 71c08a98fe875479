// Our engine in the place of Android's: what strongSwan sent to Android's compatibility tests is given to it as it was
// recorded, and it must agree (the shared test data, android/cts_exchanges_with_keys.json).
//
// Android's test client draws known octets, so its SPI, nonce, DH private key and MS-CHAPv2 challenge are known, and
// our engine draws the same. Its messages are not in the source. Hence:
//  - AUTH of the responder is verified as it came: it signs the responder's IKE_SA_INIT, Ni and IDr', all of which are
//    known. It says nothing about the initiator's IKE_SA_INIT, so ours need not be Android's octet by octet.
//  - Of our own messages, compared are what must be Android's: SPI, public value and nonce. Our IKE_AUTH is opened and
//  its
//    AUTH made again with the recorded keys.
//  - The responder's certificate is taken as it is: the root that signed it is not in the source.
//  - What CREATE_CHILD_SA and the responder's rekey make depends on a nonce that no recorded message proves. Their keys
//  are
//    made again out of the recorded SK_d.
#include <gmock/gmock.h>

#include <deque>

#include "base/codec.h"
#include "crypto/certificate.h"
#include "crypto/key_exchange.h"
#include "crypto/mschap.h"
#include "eap/mschapv2_peer.h"
#include "eap/peer.h"
#include "ike/key_schedule.h"
#include "ike/message_cipher.h"
#include "ike/typed_proposal.h"
#include "ike/wire/recorded_messages.h"
#include "sim/endpoint_host.h"

namespace agilevpn::sim {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
namespace wire = ike::wire;
namespace recorded = ike::wire::recorded;

constexpr std::string_view psk = "ikeAndroidPsk";

// Says first what it was told to, then anything; its private key is always the recorded one.
class RecordedRandom final : public Random {
 public:
  explicit RecordedRandom(Bytes private_key, std::deque<Bytes> next = {})
      : private_key_(std::move(private_key)), next_(std::move(next)) {}
  void fill_public(MutableByteView out) override {
    if (next_.empty()) return rest_.fill_public(out);
    ASSERT_EQ(out.size(), next_.front().size());
    std::ranges::copy(next_.front(), out.begin());
    next_.pop_front();
  }
  void fill_secret(MutableByteView out) override { rest_.fill_secret(out); }
  Secret secret_bytes(std::size_t) override { return Secret::copy_of(private_key_); }

 private:
  Bytes private_key_;
  std::deque<Bytes> next_;
  SeededRandom rest_{1};
};

std::optional<json> recorded_sa(const std::string& source, const std::string& name_of_init) {
  const auto exchanges = recorded::load("android/cts_exchanges_with_keys.json");
  for (const json& sa : exchanges.at("sas"))
    if (sa.at("source").get<std::string>().ends_with(source + ".java") && sa.at("name_of_init") == name_of_init)
      return sa;
  return std::nullopt;
}

// The proposal that the recorded answer chose, where it stood in Android's offer.
std::vector<wire::Proposal> offer_of(const wire::Proposal& chosen) {
  std::vector<wire::Proposal> offer(chosen.number, *ike::parse_esp_proposal("aes256gcm16-noesn"));
  offer.back() = chosen;
  offer.back().spi.clear();
  return offer;
}

// One recorded IKE SA and our engine as its initiator.
class Replay {
 public:
  Replay(const json& sa, ike::LocalAuth auth,
         Path path = {{IpAddress::v4(192, 0, 2, 2), ike_port}, {IpAddress::v4(192, 0, 2, 1), ike_port}})
      : sa_(sa),
        path_(path),
        random_(octets("dh_private_i"), {octets("ni"), octets("spi_i")}),
        init_response_(*wire::decode_message(octets("ike_sa_init_response"))),
        suite_(*ike::ike_suite(wire::find<wire::SaPayload>(init_response_.payloads)->proposals.front())),
        prf_(*crypto::Prf::find(suite_.prf)),
        keys_(recorded_keys()),
        cipher_(suite_.cipher, keys_, false),
        host(options(), random_, now_,
             [this](EndpointHost&, ike::Transmit transmit) { sent_.push_back(std::move(transmit.datagram)); }) {
    host.connect({.path = path_,
                  .local = wire::Identity::parse("client.test.ike.android.net"),
                  .auth = std::move(auth),
                  .policy = host.options().config.policy,
                  .ts_local = {TrafficSelector::everything(Family::V4)},
                  .ts_remote = {TrafficSelector::everything(Family::V4)},
                  .requests_ipv6 = false});
    init_request_ = sent_.back();
    expect_init_request_is_androids();
    give(octets("ike_sa_init_response"));
    expect_keys_are_recorded();
  }

  // Gives the engine the recorded message of this name.
  void give(const std::string& name) { give(recorded::octets(message(name).at("raw"))); }
  // What stood inside, all its fragments together.
  wire::Payloads inside(const std::string& name) const {
    const json& one = message(name);
    const auto text = recorded::octets(one.at(one.contains("reassembled") ? "reassembled" : "plaintext"));
    return *wire::decode_payloads(wire::PayloadType{one.at("first_payload").get<std::uint8_t>()}, text);
  }
  // What the newest of our messages says, opened with the recorded keys.
  struct Opened {
    wire::Header header;
    wire::Payloads payloads;
  };
  Opened last_sent() const {
    const Bytes& datagram = sent_.back();
    const auto message = *wire::decode_message(datagram);
    const auto* sk = wire::find<wire::EncryptedPayload>(message.payloads);
    EXPECT_TRUE(sk);
    const auto text = sk ? cipher_.open(datagram, sk->body) : std::nullopt;
    EXPECT_TRUE(text) << "the recorded keys do not open our message";
    return {message.header, text ? *wire::decode_payloads(sk->first_inner, *text) : wire::Payloads{}};
  }

  // Our last message proves us by `secret` and the recorded SK_pi.
  void expect_our_auth(ByteView secret) const {
    const auto identity = wire::Identity::parse("client.test.ike.android.net");
    const Bytes signed_by_us = ike::signed_octets(prf_, init_request_, octets("nr"), key("SK_pi"), identity);
    const auto ours = last_sent();
    const auto* auth = wire::find<wire::AuthPayload>(ours.payloads);
    ASSERT_TRUE(auth);
    EXPECT_EQ(to_hex(auth->data), to_hex(ike::shared_key_auth(prf_, secret, signed_by_us).view()));
  }

  // The newest Child SA is what this recorded response made, of these nonces.
  void expect_child_of(const std::string& name, const Bytes& n_i, const Bytes& n_r) const {
    const auto response = inside(name);
    const auto& chosen = wire::find<wire::SaPayload>(response)->proposals.front();
    const ike::ChildKeys made = ike::derive_child_keys(*ike::esp_suite(chosen), prf_, key("SK_d"), {{}, n_i, n_r});
    const ike::InstallChildSa& child = host.child_sa();
    EXPECT_EQ(child.outbound_encryption_key, made.encryption_i);
    EXPECT_EQ(child.outbound_integrity_key, made.integrity_i);
    EXPECT_EQ(child.inbound_encryption_key, made.encryption_r);
    EXPECT_EQ(child.inbound_integrity_key, made.integrity_r);
    EXPECT_EQ(to_hex(Writer{}.u32(child.spi_outbound.value).take()), to_hex(chosen.spi));
    const auto& ts_i = *wire::find<wire::TsPayload>(response, wire::PayloadType::TrafficSelectorInitiator);
    const auto& ts_r = *wire::find<wire::TsPayload>(response, wire::PayloadType::TrafficSelectorResponder);
    EXPECT_EQ(child.ts_local, ts_i.selectors);
    EXPECT_EQ(child.ts_remote, ts_r.selectors);
  }

  void expect_established(const std::string& auth_response, std::string_view method) const {
    ASSERT_TRUE(host.has_ike_sa()) << why_closed();
    EXPECT_TRUE(host.ike_sa().is_established);
    const auto response = inside(auth_response);
    ASSERT_TRUE(host.last<ike::PeerAuthenticated>());
    EXPECT_THAT(host.last<ike::PeerAuthenticated>()->method, HasSubstr(std::string{method}));
    ASSERT_THAT(host.child_sas(), SizeIs(1));
    expect_child_of(auth_response, octets("ni"), octets("nr"));
    const bool has_address = wire::find<wire::ConfigurationPayload>(response);
    EXPECT_EQ(host.ike_sa().lease.has_value(), has_address);
    if (!has_address) return;
    EXPECT_EQ(host.ike_sa().lease->ipv4, IpAddress::v4(198, 51, 100, 10));
  }

  // Deletes the IKE SA by the recorded response of this name.
  void close_by(const std::string& name) {
    host.close();
    EXPECT_TRUE(wire::find<wire::DeletePayload>(last_sent().payloads));
    give(name);
    EXPECT_FALSE(host.has_ike_sa());
    EXPECT_THAT(host.child_sas(), IsEmpty());
    expect_no_complaint();
  }

  // The Child SA is rekeyed, and the former one deleted, by these recorded responses.
  void rekey_child_by(const std::string& create, const std::string& remove) {
    host.rekey_child_sa();
    const Bytes n_i = wire::find<wire::NoncePayload>(last_sent().payloads)->nonce;
    give(create);
    ASSERT_EQ(host.count<ike::ChildSaEstablished>(), 2u);
    expect_child_of(create, n_i, wire::find<wire::NoncePayload>(inside(create))->nonce);
    EXPECT_TRUE(wire::find<wire::DeletePayload>(last_sent().payloads));
    give(remove);
    EXPECT_EQ(host.count<ike::ChildSaClosed>(), 1u);
    expect_no_complaint();
  }

  void expect_no_complaint() const {
    EXPECT_EQ(host.count<ike::DatagramDropped>(), 0u) << host.last<ike::DatagramDropped>()->reason;
    EXPECT_EQ(host.count<ike::ExchangeRefused>(), 0u) << host.last<ike::ExchangeRefused>()->reason;
    EXPECT_THAT(host.data_plane().mistakes(), IsEmpty());
  }

  // The public key in the certificate that came with this response.
  crypto::PublicKey certified_key(const std::string& name) const {
    const auto response = inside(name);
    return crypto::Certificate::from_der(wire::find<wire::CertPayload>(response)->data)->public_key();
  }

  Bytes octets(const char* name) const { return recorded::octets(sa_.at(name)); }
  Bytes key(const char* name) const { return recorded::octets(sa_.at("keys").at(name)); }
  const crypto::Prf& prf() const { return prf_; }
  const ike::IkeSuite& suite() const { return suite_; }
  const Path& path() const { return path_; }
  std::string row(const char* first_spi, const char* second_spi) const {
    for (const ike::KeyLogEntry& entry : host.key_log())
      if (const std::string text = to_text(entry.row.view());
          text.starts_with(std::string{first_spi} + "," + second_spi))
        return text;
    return {};
  }

 private:
  const json& message(const std::string& name) const {
    const auto& all = sa_.at("messages");
    const auto found = std::ranges::find_if(all, [&](const json& one) { return one.at("name") == name; });
    if (found == all.end()) throw std::out_of_range{name};
    return *found;
  }

  void give(const Bytes& datagram) { host.handle_datagram(host.has_ike_sa() ? host.ike_sa().path : path_, datagram); }

  ike::IkeKeys recorded_keys() const {
    const auto secret = [&](const char* name) { return Secret::copy_of(key(name)); };
    return {.sk_d = secret("SK_d"),
            .sk_ai = secret("SK_ai"),
            .sk_ar = secret("SK_ar"),
            .sk_ei = secret("SK_ei"),
            .sk_er = secret("SK_er"),
            .sk_pi = secret("SK_pi"),
            .sk_pr = secret("SK_pr")};
  }

  EndpointHostOptions options() const {
    ike::Policy policy{.name = "recorded", .ike = {}, .esp = {}};
    policy.ike = wire::find<wire::SaPayload>(init_response_.payloads)->proposals;
    for (const json& one : sa_.at("messages"))
      if (one.at("exchange") == "IKE_AUTH" && one.contains("first_payload"))
        if (const auto payloads = inside(one.at("name").get<std::string>());
            const auto* sa = wire::find<wire::SaPayload>(payloads))
          policy.esp = offer_of(sa->proposals.front());
    ike::EndpointConfig config{.policy = std::move(policy), .is_responder = false, .logs_keys = true};
    config.settings.pfs = false;  // Android's Child SAs were rekeyed without.
    return {.name = "Android",
            .config = std::move(config),
            .credentials = Credentials::with_psk("client.test.ike.android.net", psk),
            .ts_local = {TrafficSelector::everything(Family::V4)}};
  }

  void expect_init_request_is_androids() const {
    const auto request = wire::decode_message(init_request_);
    ASSERT_TRUE(request);
    EXPECT_EQ(request->header.spi_i, init_response_.header.spi_i);
    const auto* ke = wire::find<wire::KePayload>(request->payloads);
    ASSERT_TRUE(ke);
    EXPECT_EQ(to_hex(ke->data), sa_.at("dh_public_i").get<std::string>());
    EXPECT_EQ(to_hex(wire::find<wire::NoncePayload>(request->payloads)->nonce), sa_.at("ni").get<std::string>());
    std::string order;
    for (const wire::Payload& payload : request->payloads) order += wire::to_string(payload.type) + ' ';
    EXPECT_EQ(order, "SA KE Nonce N N N N V ") << "Android's, and our own vendor ID";
  }

  void expect_keys_are_recorded() const {
    const std::string text =
        row(sa_.at("spi_i").get<std::string>().c_str(), sa_.at("spi_r").get<std::string>().c_str());
    for (const char* name : {"SK_ei", "SK_er", "SK_ai", "SK_ar"})
      EXPECT_THAT(text, HasSubstr(to_hex(key(name)))) << name;
    expect_no_complaint();
  }

  std::string why_closed() const {
    const auto* closed = host.last<ike::IkeSaClosed>();
    return closed ? closed->detail : "it was never there";
  }

  json sa_;
  Path path_;
  Instant now_{};
  RecordedRandom random_;
  wire::Message init_response_;
  ike::IkeSuite suite_;
  crypto::Prf prf_;
  ike::IkeKeys keys_;
  ike::MessageCipher cipher_;  // The responder's.
  std::vector<Bytes> sent_;
  Bytes init_request_;

 public:
  EndpointHost host;
};

ike::LocalAuth shared_key() { return ike::PskAuth{Secret::copy_of(as_bytes(psk))}; }

Path between(IpAddress ours, std::uint16_t port, IpAddress theirs) { return {{ours, port}, {theirs, ike_port}}; }

class AndroidReplay : public testing::Test {
 protected:
  void SetUp() override { SKIP_WITHOUT_TESTDATA(); }
  static json find(const std::string& source, const std::string& name_of_init) {
    const auto sa = recorded_sa(source, name_of_init);
    if (!sa) throw std::out_of_range{source};
    return *sa;
  }
  const Path behind_nat = between(IpAddress::v4(172, 58, 35, 40), 29202, IpAddress::v4(35, 0, 0, 1));
};

TEST_F(AndroidReplay, ASharedKeyAnAddressAndASecondChildSa) {
  Replay replay{find("IkeSessionPskTest", "SUCCESS_IKE_INIT_RESP"), shared_key()};
  replay.expect_our_auth(as_bytes(psk));
  replay.give("SUCCESS_IKE_AUTH_RESP");
  replay.expect_established("SUCCESS_IKE_AUTH_RESP", "shared key");
  // Android deletes the second one. We have no command for that: our rekey deletes the first and takes this answer,
  // which names another SPI.
  replay.rekey_child_by("SUCCESS_CREATE_CHILD_RESP", "SUCCESS_DELETE_CHILD_RESP");
  replay.close_by("SUCCESS_DELETE_IKE_RESP");
}

TEST_F(AndroidReplay, AnotherSharedKeyIsNotBelieved) {
  Replay replay{find("IkeSessionPskTest", "ikeInitResp"), shared_key()};
  replay.host.options().credentials.psk = Secret::copy_of(as_bytes("ikeAndroidPsK"));
  replay.give("ikeAuthResp");
  EXPECT_EQ(replay.host.count<ike::IkeSaEstablished>(), 0u);
  ASSERT_TRUE(replay.host.last<ike::ExchangeRefused>());
  EXPECT_EQ(replay.host.last<ike::ExchangeRefused>()->auth_fault, ike::AuthFault::WrongSharedKey);
}

TEST_F(AndroidReplay, AesCmacAsMacAndPrf) {
  Replay replay{find("IkeSessionPskTest", "ikeInitResp"), shared_key()};
  replay.expect_our_auth(as_bytes(psk));
  replay.give("ikeAuthResp");
  replay.expect_established("ikeAuthResp", "shared key");
  replay.close_by("deleteIkeResp");
}

TEST_F(AndroidReplay, MobikeMovesAndTheChildSaIsRekeyed) {
  Replay replay{find("IkeSessionMobikeTest", "IKE_INIT_RESP"), shared_key()};
  replay.expect_our_auth(as_bytes(psk));
  replay.give("IKE_AUTH_RESP");
  replay.expect_established("IKE_AUTH_RESP", "shared key");
  EXPECT_TRUE(replay.host.ike_sa().is_mobike);

  Path moved = replay.host.ike_sa().path;
  moved.local.address = IpAddress::v4(192, 0, 2, 3);
  replay.host.move(moved);
  EXPECT_TRUE(wire::find_notify(replay.last_sent().payloads, wire::NotifyType::UpdateSaAddresses));
  replay.give("IKE_UPDATE_SA_RESP");
  EXPECT_EQ(replay.host.child_sa().path.path, moved);
  replay.expect_no_complaint();

  replay.rekey_child_by("IKE_CREATE_CHILD_RESP", "IKE_DELETE_CHILD_RESP");
  replay.close_by("DELETE_IKE_RESP");
}

TEST_F(AndroidReplay, AGatewayWithoutMobike) {
  Replay replay{find("IkeSessionMobikeTest", "ikeInitResp"), shared_key()};
  replay.give("IkeAuthRespWithoutMobikeSupport");
  replay.expect_established("IkeAuthRespWithoutMobikeSupport", "shared key");
  EXPECT_FALSE(replay.host.ike_sa().is_mobike);
  replay.rekey_child_by("createChildResp", "deleteChildResp");
  replay.close_by("deleteIkeResp");
}

TEST_F(AndroidReplay, TheGatewayIsAskedWhetherItLivesAndDeletesTheIkeSa) {
  Replay replay{find("IkeSessionLivenessCheckTest", "ikeInitResp"), shared_key(), behind_nat};
  const auto* nat = replay.host.last<ike::NatDetected>();
  ASSERT_TRUE(nat);  // The recorded gateway was at 10.138.0.2 and saw Android where we are.
  EXPECT_TRUE(nat->is_peer_behind_nat);
  EXPECT_FALSE(nat->is_local_behind_nat);
  replay.give("ikeAuthResp");
  replay.expect_established("ikeAuthResp", "shared key");
  replay.host.check_path(replay.host.ike_sa().path);
  EXPECT_THAT(replay.last_sent().payloads, IsEmpty());
  replay.give("ikeDpdResp");
  EXPECT_EQ(replay.host.count<ike::PathConfirmed>(), 1u);
  replay.expect_no_complaint();

  replay.give("deleteIkeReq");
  const auto answer = replay.last_sent();
  EXPECT_TRUE(answer.header.is_response);
  EXPECT_EQ(answer.header.message_id, 0u);
  EXPECT_FALSE(replay.host.has_ike_sa());
  EXPECT_EQ(replay.host.last<ike::IkeSaClosed>()->reason, ike::IkeSaClosed::Reason::ByPeer);
}

TEST_F(AndroidReplay, TheGatewayRekeysTheIkeSa) {
  const json sa = find("IkeSessionRekeyTest", "ikeInitResp");
  Replay replay{sa, shared_key(), behind_nat};
  replay.give("ikeAuthResp");
  replay.expect_established("ikeAuthResp", "shared key");
  replay.give("rekeyIkeCreateReq");
  const auto request = replay.inside("rekeyIkeCreateReq");
  const auto response = replay.last_sent().payloads;
  replay.expect_no_complaint();
  const auto* chosen = wire::find<wire::SaPayload>(response);
  ASSERT_TRUE(chosen);
  replay.give("rekeyIkeDeleteReq");
  EXPECT_EQ(replay.host.count<ike::IkeSaRekeyed>(), 1u);
  EXPECT_TRUE(replay.host.has_ike_sa());
  EXPECT_THAT(replay.host.child_sas(), SizeIs(1));
  replay.expect_no_complaint();

  // The same keys again, out of the recorded SK_d.
  RecordedRandom random{replay.octets("dh_private_i")};
  const auto ours = crypto::KeyExchange::generate(replay.suite().key_exchange, random);
  EXPECT_TRUE(equal(ours->public_value(), wire::find<wire::KePayload>(response)->data));
  const auto g_ir = ours->shared_secret(wire::find<wire::KePayload>(request)->data);
  ASSERT_TRUE(g_ir);
  const Bytes n_i = wire::find<wire::NoncePayload>(request)->nonce,
              n_r = wire::find<wire::NoncePayload>(response)->nonce;
  const Bytes spi_i = wire::find<wire::SaPayload>(request)->proposals.front().spi,
              spi_r = chosen->proposals.front().spi;
  const Secret skeyseed = ike::rekeyed_skeyseed(replay.prf(), replay.key("SK_d"), {g_ir->view(), n_i, n_r});
  const ike::IkeKeys keys = ike::derive_ike_keys(replay.suite(), replay.prf(), skeyseed.view(), n_i, n_r,
                                                 IkeSpi{*Reader{spi_i}.u64("SPI")}, IkeSpi{*Reader{spi_r}.u64("SPI")});
  const std::string row = replay.row(to_hex(spi_i).c_str(), to_hex(spi_r).c_str());
  for (const Secret* key : {&keys.sk_ei, &keys.sk_er, &keys.sk_ai, &keys.sk_ar})
    EXPECT_THAT(row, HasSubstr(to_hex(key->view())));
}

TEST_F(AndroidReplay, ACertificateInFragments) {
  Replay replay{find("IkeSessionDigitalSignatureTest", "IKE_INIT_RESP"), shared_key(),
                between(IpAddress::v4(192, 168, 0, 212), 34510, IpAddress::v4(192, 168, 0, 223))};
  EXPECT_FALSE(replay.host.ike_sa().is_local_behind_nat);  // NAT_DETECTION_*_IP are of these addresses.
  EXPECT_FALSE(replay.host.ike_sa().is_peer_behind_nat);
  replay.host.hold_asks();
  replay.give("IKE_AUTH_RESP_FRAG_2");
  EXPECT_EQ(replay.host.held_asks(), 0u);
  replay.give("IKE_AUTH_RESP_FRAG_1");
  ASSERT_EQ(replay.host.held_asks(), 1u);
  replay.host.answer_held_with(replay.host.accept(replay.certified_key("IKE_AUTH_RESP_FRAG_2")));
  replay.expect_established("IKE_AUTH_RESP_FRAG_2", "digital signature, RSA");
  replay.close_by("DELETE_IKE_RESP");
}

// The user's way in, by our own EAP peer.
class MsChapV2Client {
 public:
  explicit MsChapV2Client(const json& eap)
      : mschap_(*crypto::MsChap::load()),
        random_({}, {recorded::octets(eap.at("peer_challenge"))}),
        password_(eap.at("password").get<std::string>()),
        peer_(eap.at("eap_identity").get<std::string>(), {eap::Type::MsChapV2},
              [this, user = eap.at("username").get<std::string>()](eap::Type) {
                return std::make_unique<eap::MsChapV2Peer>(mschap_, random_, user);
              }) {}

  ike::Answer handle(const ike::ContinueEap& eap) {
    auto step = peer_.handle_packet(eap.packet);
    while (std::holds_alternative<eap::Question>(step))
      step = peer_.handle_answer(eap::Password{Secret::copy_of(as_bytes(password_))});
    if (auto* send = std::get_if<eap::Peer::Send>(&step)) {
      sent.push_back(send->packet);
      return ike::EapReply{std::move(send->packet)};
    }
    auto* finished = std::get_if<eap::Peer::Finished>(&step);
    if (!finished || !finished->outcome.is_success)
      return ike::Refused{.reason = finished ? finished->outcome.reason : "it is ignored"};
    msk = to_bytes(finished->outcome.msk.view());
    return ike::EapSucceeded{.method = "EAP-MSCHAPv2", .msk = std::move(finished->outcome.msk)};
  }

  std::vector<Bytes> sent;
  Bytes msk;

 private:
  crypto::MsChap mschap_;
  RecordedRandom random_;
  std::string password_;
  eap::Peer peer_;
};

TEST_F(AndroidReplay, EapMsChapV2) {
  const json sa = find("IkeSessionMschapV2Test", "IKE_INIT_RESP");
  const json& eap = sa.at("eap_mschapv2");
  MsChapV2Client user{eap};
  Replay replay{sa, ike::EapAuth{}, between(IpAddress::v4(192, 168, 0, 212), 39614, IpAddress::v4(192, 168, 0, 223))};
  replay.host.options().continue_eap = [&](const ike::ContinueEap& packet) { return user.handle(packet); };
  EXPECT_FALSE(replay.host.ike_sa().is_local_behind_nat);
  EXPECT_FALSE(replay.host.ike_sa().is_peer_behind_nat);
  replay.host.hold_asks();
  replay.give("IKE_AUTH_RESP_1_FRAG_1");
  replay.give("IKE_AUTH_RESP_1_FRAG_2");
  ASSERT_EQ(replay.host.held_asks(), 1u);
  replay.host.answer_held_with(replay.host.accept(replay.certified_key("IKE_AUTH_RESP_1_FRAG_2")));
  EXPECT_THAT(replay.host.last<ike::PeerAuthenticated>()->method, HasSubstr("RSA"));
  replay.host.answer_held();
  EXPECT_EQ(to_text(ByteView{user.sent.back()}.subspan(5)), eap.at("eap_identity").get<std::string>());
  replay.give("IKE_AUTH_RESP_2");
  EXPECT_THAT(to_hex(user.sent.back()), HasSubstr(eap.at("peer_challenge").get<std::string>() + "0000000000000000" +
                                                  eap.at("nt_response").get<std::string>()));
  replay.give("IKE_AUTH_RESP_3");
  EXPECT_EQ(to_hex(user.sent.back()), "025500061a03");  // It believes the recorded authenticator response.
  replay.give("IKE_AUTH_RESP_4");
  EXPECT_EQ(to_hex(ByteView{user.msk}.first(32)), eap.at("msk").get<std::string>());
  replay.expect_our_auth(user.msk);
  replay.give("IKE_AUTH_RESP_5");
  replay.expect_established("IKE_AUTH_RESP_5", "EAP-MSCHAPv2");
  replay.close_by("DELETE_IKE_RESP");
}

}  // namespace
}  // namespace agilevpn::sim
