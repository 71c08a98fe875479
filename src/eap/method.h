// An EAP method, in either role (RFC 3748 §2, §7). One method is one file: it reads and writes Type-Data alone. Who asks
// for an Identity, honours a Nak and tells Success or Failure stands above it: authenticator.h and peer.h.
//
// Sans-I/O: every call returns what comes next. What needs a user, a store or another server is a Question; the answer
// comes by handle_answer(), in its own time. A method is asked nothing more once it has given an Outcome.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/secret.h"
#include "eap/packet.h"

namespace agilevpn::eap {

// ---- What a method must be told by its owner.

// Server, after the Identity: which methods this one may use, most wanted first. Answered by OfferMethods or Refused.
struct ChooseMethods {
  std::string identity;
};
struct OfferMethods {
  std::vector<Type> methods;
};

// Server: what a password method compares with. Answered by PasswordHash or Refused.
struct FindPassword {
  std::string user;  // As it was sent: "DOMAIN\user", "user@realm" or plain.
};
struct PasswordHash {
  Secret nt_hash;  // 16 octets (RFC 2759 §8.3)
};

// Server: whether this password is this user's. Answered by PasswordVerdict or Refused.
struct CheckPassword {
  std::string user;
  Secret password;  // UTF-8. A token's code as well.
};
struct PasswordVerdict {
  bool is_right = false;
  std::string challenge;  // One more question to the user (a RADIUS Access-Challenge); empty: none.
};

// Peer: what the user knows. Answered by Password or Refused.
struct AskPassword {
  std::string prompt;      // The server's words: "Password changed?"; empty: it said nothing.
  bool was_wrong = false;  // The last one was refused, and another may be given.
};
struct Password {
  Secret password;  // UTF-8
};

// No answer can be had. For the operator's eyes; the other end is told as the method tells it.
struct Refused {
  std::string reason;
};

// Peer: the owner's VerifyCertificates is undecided about the server. Answered when it is not any more: it is asked again
// then.
struct CheckServer {};
struct ServerChecked {};

using Question = std::variant<ChooseMethods, FindPassword, CheckPassword, AskPassword, CheckServer>;
using Answer = std::variant<OfferMethods, PasswordHash, PasswordVerdict, Password, ServerChecked, Refused>;

// ---- How it ended.

enum class FailureCause : std::uint8_t {  // For programs; what is not listed is Other.
  Other,
  WrongPassword,
  NoMethod,       // The server has none that this peer may use.
  MethodRefused,  // The peer wants none of the server's.
};

struct Outcome {
  bool is_success = false;
  std::string reason;  // Of a failure, one sentence for the operator: "the password of anna is wrong".
  std::string user;    // Whom a server believes it spoke with: the innermost identity that was proved.
  Secret msk;          // 64 octets (RFC 3748 §7.10); empty if the method makes no keys.
  bool proves_server =
      false;  // The peer verified the server within the method: it may do without a certificate (RFC 5998).
  std::string error_for_user;  // What the server wants the user to see: "E=691 R=0 M=..." decoded; may be empty.
  FailureCause cause{};
};

// A server's next step: the Type-Data of a Request, a question, or the end.
using ServerStep = std::variant<Bytes, Question, Outcome>;

class ServerMethod {
 public:
  virtual ~ServerMethod() = default;
  virtual Type type() const = 0;
  virtual ServerStep start() = 0;
  virtual ServerStep handle_response(ByteView type_data) = 0;
  virtual ServerStep handle_answer(Answer) { return Outcome{.reason = "nobody asked"}; }
  // What it has told the peer is wrong, while the peer may try again or must only acknowledge it; empty: nothing.
  virtual std::string complaint() const { return {}; }
};

// A peer's next step: the Type-Data of a Response, or a question; an Outcome without success ends the conversation with no
// Response. Whether it would take an EAP-Success now is_done() says.
using PeerStep = std::variant<Bytes, Question, Outcome>;

class PeerMethod {
 public:
  virtual ~PeerMethod() = default;
  virtual Type type() const = 0;
  virtual PeerStep handle_request(ByteView type_data) = 0;
  virtual PeerStep handle_answer(Answer) { return Outcome{.reason = "nobody asked"}; }
  // The server proved what this method can prove: an EAP-Success may be believed (RFC 3748 §4.2).
  virtual bool is_done() const = 0;
  // Once, when is_done() and EAP-Success came.
  virtual Outcome finish() = 0;
  // EAP-Failure came: what the method knows of why (reason, error_for_user). Without a reason the caller finds one.
  virtual Outcome fail() { return {}; }
};

}  // namespace agilevpn::eap
