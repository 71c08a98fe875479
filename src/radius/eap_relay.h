// EAP pass-through (RFC 3579 §2): one login of a peer, whose EAP packets go to a RADIUS server and back.
//
//   peer        we                                     RADIUS server
//    ── EAP-Response/Identity ──>  Access-Request  ──>
//    <──     EAP-Request       <── Access-Challenge <──   with State, which goes back with the next
//    ── EAP-Response ──>           Access-Request  ──>    and only to the server that gave it
//    <──     EAP-Success       <── Access-Accept   <──    with the MSK and what is granted
//
// Sans-I/O: handle_eap() gives the request for a Client to send, handle_answer() takes its answer and says what is next. We
// make no EAP packet of our own (RFC 3579 §2.6.3): where the server contradicts itself, the login has failed.
#pragma once

#include "base/error.h"
#include "base/time.h"
#include "radius/request.h"

namespace agilevpn::radius {

struct RelaySettings {
  std::string called_station;   // How the peer knows us: our name or address.
  std::string calling_station;  // The peer's outer address.
  std::string port_id;          // NAS-Port-Id: the connection it uses; may be empty.
  std::string session_id;       // Acct-Session-Id, the same that accounting will say; may be empty.
};

// To the peer.
struct EapPacket {
  Bytes packet;
  std::optional<std::chrono::seconds> patience;  // patience_of() its Access-Challenge.
};
struct LoginAccepted {
  Bytes eap_success;
  Secret msk;             // 64 octets; empty if the method makes none.
  Attributes attributes;  // For Grant.
  std::string user_name;  // As the server wants it, else as the peer said it.
};
struct LoginRejected {
  Bytes eap_failure;          // Empty if the server sent none.
  std::string reply_message;  // What the server wants the user to see.
  std::string reason;         // For the operator.
};
using RelayStep = std::variant<EapPacket, LoginAccepted, LoginRejected>;

class EapRelay {
 public:
  explicit EapRelay(RelaySettings settings) : settings_(std::move(settings)) {}

  // A Response of the peer; the first one is to an Identity request. Fails on what is no EAP-Response, and before the last
  // request was answered.
  Result<Request, Error> handle_eap(ByteView packet);
  // To the last request.
  RelayStep handle_answer(Answer answer);

 private:
  Request make_request(ByteView packet) const;
  RelayStep handle(Accept accept);
  RelayStep handle(Challenge challenge);
  RelayStep handle(Reject reject);

  RelaySettings settings_;
  std::string user_name_;
  bool is_asking_ = false;
  std::optional<Bytes> state_;         // Of the last Access-Challenge.
  std::optional<std::size_t> server_;  // That gave it.
};

}  // namespace agilevpn::radius
