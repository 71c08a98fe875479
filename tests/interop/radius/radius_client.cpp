// Our RADIUS client against somebody else's server, and our dynamic authorization against somebody else's client.
//
//   radius_client login     SERVERS SECRET USER PASSWORD           PAP: prints the answer and what it grants
//   radius_client eap       SERVERS SECRET USER PASSWORD METHOD …  an EAP login of our peer through EapRelay
//   radius_client account   SERVERS SECRET USER                    on, start, interim, stop, off
//   radius_client authorize ADDRESS:PORT SECRET                    answers Disconnect- and CoA-Requests about session s-1
//
// SERVERS is "127.0.0.1:1812" or several with commas. Exit status 0: accepted, or everything accounted.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "linux/clock.h"
#include "linux/system_random.h"
#include "radius/accounting.h"
#include "radius/dictionary.h"
#include "radius/dynamic_authorization.h"
#include "radius/eap_relay.h"
#include "radius/grant.h"
#include "tests/interop/radius/eap_methods.h"
#include "tests/interop/radius/udp_link.h"

namespace agilevpn::interop {
namespace {

using Words = std::span<const std::string>;

std::vector<SocketAddress> parse_servers(std::string_view text) {
  std::vector<SocketAddress> servers;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(','));
    servers.push_back(*SocketAddress::parse(word));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
  }
  return servers;
}

radius::ClientConfig config_of(const std::vector<SocketAddress>& servers, const std::string& secret) {
  radius::ClientConfig config;
  for (const SocketAddress& server : servers) {
    config.servers.push_back(
        {.name = server.to_string(), .secret = Secret::copy_of(as_bytes(secret)), .knows_status_server = true});
  }
  config.nas.add_text(radius::Type::NasIdentifier, "vpn.example.org");
  config.retransmission.first = 300ms;  // Everything is near.
  config.request_longest = 8s;
  config.dead_time = 1s;
  config.sources_per_server = 1;
  return config;
}

// Carries what a Client or Accounting wants carried, until `is_done` or 20 seconds have passed.
template <class Driven>
class Carrier {
 public:
  Carrier(Driven& driven, const std::vector<SocketAddress>& servers) : driven_(driven) {
    for (const SocketAddress& server : servers) links_.push_back(UdpLink::to(server));
  }
  bool run(auto is_done) {
    for (const Instant end = linux::now() + 20s; linux::now() < end;) {
      while (const auto transmit = driven_.poll_transmit()) links_[transmit->channel.server].send(transmit->datagram);
      while (const auto event = driven_.poll_event()) {
        const EventRecord record = radius::to_record(*event);
        fmt::print("event {} {}: {}\n", record.name, record.subject, record.sentence);
      }
      if (is_done()) return true;
      for (std::size_t server = 0; server < links_.size(); ++server) {
        const auto received = links_[server].receive(10ms / static_cast<int>(links_.size()));
        if (received) driven_.handle_datagram(linux::now(), {server, 0}, received->datagram);
      }
      driven_.handle_timeout(linux::now());
    }
    return false;
  }

 private:
  Driven& driven_;
  std::vector<UdpLink> links_;
};

void print(const radius::Attributes& attributes) {
  for (const radius::Attribute& one : attributes) fmt::print("{}\n", radius::to_string(one));
}

std::optional<radius::Answer> ask(radius::Client& client, Carrier<radius::Client>& carrier, radius::Request request) {
  std::optional<radius::Answer> answer;
  client.send(linux::now(), std::move(request));
  carrier.run([&] { return (answer = client.poll_answer()).has_value(); });
  return answer;
}

int login(Words words) {
  linux::SystemRandom random;
  const auto servers = parse_servers(words[0]);
  radius::Client client{config_of(servers, words[1]), random};
  Carrier carrier{client, servers};
  radius::Request request;
  request.attributes.add_text(radius::Type::UserName, words[2]);
  request.user_password = Secret::copy_of(as_bytes(words[3]));
  const auto answer = ask(client, carrier, std::move(request));
  CHECK(answer);
  if (const auto* const accept = std::get_if<radius::Accept>(&answer->result)) {
    fmt::print("accepted by {}\n", servers[answer->server].to_string());
    print(accept->attributes);
    const auto grant = radius::Grant::from(accept->attributes);
    fmt::print("{}\n", grant ? "granted" : grant.error().to_string());
    return grant ? 0 : 1;
  }
  if (const auto* const reject = std::get_if<radius::Reject>(&answer->result)) print(reject->attributes);
  if (const auto* const unreachable = std::get_if<radius::Unreachable>(&answer->result))
    fmt::print("{}\n", unreachable->why);
  fmt::print("refused\n");
  return 1;
}

// Until the peer has something to send or is at its end.
eap::Peer::Step answer_questions(eap::Peer& peer, eap::Peer::Step step, const EapUser& user) {
  while (std::holds_alternative<eap::Question>(step))
    step = peer.handle_answer(user.answer(std::get<eap::Question>(step)));
  return step;
}

int finish(eap::Peer& peer, const radius::LoginAccepted& accepted) {
  const auto step = peer.handle_packet(accepted.eap_success);
  const auto* const finished = std::get_if<eap::Peer::Finished>(&step);
  if (!finished || !finished->outcome.is_success) {
    fmt::print("the peer does not believe it: {}\n", finished ? finished->outcome.reason : "not at its end");
    return 1;
  }
  fmt::print("accepted {} as {}\n", accepted.user_name, eap::to_string(peer.method()));
  fmt::print("MSK {}\n", accepted.msk == finished->outcome.msk ? "equal" : "DIFFERS");
  print(accepted.attributes);
  return accepted.msk == finished->outcome.msk ? 0 : 1;
}

int eap_login(Words words) {
  linux::SystemRandom random;
  const auto servers = parse_servers(words[0]);
  radius::Client client{config_of(servers, words[1]), random};
  Carrier carrier{client, servers};
  EapUser user{words[2], words[3], words.subspan(4), random};
  eap::Peer peer = user.make_peer();
  radius::EapRelay relay{
      {.called_station = "vpn.example.org", .calling_station = "192.0.2.7", .port_id = "", .session_id = "s-1"}};
  auto step = peer.handle_packet("0101000501"_hex);  // Request/Identity
  while (const auto* const send = std::get_if<eap::Peer::Send>(&step)) {
    auto request = relay.handle_eap(send->packet);
    CHECK(request);
    auto answer = ask(client, carrier, *std::move(request));
    CHECK(answer);
    const radius::RelayStep next = relay.handle_answer(*std::move(answer));
    if (const auto* const accepted = std::get_if<radius::LoginAccepted>(&next)) return finish(peer, *accepted);
    if (const auto* const rejected = std::get_if<radius::LoginRejected>(&next)) {
      fmt::print("refused: {}{}\n", rejected->reason, rejected->eap_failure.empty() ? "" : ", with an EAP-Failure");
      return 1;
    }
    step = answer_questions(peer, peer.handle_packet(std::get<radius::EapPacket>(next).packet), user);
  }
  const auto* const finished = std::get_if<eap::Peer::Finished>(&step);
  fmt::print("the peer gives up: {}\n", finished ? finished->outcome.reason : "it ignores what the server sent");
  return 1;
}

int account(Words words) {
  linux::SystemRandom random;
  const auto servers = parse_servers(words[0]);
  radius::Accounting accounting{config_of(servers, words[1]), random};
  Carrier carrier{accounting, servers};
  const radius::AccountedSession session{.session_id = "s-1",
                                         .user_name = words[2],
                                         .classes = {to_bytes("class one"), "00ff"_hex},
                                         .called_station = "vpn.example.org",
                                         .calling_station = "192.0.2.7",
                                         .port_id = "staff",
                                         .framed_ip = IpAddress::v4(10, 9, 0, 7),
                                         .framed_ipv6 = IpAddress::parse("2001:db8::7"),
                                         .framed_ipv6_prefix = std::nullopt};
  const radius::AccountedUse use{
      .time = 61s, .input_octets = 1000, .output_octets = (3ull << 32) + 7, .input_packets = 10, .output_packets = 20};
  const Instant now = linux::now();
  const WallTime date = linux::wall_now();
  accounting.on(now, date);
  accounting.start(now, date, session);
  accounting.interim(now, date, session, use);
  accounting.stop(now, date, session, use, radius::AcctTerminateCause::IdleTimeout);
  accounting.off(now, date);
  const bool is_done = carrier.run([&] { return accounting.waiting() == 0; });
  fmt::print("{} records are not acknowledged\n", accounting.waiting());
  return is_done ? 0 : 1;
}

std::string describe(const radius::DynamicAsk& ask) {
  const auto* const change = std::get_if<radius::ChangeOfAuthorization>(&ask.what);
  std::vector<std::string> changes;
  if (change) {
    for (const radius::Attribute& one : change->attributes) changes.push_back(radius::to_string(one));
  }
  return change ? fmt::format("change: {}", fmt::join(changes, ", ")) : "disconnect";
}

int authorize(Words words) {
  const SocketAddress ours = *SocketAddress::parse(words[0]);
  UdpLink link = UdpLink::at(ours);
  radius::DynamicAuthorizationConfig config;
  config.servers.push_back({ours.address, Secret::copy_of(as_bytes(words[1]))});
  radius::DynamicAuthorization dynamic{std::move(config)};
  fmt::print("listening\n");
  for (;; std::fflush(stdout)) {
    std::fflush(stdout);
    if (const auto received = link.receive(1s)) {
      dynamic.handle_datagram(linux::now(), linux::wall_now(), {received->from}, received->datagram);
    }
    while (const auto ask = dynamic.poll_ask()) {
      fmt::print("{}\n", describe(*ask));
      const auto selector = std::visit([](const auto& one) { return one.sessions; }, ask->what);
      selector.session_id == "s-1" ? dynamic.acknowledge(ask->id)
                                   : dynamic.refuse(ask->id, radius::ErrorCause::SessionContextNotFound);
    }
    while (const auto event = dynamic.poll_event()) fmt::print("{}\n", radius::to_record(*event).sentence);
    while (const auto transmit = dynamic.poll_transmit()) link.send_to(transmit->to.from, transmit->datagram);
  }
}

}  // namespace
}  // namespace agilevpn::interop

int main(int count, char** arguments) {
  using namespace agilevpn::interop;
  const std::vector<std::string> words(arguments + 1, arguments + count);
  const std::string verb = words.empty() ? "" : words.front();
  const auto rest = std::span{words}.subspan(words.empty() ? 0 : 1);
  if (verb == "login" && rest.size() == 4) return login(rest);
  if (verb == "eap" && rest.size() >= 5) return eap_login(rest);
  if (verb == "account" && rest.size() == 3) return account(rest);
  if (verb == "authorize" && rest.size() == 2) return authorize(rest);
  fmt::print(stderr, "usage: see the top of radius_client.cpp\n");
  return 2;
}
