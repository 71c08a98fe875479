// What a full handshake costs its responder (X25519, AES-GCM-16, ECDSA P-256 on both sides or a pre-shared key), how much
// of it is cryptography, and how much memory an established client takes at a gateway.
//
//   handshake_bench                                    all of it
//   handshake_bench --benchmark_filter=Handshake       the CPU alone
//
// "openssl_share" is the time of the same cryptographic operations done alone, over the time of the handshake.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <ctime>
#include <deque>

#include "bench/handshake/owner.h"
#include "crypto/key_exchange.h"
#include "crypto/packet_cipher.h"
#include "crypto/prf.h"
#include "gateway/gateway.h"
#include "ike/typed_proposal.h"
#include "sim/credentials.h"
#include "sim/data_plane.h"

namespace agilevpn {
namespace {

using sim::Credentials;

constexpr const char* client_name = "anna@example.org";
constexpr const char* gateway_name = "vpn.example.org";
const Path client_path{{IpAddress::v4(10, 0, 1, 2), 4500}, {IpAddress::v4(10, 0, 2, 1), 4500}};
const Path gateway_path{client_path.peer, client_path.local};
const Instant now{};

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

ike::Policy policy() {
  return {
      "bench", {*ike::parse_ike_proposal("aes256gcm16-prfsha256-x25519")}, {*ike::parse_esp_proposal("aes256gcm16")}};
}

Credentials credentials(const char* name, bool with_certificates) {
  return with_certificates ? Credentials::with_certificate(name, crypto::KeyType::EcdsaP256)
                           : Credentials::with_psk(name);
}

// An engine and what answers its questions, with credentials that are loaded once.
class Peer {
 public:
  Peer(const char* name, bool is_responder, bool with_certificates, Random& random)
      : credentials_(credentials(name, with_certificates)),
        trust_(credentials_.trust()),
        engine_({.policy = policy(), .is_responder = is_responder}, random) {}

  void connect() {
    engine_.connect(now, {.path = client_path,
                          .local = credentials_.identity,
                          .remote = ike::wire::Identity::parse(gateway_name),
                          .auth = credentials_.local_auth(),
                          .authorities = trust_.authorities(),
                          .policy = policy(),
                          .ts_local = {TrafficSelector::everything(Family::V4)},
                          .ts_remote = {TrafficSelector::everything(Family::V4)},
                          .requests_ipv6 = false});
    work();
  }
  void handle_datagram(const Path& path, ByteView datagram) {
    engine_.handle_datagram(now, path, datagram);
    work();
  }
  std::deque<Bytes> take_sent() { return std::exchange(sent_, {}); }
  std::size_t established() const { return engine_.ike_sa_count(); }

 private:
  void work() {
    for (bool more = true; more;) {
      more = false;
      while (auto transmit = engine_.poll_transmit()) sent_.push_back(std::move(transmit->datagram));
      while (engine_.poll_sa_change() || engine_.poll_event()) {
      }
      while (const auto ask = engine_.poll_ask()) {
        engine_.handle_answer(now, ask->id,
                              std::visit([this](const auto& question) { return answer(question); }, ask->question));
        more = true;
      }
    }
  }
  ike::Answer answer(const ike::Sign& question) { return *trust_.sign(question); }
  ike::Answer answer(const ike::AssignAddresses&) {
    return ike::Granted{{.ipv4 = IpAddress::v4(0x0a000000 + ++leased_)}, {}};
  }
  ike::Answer answer(const ike::ContinueEap&) {
    return ike::Refused{ike::wire::NotifyType::AuthenticationFailed, "nobody logs in here", {}};
  }
  ike::Answer answer(const ike::AuthenticatePeer& peer) {
    using Purpose = crypto::CertificateRules::Purpose;
    ike::PeerAccepted accepted{.key = credentials_.psk.copy(), .local = credentials_.identity};
    if (peer.uses_certificate) {
      const crypto::CertificateRules rules{.purpose = peer.is_initiator ? Purpose::Gateway : Purpose::Client};
      accepted.key =
          *trust_.verify(peer.certificates, {peer.peer}, rules, credentials_.local_auth(), sim::calendar(now));
    }
    accepted.auth = credentials_.local_auth();
    accepted.esp = policy().esp;
    accepted.ts_local = {TrafficSelector::everything(Family::V4)};
    return accepted;
  }

  Credentials credentials_;
  ike::Credentials trust_;
  ike::Endpoint engine_;
  std::deque<Bytes> sent_;
  std::uint32_t leased_ = 0;
};

// One handshake; returns the CPU seconds of its responder.
double shake_hands(Peer& client, Peer& gateway) {
  double seconds = 0;
  client.connect();
  for (auto to_gateway = client.take_sent(); !to_gateway.empty(); to_gateway = client.take_sent()) {
    const double start = cpu_seconds();
    for (const Bytes& datagram : to_gateway) gateway.handle_datagram(gateway_path, datagram);
    seconds += cpu_seconds() - start;
    for (const Bytes& datagram : gateway.take_sent()) client.handle_datagram(client_path, datagram);
  }
  return seconds;
}

// The responder's cryptography alone: what OpenSSL must do whoever calls it.
class CryptoAlone {
 public:
  explicit CryptoAlone(bool with_certificates)
      : with_certificates_(with_certificates),
        client_(credentials(client_name, with_certificates)),
        gateway_(credentials(gateway_name, with_certificates)),
        trust_(gateway_.trust()),
        peer_(*crypto::KeyExchange::generate(crypto::KeyExchangeId::Curve25519, random_)) {
    if (with_certificates_) signature_ = *client_.key->sign(scheme_, octets_);
  }

  void run() {
    const auto ours = crypto::KeyExchange::generate(crypto::KeyExchangeId::Curve25519, random_);
    const auto secret = ours->shared_secret(peer_.public_value());
    const auto prf = *crypto::Prf::find(crypto::PrfId::HmacSha2_256);
    const Secret skeyseed = prf(octets_, {secret->view()});
    benchmark::DoNotOptimize(prf.plus(skeyseed.view(), {octets_}, 3 * 32 + 2 * 36));  // SK_d, SK_p*, SK_e*
    benchmark::DoNotOptimize(prf.plus(skeyseed.view(), {octets_}, 2 * 36));           // KEYMAT
    for (int id = 0; id < 2; ++id) benchmark::DoNotOptimize(prf(skeyseed.view(), {octets_}));
    for (int nat = 0; nat < 4; ++nat) benchmark::DoNotOptimize(crypto::hash(crypto::HashId::Sha1, {octets_}));
    pass_message();
    pass_message();
    if (with_certificates_) authenticate();
  }

 private:
  void authenticate() {
    const crypto::CertificateRules rules{.purpose = crypto::CertificateRules::Purpose::Client};
    const auto key =
        trust_.verify({client_.chain.front().der()}, {client_.identity}, rules, ike::PskAuth{}, sim::calendar(now));
    benchmark::DoNotOptimize(key->verify(scheme_, octets_, signature_));
    benchmark::DoNotOptimize(gateway_.key->sign(scheme_, octets_));
  }
  void pass_message() {
    auto cipher = *crypto::PacketCipher::make({crypto::EncryptionId::AesGcm16, 256}, key_, {});
    Bytes text(1000), icv(16);
    cipher.seal(octets_, iv_, text, icv);
    benchmark::DoNotOptimize(text);
  }

  bool with_certificates_;
  SeededRandom random_{1};
  Credentials client_, gateway_;
  ike::Credentials trust_;
  crypto::KeyExchange peer_;
  crypto::SignatureScheme scheme_{crypto::SignatureScheme::Kind::Ecdsa, crypto::HashId::Sha2_256};
  Bytes octets_ = Bytes(32), key_ = Bytes(36), iv_ = Bytes(8), signature_;
};

void Handshake(benchmark::State& state, bool with_certificates) {
  SeededRandom random{1};
  CryptoAlone crypto{with_certificates};
  double handshakes = 0, alone = 0;
  auto gateway = std::make_unique<Peer>(gateway_name, true, with_certificates, random);
  for (auto _ : state) {
    Peer client{client_name, false, with_certificates, random};
    const double seconds = shake_hands(client, *gateway);
    state.SetIterationTime(seconds);
    handshakes += seconds;
    const double start = cpu_seconds();
    crypto.run();
    alone += cpu_seconds() - start;
  }
  if (gateway->established() != static_cast<std::size_t>(state.iterations())) state.SkipWithError("a handshake failed");
  state.counters["openssl_share"] = alone / handshakes;
}
BENCHMARK_CAPTURE(Handshake, certificates, true)->UseManualTime()->Unit(benchmark::kMicrosecond)->MinTime(2);
BENCHMARK_CAPTURE(Handshake, psk, false)->UseManualTime()->Unit(benchmark::kMicrosecond)->MinTime(2);

// ---- Memory

std::size_t heap_in_use() {
  malloc_trim(0);
  const auto info = mallinfo2();
  return info.uordblks + info.hblkhd;
}

gateway::Config gateway_config(bool with_certificates) {
  const Credentials own = credentials(gateway_name, with_certificates);
  gateway::Config config{.name = gateway_name, .identity = own.identity};
  if (with_certificates) config.certificate = std::get<ike::CertificateAuth>(own.local_auth());
  config.policy = policy();
  config.pools = {{"all", *IpPrefix::parse("10.0.0.0/8"), {}}};
  gateway::ConnectionRule& rule = config.rules.emplace_back();
  rule.pools = {"all"};
  rule.certificate = crypto::CertificateRules{.purpose = crypto::CertificateRules::Purpose::Client};
  rule.psk_users.push_back({ike::wire::Identity::parse(client_name), Credentials::with_psk(client_name).psk.copy()});
  return config;
}

// The gateway role as the daemon runs it, with the data plane's SAs or without.
class MeasuredGateway {
 public:
  MeasuredGateway(bool with_certificates, bool with_data_plane)
      : with_data_plane_(with_data_plane),
        gateway_(gateway_config(with_certificates), credentials(gateway_name, with_certificates).trust(), random_) {
    gateway_.handle_wall_time(now, sim::calendar(now));
  }
  void welcome(Peer& client, const Path& from) {
    client.connect();
    for (auto to_gateway = client.take_sent(); !to_gateway.empty(); to_gateway = client.take_sent()) {
      for (const Bytes& datagram : to_gateway) gateway_.handle_datagram(now, from, datagram);
      drain(client);
    }
  }
  std::size_t sessions() const { return gateway_.sessions().size(); }

 private:
  void drain(Peer& client) {
    const auto nobody = [](const auto&) { return gateway::UserAnswer{Failure{gateway::NoUser{}}}; };
    answer_user_asks(gateway_, Instant{}, nobody, [](const auto& step) { step(); });
    while (gateway_.poll_event()) {
    }
    while (auto change = gateway_.poll_sa_change()) {
      auto* install = std::get_if<ike::InstallChildSa>(&*change);
      if (with_data_plane_ && install != nullptr) sas_.push_back(sim::make_sa_pair(*install));
    }
    while (const auto out = gateway_.poll_transmit()) client.handle_datagram(client_path, out->datagram);
  }

  bool with_data_plane_;
  SeededRandom random_{1};
  gateway::Gateway gateway_;
  std::vector<std::shared_ptr<esp::SaPair>> sas_;
};

void Memory(benchmark::State& state, bool with_certificates, bool with_data_plane) {
  constexpr std::size_t clients = 10'000;
  SeededRandom random{2};
  for (auto _ : state) {
    MeasuredGateway gateway{with_certificates, with_data_plane};
    const std::size_t before = heap_in_use();
    for (std::size_t number = 0; number < clients; ++number) {
      Peer client{client_name, false, with_certificates, random};
      const auto outside = IpAddress::v4(static_cast<std::uint32_t>(0xc6000000 + number));
      gateway.welcome(client, {gateway_path.local, {outside, nat_traversal_port}});
    }
    const std::size_t after = heap_in_use();
    if (gateway.sessions() != clients) state.SkipWithError("a handshake failed");
    state.counters["bytes_per_client"] = static_cast<double>(after - before) / static_cast<double>(clients);
  }
}
BENCHMARK_CAPTURE(Memory, certificates, true, false)->Iterations(1)->Unit(benchmark::kSecond);
BENCHMARK_CAPTURE(Memory, psk, false, false)->Iterations(1)->Unit(benchmark::kSecond);
BENCHMARK_CAPTURE(Memory, certificates_and_data_plane, true, true)->Iterations(1)->Unit(benchmark::kSecond);
BENCHMARK_CAPTURE(Memory, psk_and_data_plane, false, true)->Iterations(1)->Unit(benchmark::kSecond);

}  // namespace
}  // namespace agilevpn

BENCHMARK_MAIN();
