// For tests and fuzzers of methods: an authenticator and a peer who talk with each other until both are done, whose
// questions the test answers and whose packets are kept; and words for what a method's step says.
#pragma once

#include "base/check.h"
#include "base/random.h"
#include "eap/authenticator.h"
#include "eap/peer.h"

namespace agilevpn::eap {

// What a method's step says; empty if it says nothing of the kind. ServerStep and PeerStep are one type.
inline Bytes sent(const ServerStep& step) {
  return std::holds_alternative<Bytes>(step) ? std::get<Bytes>(step) : Bytes{};
}
inline std::string reason(const ServerStep& step) {
  return std::holds_alternative<Outcome>(step) ? std::get<Outcome>(step).reason : "";
}
inline bool is_over(const ServerStep& step) { return std::holds_alternative<Outcome>(step); }
inline bool asks(const ServerStep& step) { return std::holds_alternative<Question>(step); }

inline Answer password(std::string_view text) { return Password{Secret::copy_of(as_bytes(text))}; }

// Random octets that are known beforehand.
class FixedRandom final : public Random {
 public:
  explicit FixedRandom(Bytes octets) : octets_(std::move(octets)) {}
  void fill_public(MutableByteView out) override {
    std::ranges::copy(ByteView{octets_}.first(out.size()), out.begin());
  }
  void fill_secret(MutableByteView out) override { fill_public(out); }

 private:
  Bytes octets_;
};

class Conversation {
 public:
  using MakeAnswer = std::function<Answer(const Question&)>;

  Conversation(Authenticator a_server, Peer a_peer) : server(std::move(a_server)), peer(std::move(a_peer)) {}

  // Until neither has anything to say.
  void run() {
    handle(server.start());
    while (!to_peer.empty() || !to_server.empty()) exchange();
  }

  // One packet, to whom it is for.
  void exchange() {
    if (!to_peer.empty()) return handle(peer.handle_packet(std::exchange(to_peer, {})));
    if (!to_server.empty()) handle(server.handle_packet(std::exchange(to_server, {})));
  }

  void handle(Authenticator::Step step) {
    while (const auto* question = std::get_if<Question>(&step)) step = server.handle_answer(answer_server(*question));
    if (auto* send = std::get_if<Authenticator::Send>(&step)) deliver(to_peer, send->packet);
    if (auto* finished = std::get_if<Authenticator::Finished>(&step)) {
      CHECK(!server_outcome);
      server_outcome = std::move(finished->outcome);
      deliver(to_peer, finished->packet);
    }
  }

  void handle(Peer::Step step) {
    while (const auto* question = std::get_if<Question>(&step)) step = peer.handle_answer(answer_peer(*question));
    if (auto* send = std::get_if<Peer::Send>(&step)) deliver(to_server, send->packet);
    if (auto* finished = std::get_if<Peer::Finished>(&step)) {
      CHECK(!peer_outcome);
      peer_outcome = std::move(finished->outcome);
    }
  }

  bool has_succeeded() const {
    return server_outcome && peer_outcome && server_outcome->is_success && peer_outcome->is_success &&
           server_outcome->msk == peer_outcome->msk;
  }
  std::string server_reason() const { return server_outcome ? server_outcome->reason : "(not over)"; }
  std::string peer_reason() const { return peer_outcome ? peer_outcome->reason : "(not over)"; }

  // "Identity Identity EAP-MSCHAPv2 ... Success"
  std::vector<Packet> packets;
  Authenticator server;
  Peer peer;
  MakeAnswer answer_server, answer_peer;
  std::optional<Outcome> server_outcome, peer_outcome;
  Bytes to_peer, to_server;  // On their way.

 private:
  void deliver(Bytes& place, const Bytes& octets) {
    const auto packet = decode(octets);
    CHECK(packet);
    packets.push_back(*packet);
    place = octets;
  }
};

}  // namespace agilevpn::eap
