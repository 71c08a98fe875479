// The peer's side of one EAP conversation (RFC 3748 §2, §4; the state machine of RFC 4137 §4, without its timers). It says
// who it is, runs one of the methods that it was told to use and refuses all others with a Nak that names them, and
// believes a Success only when its method has had all the proof that it wants (§4.2).
//
// Nothing is sent by itself: each Request is answered once, and the same Request again with the same Response. Not
// thread-safe.
#pragma once

#include <functional>

#include "eap/method.h"

namespace agilevpn::eap {

class Peer {
 public:
  using MakeMethod = std::function<std::unique_ptr<PeerMethod>(Type)>;

  struct Ignored {         // Nothing changed.
    std::string_view why;  // A literal.
  };
  struct Send {
    Bytes packet;  // A Response.
  };
  struct Finished {
    Outcome outcome;
  };
  using Step = std::variant<Ignored, Send, Question, Finished>;

  // `identity` answers EAP-Identity, which anyone on the way may read unless the carrier hides it: with PEAP or TTLS an
  // anonymous one will do. `methods`: what may be used, most wanted first.
  Peer(std::string identity, std::vector<Type> methods, MakeMethod make_method);

  Step handle_packet(ByteView octets);
  Step handle_answer(Answer answer);

  // The server's last words for the user (EAP-Notification, RFC 3748 §5.2); may be empty.
  const std::string& notification() const { return notification_; }
  Type method() const { return method_ ? method_->type() : Type::None; }
  // The method has all its proof: a Success would be believed now.
  bool may_succeed() const { return !is_over_ && !is_asking_ && method_ && method_->is_done(); }

 private:
  Step handle_request(const Packet& packet);
  Step start_method(const Packet& packet);
  Step handle_success(const Packet& packet);
  Step handle_failure();
  Step advance(PeerStep step);
  Step send(Type type, Bytes type_data);
  Step refuse(Type type);
  Step finish(Outcome outcome);

  std::string identity_;
  std::vector<Type> methods_;
  MakeMethod make_method_;
  std::unique_ptr<PeerMethod> method_;
  std::vector<Type> refused_;  // What the server offered in vain.
  Bytes request_, response_;   // The last of each.
  std::uint8_t identifier_ = 0;
  int rounds_ = 0;
  bool is_asking_ = false, is_over_ = false;
  std::string notification_;
};

}  // namespace agilevpn::eap
