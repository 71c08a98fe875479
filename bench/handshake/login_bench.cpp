// What one login costs a gateway's processor, from the first datagram to the tunnel: by certificates, and by each EAP
// method, whose server the gateway is. X25519, AES-GCM-16, ECDSA P-256 on both sides, TLS 1.3 inside EAP. The client's
// time is left out.
//
//   login_bench                                     all of them
//   login_bench --benchmark_filter=Login/peap
//
// "datagrams" is how many the client sent.
#include <benchmark/benchmark.h>

#include <ctime>

#include "bench/handshake/owner.h"
#include "client/connection.h"
#include "gateway/gateway.h"
#include "ike/typed_proposal.h"
#include "sim/credentials.h"

namespace agilevpn {
namespace {

using sim::Credentials;

constexpr const char* gateway_name = "vpn.example.org";
constexpr const char* user_name = "anna@example.org";
const IpAddress client_address = IpAddress::v4(10, 0, 1, 2), gateway_address = IpAddress::v4(10, 0, 2, 1);

enum class How : std::uint8_t { Certificate, MsChapV2, Tls, PeapMsChapV2, PeapTls, TtlsPap };

double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

ike::Policy policy() {
  return {
      "bench", {*ike::parse_ike_proposal("aes256gcm16-prfsha256-x25519")}, {*ike::parse_esp_proposal("aes256gcm16")}};
}

std::shared_ptr<const crypto::MsChap> mschap() {
  static const auto loaded = std::make_shared<const crypto::MsChap>(*crypto::MsChap::load());
  return loaded;
}

Credentials credentials(const char* name) { return Credentials::with_certificate(name, crypto::KeyType::EcdsaP256); }

gateway::Config gateway_config() {
  const Credentials own = credentials(gateway_name);
  gateway::Config config{.name = gateway_name, .identity = own.identity};
  config.certificate = std::get<ike::CertificateAuth>(own.local_auth());
  config.policy = policy();
  config.pools = {{"all", *IpPrefix::parse("10.0.0.0/8"), {}}};
  config.eap_methods = {eap::Type::MsChapV2, eap::Type::Tls, eap::Type::Peap, eap::Type::Ttls};
  config.mschap = mschap();
  gateway::ConnectionRule& rule = config.rules.emplace_back();
  rule.pools = {"all"};
  rule.certificate = crypto::CertificateRules{.purpose = crypto::CertificateRules::Purpose::Client};
  return config;
}

client::Profile profile(How how) {
  const Credentials own = credentials(user_name);
  client::Profile made{.name = "bench", .gateway = gateway_name, .local = own.identity, .auth = own.local_auth()};
  made.policy = policy();
  made.requests_ipv6 = false;
  if (how == How::Certificate) return made;
  const bool has_certificate = how == How::Tls || how == How::PeapTls;
  client::EapLogin login{.user = user_name, .anonymous = {}, .methods = {}, .password = {}};
  login.methods = {how == How::Tls        ? eap::Type::Tls
                   : how == How::TtlsPap  ? eap::Type::Ttls
                   : how == How::MsChapV2 ? eap::Type::MsChapV2
                                          : eap::Type::Peap};
  login.ttls_inside = eap::TtlsInside::Pap;
  if (has_certificate)
    login.certificate = std::get<ike::CertificateAuth>(made.auth);
  else
    login.password = Secret::copy_of(as_bytes("secret")), login.mschap = mschap();
  made.auth = ike::EapAuth{};
  made.eap = std::move(login);
  return made;
}

mobility::Network network() {
  mobility::Link link{
      .index = 1, .name = "eth0", .type = mobility::LinkType::Ethernet, .is_up = true, .has_carrier = true};
  link.addresses = {{client_address, 24}};
  link.routes = {{{IpAddress::any(Family::V4), 0}, 100, IpAddress::v4(10, 0, 1, 1), std::nullopt}};
  return {{link}};
}

// A gateway that stays, and a client that comes, logs in and is forgotten.
class MeasuredLogins {
 public:
  MeasuredLogins() : gateway_(gateway_config(), credentials(gateway_name).trust(), random_) {
    gateway_.handle_wall_time(now_, sim::calendar(now_));
  }

  // Seconds of the gateway's; nothing if the login failed.
  std::optional<double> log_in(How how) {
    client::Connection connection{profile(how), credentials(user_name).trust(), random_};
    spent_ = 0;
    sent_ = 0;
    now_ += 1s;
    connection.handle_wall_time(now_, sim::calendar(now_));
    connection.handle_network(now_, network());
    connection.up(now_);
    connection.handle_resolved(now_, {gateway_address});
    while (const auto out = connection.poll_transmit()) {
      ++sent_;
      const Path from{out->path.peer, out->path.local};
      measure([&] { gateway_.handle_datagram(now_, from, out->datagram); });
      while (const auto back = poll()) connection.handle_datagram(now_, out->path, back->datagram);
    }
    while (connection.poll_event()) {
    }
    if (connection.state() != client::State::Connected) return std::nullopt;
    for (const auto& session : gateway_.sessions()) gateway_.disconnect(now_, session.id);
    now_ += 60s;
    gateway_.handle_timeout(now_);
    (void)poll();
    return spent_;
  }
  int datagrams() const { return sent_; }

 private:
  std::optional<ike::Transmit> poll() {
    answer_user_asks(gateway_, now_, find, [&](const auto& step) { measure(step); });
    while (gateway_.poll_event()) {
    }
    while (gateway_.poll_sa_change()) {
    }
    return gateway_.poll_transmit();
  }
  static gateway::UserAnswer find(const gateway::UserQuestion&) {
    static const Secret hash = *mschap()->nt_password_hash(Secret::copy_of(as_bytes("secret")));
    return gateway::User{user_name, "", hash.copy()};
  }
  void measure(const auto& work) {
    const double begin = cpu_seconds();
    work();
    spent_ += cpu_seconds() - begin;
  }

  SeededRandom random_{1};
  Instant now_{};
  gateway::Gateway gateway_;
  double spent_ = 0;
  int sent_ = 0;
};

void Login(benchmark::State& state, How how) {
  MeasuredLogins logins;
  for (auto _ : state) {
    const auto spent = logins.log_in(how);
    if (!spent) return state.SkipWithError("the login failed");
    state.SetIterationTime(*spent);
  }
  state.counters["datagrams"] = logins.datagrams();
}
BENCHMARK_CAPTURE(Login, certificate, How::Certificate)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Login, mschapv2, How::MsChapV2)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Login, tls, How::Tls)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Login, peap_mschapv2, How::PeapMsChapV2)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Login, peap_tls, How::PeapTls)->UseManualTime()->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Login, ttls_pap, How::TtlsPap)->UseManualTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace agilevpn

BENCHMARK_MAIN();
