// For tests: a RADIUS server, and the world between it and a client that can lose, repeat and delay.
#pragma once

#include "base/check.h"
#include "base/timers.h"
#include "radius/client.h"
#include "radius/hidden.h"

namespace agilevpn::radius {

inline Secret test_secret() { return Secret::copy_of(as_bytes("testing123")); }

struct FakeServer {
  bool is_up = true;
  Secret secret = test_secret();
  std::vector<Packet> requests;      // Authentic ones.
  Code answer = Code::AccessAccept;  // To Access-Requests.
  Attributes attributes;             // Of those answers.
  struct Later {
    Code answer{};
    Attributes attributes;
  };
  std::string dropped;               // A session whose records it does not take.
  std::optional<Later> after_first;  // Instead, from the second Access-Request on.

  // Nothing from a server that is down, or to what is not authentic.
  std::optional<Bytes> handle(ByteView datagram) {
    const auto request = decode(datagram);
    if (!is_up || !request || !is_authentic_request(datagram, secret, MessageAuthenticator::Optional))
      return std::nullopt;
    if (!dropped.empty() && request->attributes.text(Type::AcctSessionId) == dropped) return std::nullopt;
    requests.push_back(*request);
    if (after_first && count(Code::AccessRequest) > 1)
      answer = after_first->answer, attributes = after_first->attributes;
    Packet response{.code = answer, .identifier = request->identifier, .authenticator = {}, .attributes = attributes};
    if (request->code == Code::AccountingRequest) response.code = Code::AccountingResponse;
    if (request->code == Code::StatusServer) response.code = Code::AccessAccept;
    return seal_response(response, request->authenticator, secret);
  }
  std::size_t count(Code code) const {
    return static_cast<std::size_t>(std::ranges::count(requests, code, &Packet::code));
  }
};

// Drives whatever has a client's polls against servers, in virtual time.
template <class Driven>
struct RadiusWorld {
  Driven& client;
  std::vector<FakeServer> servers;
  Instant now{};
  Duration latency = 1ms;
  unsigned loss_percent = 0;
  SeededRandom random{4711};
  std::multimap<Instant, std::pair<Channel, Bytes>> on_the_way = {};

  RadiusWorld(Driven& driven, std::size_t count) : client(driven), servers(count) {}

  bool is_lost() { return random.below(100) < loss_percent; }
  void carry() {
    while (const auto transmit = client.poll_transmit()) {
      if (is_lost()) continue;
      const auto reply = servers[transmit->channel.server].handle(transmit->datagram);
      if (reply && !is_lost()) on_the_way.emplace(now + latency, std::pair{transmit->channel, *reply});
    }
  }
  // Until `end`, or nothing more happens.
  void run_until(Instant end) {
    for (carry();; carry()) {
      std::optional<Instant> next = client.poll_timeout();
      if (!on_the_way.empty()) take_earlier(next, on_the_way.begin()->first);
      if (!next || *next > end) break;
      now = std::max(now, *next);
      while (!on_the_way.empty() && on_the_way.begin()->first <= now) {
        const auto [channel, datagram] = on_the_way.extract(on_the_way.begin()).mapped();
        client.handle_datagram(now, channel, datagram);
      }
      client.handle_timeout(now);
    }
    now = std::max(now, end);
  }
  void run_for(Duration time) { run_until(now + time); }
};

}  // namespace agilevpn::radius
