#include "eap/authenticator.h"

#include <fmt/format.h>

#include "base/check.h"
#include "eap/identity.h"
#include "eap/limits.h"
#include "eap/nak.h"

namespace agilevpn::eap {

Authenticator::Authenticator(MakeMethod make_method, std::uint8_t first_identifier)
    : make_method_(std::move(make_method)), identifier_(static_cast<std::uint8_t>(first_identifier - 1)) {}

Authenticator::Step Authenticator::start() {
  CHECK(phase_ == Phase::Idle);
  phase_ = Phase::Identity;
  return send(Type::Identity, {});
}

// RFC 3748 §4.1: what does not answer the outstanding Request is silently discarded.
Authenticator::Step Authenticator::handle_packet(ByteView octets) {
  if (phase_ == Phase::Idle || phase_ == Phase::Over) return Ignored{"no Request is outstanding"};
  if (is_asking_) return Ignored{"the last Response is still being considered"};
  const auto packet = decode(octets);
  if (!packet) return Ignored{"it is no EAP packet"};
  if (packet->code != Code::Response) return Ignored{"it is no Response"};
  if (packet->identifier != identifier_) return Ignored{"its Identifier is not that of the Request"};
  return phase_ == Phase::Identity ? handle_identity(*packet) : handle_method(*packet);
}

Authenticator::Step Authenticator::handle_identity(const Packet& packet) {
  if (packet.type != Type::Identity) return Ignored{"it does not answer the Identity that was asked for"};
  auto identity = decode_identity(packet.data);
  if (!identity) return fail("what the peer calls itself is no name: it is too long or cannot be read");
  identity_ = *std::move(identity);
  phase_ = Phase::Choosing;
  is_asking_ = true;
  return Question{ChooseMethods{identity_}};
}

Authenticator::Step Authenticator::handle_method(const Packet& packet) {
  if (packet.type == method_->type()) {
    was_method_taken_ = true;
    return advance(method_->handle_response(packet.data));
  }
  const auto wanted = decode_nak(packet);
  if (!wanted) return Ignored{"its Type is not that of the Request"};
  if (was_method_taken_) return Ignored{"a Nak comes too late"};
  return handle_nak(*wanted);
}

Authenticator::Step Authenticator::handle_nak(const std::vector<Type>& wanted) {
  std::erase_if(offers_, [&](Type offer) { return std::ranges::find(wanted, offer) == wanted.end(); });
  if (!offers_.empty()) return offer_next();
  if (wanted.empty())
    return fail(fmt::format("the peer refuses {} and wants nothing else", to_string(method_->type())),
                FailureCause::MethodRefused);
  return fail(fmt::format("the peer refuses {} and wants {}, which it may not use", to_string(method_->type()),
                          to_string(wanted)),
              FailureCause::MethodRefused);
}

Authenticator::Step Authenticator::handle_answer(Answer answer) {
  if (!is_asking_) return Ignored{"nothing was asked"};
  is_asking_ = false;
  if (phase_ == Phase::Method) return advance(method_->handle_answer(std::move(answer)));
  if (const auto* refused = std::get_if<Refused>(&answer)) return fail(refused->reason);
  const auto* offer = std::get_if<OfferMethods>(&answer);
  CHECK(offer);
  offers_ = offer->methods;
  return offer_next();
}

Authenticator::Step Authenticator::offer_next() {
  phase_ = Phase::Method;
  for (auto offer = offers_.begin(); offer != offers_.end();) {
    method_ = make_method_(*offer, identity_);
    offer = offers_.erase(offer);
    if (method_) return advance(method_->start());
  }
  return fail(fmt::format("there is no EAP method that {} may use", identity_.empty() ? "the peer" : identity_),
              FailureCause::NoMethod);
}

Authenticator::Step Authenticator::advance(ServerStep step) {
  if (auto* type_data = std::get_if<Bytes>(&step)) return send(method_->type(), std::move(*type_data));
  if (auto* outcome = std::get_if<Outcome>(&step)) return finish(std::move(*outcome));
  is_asking_ = true;
  return std::get<Question>(std::move(step));
}

Authenticator::Step Authenticator::send(Type type, Bytes type_data) {
  if (++rounds_ > limits::rounds_max) return fail("EAP did not come to an end");
  request_ = encode({Code::Request, ++identifier_, type, std::move(type_data)});
  return Send{request_};
}

Authenticator::Step Authenticator::finish(Outcome outcome) {
  phase_ = Phase::Over;
  if (outcome.is_success && outcome.user.empty()) outcome.user = identity_;
  // §4.2: its Identifier is that of the Response that it answers.
  return Finished{encode({outcome.is_success ? Code::Success : Code::Failure, identifier_, Type::None, {}}),
                  std::move(outcome)};
}

Authenticator::Step Authenticator::fail(std::string reason, FailureCause cause) {
  return finish({.reason = std::move(reason), .cause = cause});
}

}  // namespace agilevpn::eap
