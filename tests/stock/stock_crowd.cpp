// Many stock clients of one kind (sim/stock) in real time at a real gateway: a campus on Monday morning.
//
//   stock_crowd KIND COUNT NETWORK GATEWAY CA PASSWORD TARGET
//
// The clients are user1, user2, ... with this password, from addresses of NETWORK that this machine has (ip route add
// local NETWORK dev lo). Some connect at a time, till all are connected at once; each then pings TARGET through the
// tunnel. They stay until SIGTERM and leave. It prints a fact in each line: "connected 10000", "seconds 41.3" ...
#include <fmt/format.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <set>

#include "esp/sample_packet.h"
#include "sim/stock/client.h"
#include "tests/stock/doorway.h"

namespace agilevpn::sim::stock {
namespace {

constexpr std::size_t connecting_max = 48;  // At a time. Below a gateway's threshold for cookies.
constexpr Duration patience = 30s;          // With a crowd that gets nowhere.

volatile std::sig_atomic_t must_end = 0;

template <class Value>
void say(std::string_view what, const Value& value) {
  fmt::print("{} {}\n", what, value);
  std::fflush(stdout);
}

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

struct Order {
  const Kind& kind;
  std::size_t count;
  IpPrefix network;
  IpAddress gateway;
  std::vector<crypto::Certificate> anchors;
  std::string password;
  IpAddress target;
};

class Campus {
 public:
  explicit Campus(const Order& order)
      : order_(order), lan_(world_.add_segment({.name = "lan"})), doorway_(add_host("gateway", order.gateway)) {
    follow_clock();  // To today, before anything happens.
    for (std::size_t i = 1; i <= order.count; ++i) add_client(i);
  }

  void connect() {
    const Instant began = linux::now();
    std::size_t begun = 0, done = 0;
    run_while_it_goes_on([&] {
      done = count([](const StockClient& client) { return client.is_connected(); });
      for (; begun < clients_.size() && begun - done < connecting_max; ++begun) clients_[begun]->connect();
      return done;
    });
    say("connected", done);
    say("seconds", seconds(linux::now() - began));
    say("addresses", addresses().size());
  }

  void ping() {
    for (const auto& client : clients_)
      if (const auto& lease = client->lease(); lease && lease->ipv4)
        client->send(
            esp::SamplePacket{.source = *lease->ipv4, .destination = order_.target, .protocol = esp::protocol::icmp}
                .build());
    run_while_it_goes_on([this] { return answers_; });
    say("answers", answers_);
  }

  void stay() {
    say("ready", order_.kind.name);
    while (!must_end) run();
  }

  void leave() {
    say("staying", count([](const StockClient& client) { return client.is_connected(); }));
    std::size_t begun = 0, left = 0;
    run_while_it_goes_on([&] {
      left = count([](const StockClient& client) { return !client.is_connected(); });
      for (; begun < clients_.size() && begun - std::min(begun, left) < connecting_max; ++begun)
        clients_[begun]->disconnect();
      return left;
    });
    say("left", left);
    for (const auto& client : clients_)
      for (const Drop& drop : client->drops()) say("drop", drop.reason);
  }

 private:
  Host& add_host(const std::string& name, const IpAddress& address) {
    Host& host = world_.add_host(name);
    host.add_interface(lan_).add_address(address);
    return host;
  }

  void add_client(std::size_t number) {
    Owner owner{.user = fmt::format("user{}", number),
                .password = order_.password,
                .typed_identity = "",
                .gateway_name = "vpn.example.org",
                .gateway = order_.gateway,
                .credentials = {},
                .mschap = mschap_};
    owner.credentials.anchors = order_.anchors;
    Host& host = add_host(owner.user, *order_.network.address.plus(number));
    clients_.push_back(std::make_unique<StockClient>(host, order_.kind, std::move(owner), world_.random()));
    clients_.back()->on_packet = [this](ByteView packet) {
      answers_ += esp::IpPacket::decode(packet)->selectors.source == order_.target;
    };
  }

  std::size_t count(bool (*is_so)(const StockClient&)) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(clients_, [&](const auto& client) { return is_so(*client); }));
  }
  std::set<IpAddress> addresses() const {
    std::set<IpAddress> all;
    for (const auto& client : clients_)
      if (const auto& lease = client->lease(); lease && lease->ipv4) all.insert(*lease->ipv4);
    return all;
  }

  void run() {
    doorway_.carry(1ms);
    follow_clock();
  }
  void follow_clock() { world_.run_for(linux::now() - start_ - (world_.now() - Instant{})); }
  // Until all clients have come so far, or no more do.
  template <class Progress>
  void run_while_it_goes_on(Progress progress) {
    std::size_t best = progress();
    for (Instant since = linux::now(); best < clients_.size() && linux::now() < since + patience && !must_end;) {
      for (const Instant soon = linux::now() + 10ms; linux::now() < soon;)
        run();  // It asks every client: not more often.
      if (const std::size_t now = progress(); now > best) {
        best = now;
        since = linux::now();
      }
    }
  }

  const Order& order_;
  Instant start_ = start_of_real_world();
  World world_{1};
  Segment& lan_;
  Doorway doorway_;
  std::shared_ptr<const crypto::MsChap> mschap_ =
      std::make_shared<const crypto::MsChap>(crypto::MsChap::load().value());
  std::vector<std::unique_ptr<StockClient>> clients_;
  std::size_t answers_ = 0;
};

Bytes read(const std::string& file) {
  std::ifstream in{file};
  return to_bytes(std::string{std::istreambuf_iterator<char>{in}, {}});
}

int visit(std::span<const std::string> words) {
  const Kind* const kind = find_kind(words[0]);
  const auto network = IpPrefix::parse(words[2]);
  const auto gateway = IpAddress::parse(words[3]), target = IpAddress::parse(words[6]);
  auto anchors = crypto::Certificate::from_pem(read(words[4]));
  if (!kind || kind->sign_in != SignIn::MsChapV2 || !network || !gateway || !target || !anchors) return 2;
  std::signal(SIGTERM, [](int) { must_end = 1; });
  const Order order{*kind, std::stoul(words[1]), *network, *gateway, std::move(*anchors), words[5], *target};
  Campus campus{order};
  campus.connect();
  campus.ping();
  campus.stay();
  must_end = 0;
  campus.leave();
  return 0;
}

}  // namespace
}  // namespace agilevpn::sim::stock

int main(int count, char** arguments) {
  const std::vector<std::string> words(arguments + 1, arguments + count);
  const int status = words.size() != 7 ? 2 : agilevpn::sim::stock::visit(words);
  if (status != 0) fmt::print(stderr, "usage: see the top of stock_crowd.cpp\n");
  return status;
}
