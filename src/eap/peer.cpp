#include "eap/peer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "eap/identity.h"
#include "eap/limits.h"
#include "eap/nak.h"

namespace agilevpn::eap {

Peer::Peer(std::string identity, std::vector<Type> methods, MakeMethod make_method)
    : identity_(std::move(identity)), methods_(std::move(methods)), make_method_(std::move(make_method)) {}

Peer::Step Peer::handle_packet(ByteView octets) {
  if (is_over_) return Ignored{"the conversation is over"};
  const auto packet = decode(octets);
  if (!packet) return Ignored{"it is no EAP packet"};
  switch (packet->code) {
    case Code::Request: break;
    case Code::Response: return Ignored{"a server sends no Response"};
    case Code::Success: return handle_success(*packet);
    case Code::Failure: return handle_failure();
  }
  if (equal(octets, request_)) return is_asking_ ? Step{Ignored{"it is being answered"}} : Step{Send{response_}};
  if (is_asking_) return Ignored{"the last Request is not answered yet"};
  if (++rounds_ > limits::rounds_max) return finish({.reason = "EAP did not come to an end"});
  const std::uint8_t answered = std::exchange(identifier_, packet->identifier);
  Step step = handle_request(*packet);
  if (std::holds_alternative<Ignored>(step)) {
    identifier_ = answered;  // As if it had never come: there is no Response to say again.
  } else {
    request_ = to_bytes(octets);
  }
  return step;
}

Peer::Step Peer::handle_request(const Packet& packet) {
  if (packet.type == Type::Identity) return send(Type::Identity, to_bytes(identity_));
  if (packet.type == Type::Notification) {
    notification_ = decode_message(packet.data);
    return send(Type::Notification, {});
  }
  if (packet.type == Type::Nak || packet.type == Type::None) return Ignored{"a Request may not have this Type"};
  if (!method_) return start_method(packet);
  // RFC 3748 §2.1: one method in a conversation.
  if (packet.type != method_->type()) return Ignored{"it is of another method than the one that runs"};
  return advance(method_->handle_request(packet.data));
}

Peer::Step Peer::start_method(const Packet& packet) {
  if (std::ranges::find(methods_, packet.type) == methods_.end()) return refuse(packet.type);
  method_ = make_method_(packet.type);
  if (method_) return advance(method_->handle_request(packet.data));
  std::erase(methods_, packet.type);
  return refuse(packet.type);
}

Peer::Step Peer::refuse(Type type) {
  refused_.push_back(type);
  return send(Type::Nak, encode_nak(methods_));
}

// RFC 3748 §4.2: a Success that comes before the method has all its proof is silently discarded.
Peer::Step Peer::handle_success(const Packet& packet) {
  if (!may_succeed()) return Ignored{"a Success before its time"};
  if (packet.identifier != identifier_) return Ignored{"its Identifier is not that of the Response"};
  return finish(method_->finish());
}

Peer::Step Peer::handle_failure() {
  Outcome outcome = method_ ? method_->fail() : Outcome{};
  outcome.is_success = false;
  if (!outcome.reason.empty()) return finish(std::move(outcome));
  if (method_)
    outcome.reason = fmt::format("the server refused {}", to_string(method_->type()));
  else if (!refused_.empty())
    outcome.reason = fmt::format("the server wants {}, and we may use {}", to_string(refused_), to_string(methods_));
  else
    outcome.reason = fmt::format("the server refused {} before it asked for a proof", identity_);
  return finish(std::move(outcome));
}

Peer::Step Peer::handle_answer(Answer answer) {
  if (!is_asking_ || is_over_) return Ignored{"nothing was asked"};
  is_asking_ = false;
  return advance(method_->handle_answer(std::move(answer)));
}

Peer::Step Peer::advance(PeerStep step) {
  if (auto* type_data = std::get_if<Bytes>(&step)) return send(method_->type(), std::move(*type_data));
  if (auto* outcome = std::get_if<Outcome>(&step)) return finish(std::move(*outcome));
  is_asking_ = true;
  return std::get<Question>(std::move(step));
}

Peer::Step Peer::send(Type type, Bytes type_data) {
  response_ = encode({Code::Response, identifier_, type, std::move(type_data)});
  return Send{response_};
}

Peer::Step Peer::finish(Outcome outcome) {
  is_over_ = true;
  is_asking_ = false;
  wipe(response_);  // It may hold a password.
  return Finished{std::move(outcome)};
}

}  // namespace agilevpn::eap
