// The server's side of one EAP conversation (RFC 3748 §2, §4; the state machine of RFC 4137 §5, without its timers): it
// asks who is there, offers one method after another until the peer takes one, and tells Success or Failure.
//
//   Request/Identity   -->
//                      <--  Response/Identity      ChooseMethods: what may this one use?
//   Request/method A   -->
//                      <--  Response/Nak (B)       the next method that both have
//   Request/method B   -->
//                      <--  Response/method B      ... as often as the method wants
//   Success or Failure -->
//
// It carries no packet and waits for nothing: a carrier that loses packets sends request() again, and one that must answer
// every packet may do so when a packet was Ignored. Methods are made by the owner, who refuses one by making none. Not
// thread-safe.
#pragma once

#include <functional>

#include "eap/method.h"

namespace agilevpn::eap {

class Authenticator {
 public:
  using MakeMethod = std::function<std::unique_ptr<ServerMethod>(Type, const std::string& identity)>;

  struct Ignored {         // Nothing changed: an old packet, one of another conversation, garbage.
    std::string_view why;  // A literal.
  };
  struct Send {
    Bytes packet;  // A Request.
  };
  struct Finished {
    Bytes packet;  // Success or Failure.
    Outcome outcome;
  };
  using Step = std::variant<Ignored, Send, Question, Finished>;

  // `first_identifier` is the Identifier of the first Request; the others follow it. Where the carrier asked for the
  // Identity itself (RADIUS, RFC 3579 §2.1) it is that of the Response, which is handled after start() as if we had asked.
  explicit Authenticator(MakeMethod make_method, std::uint8_t first_identifier = 0);

  // Once, before all else.
  Step start();
  Step handle_packet(ByteView octets);
  Step handle_answer(Answer answer);

  const std::string& identity() const {
    return identity_;
  }  // As the peer says; proved by nothing. Empty before it is known.
  Type method() const { return method_ ? method_->type() : Type::None; }  // That runs, or that ran last.
  // ServerMethod::complaint(), for who must say why a peer went away.
  std::string complaint() const { return method_ ? method_->complaint() : std::string{}; }
  const Bytes& request() const { return request_; }  // The last Request.

 private:
  enum class Phase : std::uint8_t { Idle, Identity, Choosing, Method, Over };

  Step handle_identity(const Packet& packet);
  Step handle_method(const Packet& packet);
  Step handle_nak(const std::vector<Type>& wanted);
  Step offer_next();
  Step advance(ServerStep step);
  Step send(Type type, Bytes type_data);
  Step finish(Outcome outcome);
  Step fail(std::string reason, FailureCause cause = FailureCause::Other);

  MakeMethod make_method_;
  std::uint8_t identifier_;
  int rounds_ = 0;
  Phase phase_ = Phase::Idle;
  bool is_asking_ = false;
  std::string identity_;
  std::vector<Type> offers_;  // Not yet made, most wanted first.
  std::unique_ptr<ServerMethod> method_;
  bool was_method_taken_ = false;  // The peer answered it with its own Type: a Nak comes too late (RFC 3748 §5.3.1).
  Bytes request_;
};

}  // namespace agilevpn::eap
