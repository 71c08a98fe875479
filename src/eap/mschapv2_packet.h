// The Type-Data of EAP-MSCHAPv2 (draft-kamath-pppext-eap-mschapv2, [MS-CHAP] §2.2; RFC 2759 §3 to §6): an MSCHAPv2 packet
// with its own OpCode, Identifier (MS-CHAPv2-ID) and length (MS-Length).
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "base/codec.h"
#include "crypto/mschap.h"

namespace agilevpn::eap::mschapv2 {

enum class OpCode : std::uint8_t { Challenge = 1, Response = 2, Success = 3, Failure = 4, ChangePassword = 7 };

enum class ErrorCode : std::uint32_t {  // RFC 2759 §6; others may come.
  RestrictedLogonHours = 646,
  AccountDisabled = 647,
  PasswordExpired = 648,
  NoDialinPermission = 649,
  AuthenticationFailure = 691,
  ChangingPassword = 709,
};

// ---- Requests

struct Challenge {
  std::uint8_t id = 0;
  crypto::MsChapChallenge challenge{};
  std::string name;  // Of the server.
  friend bool operator==(const Challenge&, const Challenge&) = default;
};
struct Success {
  std::uint8_t id = 0;
  std::string authenticator_response;  // "S=" and 40 hexadecimal digits
  std::string message;
  friend bool operator==(const Success&, const Success&) = default;
};
struct Refusal {  // A Failure-Request
  std::uint8_t id = 0;
  ErrorCode error = ErrorCode::AuthenticationFailure;
  bool may_retry = false;
  std::optional<crypto::MsChapChallenge> challenge;  // For the retry. It must be there (§6); not everyone sends it.
  std::string message;
  friend bool operator==(const Refusal&, const Refusal&) = default;
};
using Request = std::variant<Challenge, Success, Refusal>;

Decoded<Request> decode_request(ByteView type_data);
Bytes encode(const Challenge& challenge);
Bytes encode(const Success& success);
Bytes encode(const Refusal& refusal);

// ---- Responses

struct Response {
  std::uint8_t id = 0;
  crypto::MsChapChallenge peer_challenge{};
  crypto::NtResponse nt_response{};
  std::string name;  // Octets as they were sent: the hashes take them so ([MS-CHAP] §3.1.5.2).
  friend bool operator==(const Response&, const Response&) = default;
};
struct
    Acknowledgement {  // Of Success, Failure, or a request to change the password: what follows the OpCode is not read.
  OpCode op_code = OpCode::Success;
  friend bool operator==(const Acknowledgement&, const Acknowledgement&) = default;
};
using Reply = std::variant<Response, Acknowledgement>;

Decoded<Reply> decode_response(ByteView type_data);
Bytes encode(const Response& response);
Bytes encode(const Acknowledgement& acknowledgement);

// What an error means, for the user who tries to log in.
std::string explain(const Refusal& refusal);

}  // namespace agilevpn::eap::mschapv2
