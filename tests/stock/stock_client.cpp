// A stock client (sim/stock) in real time at a real gateway: what it says in its simulated world leaves this host by
// UDP, and what comes back goes in again.
//
//   stock_client          lists the kinds: name, policy of ours that serves it, how it signs in
//   stock_client KIND OWN GATEWAY PKI PASSWORD TARGET ...
//
// OWN and GATEWAY are IPv4 addresses. The user is anna@example.org, with this password and the certificate in the
// folder PKI (lab/credentials.py); the gateway is vpn.example.org. The client connects, pings each TARGET once through
// the tunnel, and stays until SIGTERM. It prints what it learns, a fact in each line: "address 10.66.0.2", "answer
// 192.168.10.2" ...
#include <fmt/format.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <set>

#include "base/check.h"
#include "esp/sample_packet.h"
#include "linux/clock.h"
#include "sim/stock/client.h"
#include "sim/world.h"
#include "tests/stock/doorway.h"

namespace agilevpn::sim::stock {
namespace {

constexpr const char* user = "anna@example.org";
constexpr Duration patience = 20s;  // Like that of the lab's tests.

volatile std::sig_atomic_t must_end = 0;

template <class Value>
void say(std::string_view what, const Value& value) {
  fmt::print("{} {}\n", what, value);
  std::fflush(stdout);
}

Bytes read(const std::string& file) {
  std::ifstream in{file};
  const std::string text{std::istreambuf_iterator<char>{in}, {}};
  CHECK(!text.empty());
  return to_bytes(text);
}

Credentials credentials_in(const std::string& folder) {
  Credentials own;
  own.identity = ike::wire::Identity::parse(user);
  own.key = *crypto::PrivateKey::parse(read(folder + "/anna.key"));
  own.chain = *crypto::Certificate::from_pem(read(folder + "/anna.pem"));
  own.anchors = *crypto::Certificate::from_pem(read(folder + "/ca.pem"));
  return own;
}

class Visit {
 public:
  Visit(const Kind& kind, const IpAddress& own, const IpAddress& gateway, const std::string& pki,
        const std::string& password)
      : start_(start_of_real_world()),
        kind_(kind),
        lan_(world_.add_segment({.name = "lan"})),
        doorway_(add_host("gateway", gateway)),
        client_(add_host("client", own), kind,
                Owner{.user = user,
                      .password = password,
                      .typed_identity = "",
                      .gateway_name = "vpn.example.org",
                      .gateway = gateway,
                      .credentials = credentials_in(pki),
                      .mschap = std::make_shared<const crypto::MsChap>(crypto::MsChap::load().value())},
                world_.random()) {
    client_.on_packet = [this](ByteView packet) { answered_.insert(esp::IpPacket::decode(packet)->selectors.source); };
  }

  void connect() {
    client_.connect();
    run_until([this] { return client_.is_connected() || !client_.drops().empty(); });
    for (const Drop& drop : client_.drops()) say("drop", drop.reason);
    if (!client_.is_connected()) return;
    const ike::Lease& lease = *client_.lease();
    if (lease.ipv4) say("address", lease.ipv4->to_string());
    if (lease.ipv6) say("address", lease.ipv6->address.to_string());
    for (const IpAddress& server : lease.servers) say("server", server.to_string());
    if (!kind_.habits.solicits_routers || !lease.ipv6) return;
    run_until([this] { return !client_.advertisement().empty(); });
    say("advertisement", to_hex(client_.advertisement()));
  }

  void ping(const IpAddress& target) {
    const auto& lease = client_.lease();
    if (!lease || (target.is_v4() ? !lease->ipv4 : !lease->ipv6)) return;
    client_.send(esp::SamplePacket{.source = target.is_v4() ? *lease->ipv4 : lease->ipv6->address,
                                   .destination = target,
                                   .protocol = target.is_v4() ? esp::protocol::icmp : esp::protocol::icmp6}
                     .build());
    run_until([&] { return answered_.contains(target); });
    if (answered_.contains(target)) say("answer", target.to_string());
  }

  void stay() {
    say("ready", kind_.name);
    while (!must_end) run();
  }

  void leave() {
    client_.disconnect();
    run_until([this] { return !client_.is_connected(); });
    for (const std::string& mistake : client_.data_plane().mistakes()) say("mistake", mistake);
    if (!client_.is_connected()) say("left", kind_.name);
  }

 private:
  Host& add_host(const std::string& name, const IpAddress& address) {
    if (world_.now() == Instant{}) run_to_now();  // Before anything happens.
    Host& host = world_.add_host(name);
    host.add_interface(lan_).add_address(address);
    return host;
  }
  void run_to_now() { world_.run_for(linux::now() - start_ - (world_.now() - Instant{})); }
  void run() {
    doorway_.carry(1ms);
    run_to_now();
  }
  template <class Condition>
  void run_until(Condition condition) {
    const Instant end = linux::now() + patience;
    while (!condition() && linux::now() < end) run();
  }

  Instant start_;  // When it was the world's Instant{}, on the real clock.
  const Kind& kind_;
  World world_{1};
  Segment& lan_;
  Doorway doorway_;
  StockClient client_;
  std::set<IpAddress> answered_;
};

std::string_view to_string(SignIn sign_in) {
  switch (sign_in) {
    case SignIn::MsChapV2: return "mschapv2";
    case SignIn::EapTls: return "tls";
    case SignIn::Certificate: return "certificate";
    case SignIn::Peap: return "peap";
    case SignIn::TtlsPap:
    case SignIn::TtlsMsChapV2:
    case SignIn::TtlsEap: return "ttls";
    case SignIn::Gtc:
    case SignIn::MsChapV2OrGtc: return "gtc";
  }
  return "";
}

int list() {
  for (const Kind& kind : kinds()) fmt::print("{} {} {}\n", kind.name, kind.policy, to_string(kind.sign_in));
  return 0;
}

int visit(std::span<const std::string> words) {
  const Kind* const kind = find_kind(words[0]);
  const auto own = IpAddress::parse(words[1]), gateway = IpAddress::parse(words[2]);
  if (!kind || !own || !gateway) return 2;
  std::signal(SIGTERM, [](int) { must_end = 1; });
  Visit visit{*kind, *own, *gateway, words[3], words[4]};
  visit.connect();
  for (const std::string& target : words.subspan(5)) visit.ping(*IpAddress::parse(target));
  visit.stay();
  visit.leave();
  return 0;
}

}  // namespace
}  // namespace agilevpn::sim::stock

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  if (words.empty()) return agilevpn::sim::stock::list();
  const int status = words.size() < 5 ? 2 : agilevpn::sim::stock::visit(words);
  if (status != 0) fmt::print(stderr, "usage: see the top of stock_client.cpp\n");
  return status;
}
