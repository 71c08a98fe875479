#include "eap/mschapv2_packet.h"

#include <fmt/format.h>

#include <charconv>

#include "eap/identity.h"
#include "eap/limits.h"

namespace agilevpn::eap::mschapv2 {

namespace {

using Kind = DecodeError::Kind;

struct Head {
  OpCode op_code;
  std::uint8_t id;
};

// OpCode, MS-CHAPv2-ID, MS-Length, which counts the whole Type-Data.
Decoded<Head> decode_head(Reader& in) {
  const std::size_t size = in.remaining();
  TRY_ASSIGN(const std::uint8_t op_code, in.u8("OpCode"));
  TRY_ASSIGN(const std::uint8_t id, in.u8("MS-CHAPv2-ID"));
  TRY_ASSIGN(const std::uint16_t length, in.u16("MS-Length"));
  if (length != size) return in.fail(Kind::BadLength, "MS-Length", 2);
  return Head{OpCode{op_code}, id};
}

Bytes with_head(OpCode op_code, std::uint8_t id, ByteView body) {
  Writer out;
  out.u8(static_cast<std::uint8_t>(op_code)).u8(id).u16(static_cast<std::uint16_t>(4 + body.size())).bytes(body);
  return std::move(out).take();
}

template <std::size_t Size>
Decoded<std::array<std::byte, Size>> take_array(Reader& in, std::string_view what) {
  TRY_ASSIGN(const ByteView octets, in.take(Size, what));
  std::array<std::byte, Size> result{};
  std::ranges::copy(octets, result.begin());
  return result;
}

Decoded<void> expect_value_size(Reader& in, std::uint8_t expected) {
  TRY_ASSIGN(const std::uint8_t size, in.u8("Value-Size"));
  if (size != expected) return in.fail(Kind::BadLength, "Value-Size", 1);
  return {};
}

constexpr std::uint8_t challenge_size = 16;
constexpr std::uint8_t response_size = 49;  // Peer-Challenge, eight reserved octets, NT-Response, Flags (RFC 2759 §4)
constexpr std::size_t name_size_max = 256;  // RFC 2759 §4

Decoded<Request> decode_challenge(Reader& in, std::uint8_t id) {
  TRY(expect_value_size(in, challenge_size));
  TRY_ASSIGN(const auto challenge, take_array<challenge_size>(in, "Challenge"));
  return Challenge{id, challenge, decode_message(in.rest())};
}

// ---- "S=... M=..." and "E=691 R=1 C=... V=3 M=..." (RFC 2759 §5, §6). The message comes last and may hold anything.

// The word after `key` and before the next space; nothing if the text has none.
std::optional<std::string_view> word(std::string_view text, std::string_view key) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    const std::string_view found = text.substr(at, end - at);
    if (found.starts_with(key)) return found.substr(key.size());
    at = end + 1;
  }
  return std::nullopt;
}

// What stands before the message, and the message: "M=" begins it where a word begins. strongSwan ends it with a zero.
std::pair<std::string_view, std::string> split_message(std::string_view text) {
  const std::size_t at = text.starts_with("M=") ? 0 : text.find(" M=");
  if (at == std::string_view::npos) return {text, ""};
  return {text.substr(0, at), decode_message(as_bytes(text.substr(text.find("M=", at) + 2)))};
}

Decoded<Request> decode_success(Reader& in, std::uint8_t id) {
  const std::string text = to_text(in.rest());
  auto [words, message] = split_message(text);
  const auto digits = word(words, "S=");
  if (!digits || digits->size() != 40 || !from_hex(*digits)) return in.fail(Kind::BadValue, "S=");
  return Success{id, fmt::format("S={}", *digits), std::move(message)};
}

std::optional<std::uint32_t> parse_number(std::string_view digits) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

Decoded<Request> decode_failure(Reader& in, std::uint8_t id) {
  const std::string text = to_text(in.rest());
  auto [words, message] = split_message(text);
  const auto error = parse_number(word(words, "E=").value_or(""));
  if (!error) return in.fail(Kind::BadValue, "E=");
  Refusal refusal{.id = id, .error = ErrorCode{*error}, .challenge = {}, .message = std::move(message)};
  if (const auto digits = word(words, "C=")) {
    const auto octets = from_hex(*digits);
    if (!octets || octets->size() != challenge_size) return in.fail(Kind::BadValue, "C=");
    std::ranges::copy(*octets, refusal.challenge.emplace().begin());
  }
  refusal.may_retry = word(words, "R=") == "1" && refusal.challenge;
  return refusal;
}

}  // namespace

Decoded<Request> decode_request(ByteView type_data) {
  Reader in{type_data};
  TRY_ASSIGN(const Head head, decode_head(in));
  switch (head.op_code) {
    case OpCode::Challenge: return decode_challenge(in, head.id);
    case OpCode::Success: return decode_success(in, head.id);
    case OpCode::Failure: return decode_failure(in, head.id);
    case OpCode::Response:
    case OpCode::ChangePassword: break;
  }
  return in.fail(Kind::BadValue, "OpCode", 4);
}

Bytes encode(const Challenge& challenge) {
  Writer body;
  body.u8(challenge_size).bytes(challenge.challenge).bytes(as_bytes(challenge.name));
  return with_head(OpCode::Challenge, challenge.id, body.view());
}

Bytes encode(const Success& success) {
  return with_head(OpCode::Success, success.id,
                   as_bytes(fmt::format("{} M={}", success.authenticator_response, success.message)));
}

Bytes encode(const Refusal& refusal) {
  const std::string digits = crypto::to_upper_hex(refusal.challenge.value_or(crypto::MsChapChallenge{}));
  return with_head(OpCode::Failure, refusal.id,
                   as_bytes(fmt::format("E={} R={} C={} V=3 M={}", static_cast<std::uint32_t>(refusal.error),
                                        refusal.may_retry ? 1 : 0, digits, refusal.message)));
}

Decoded<Reply> decode_response(ByteView type_data) {
  Reader in{type_data};
  TRY_ASSIGN(const std::uint8_t op_code, in.u8("OpCode"));
  switch (OpCode{op_code}) {
    case OpCode::Success:
    case OpCode::Failure:
    case OpCode::ChangePassword: return Acknowledgement{OpCode{op_code}};
    case OpCode::Challenge: return in.fail(Kind::BadValue, "OpCode", 1);
    case OpCode::Response: break;
    default: return in.fail(Kind::BadValue, "OpCode", 1);
  }
  in = Reader{type_data};
  TRY_ASSIGN(const Head head, decode_head(in));
  TRY(expect_value_size(in, response_size));
  TRY_ASSIGN(const auto peer_challenge, take_array<challenge_size>(in, "Peer-Challenge"));
  TRY(in.take(8, "Reserved"));
  TRY_ASSIGN(const auto nt_response, take_array<24>(in, "NT-Response"));
  TRY(in.u8("Flags"));
  if (in.remaining() > name_size_max) return in.fail(Kind::TooMany, "Name");
  return Response{head.id, peer_challenge, nt_response, to_text(in.rest())};
}

Bytes encode(const Response& response) {
  Writer body;
  body.u8(response_size)
      .bytes(response.peer_challenge)
      .zeros(8)
      .bytes(response.nt_response)
      .u8(0)
      .bytes(as_bytes(response.name));
  return with_head(OpCode::Response, response.id, body.view());
}

Bytes encode(const Acknowledgement& acknowledgement) { return {static_cast<std::byte>(acknowledgement.op_code)}; }

namespace {

std::string explain(ErrorCode error) {
  switch (error) {
    case ErrorCode::RestrictedLogonHours: return "this account may not log in at this time of day";
    case ErrorCode::AccountDisabled: return "this account is disabled";
    case ErrorCode::PasswordExpired:
      return "the password has expired; change it where you usually do, then connect again";
    case ErrorCode::NoDialinPermission: return "this account has no permission to connect from outside";
    case ErrorCode::AuthenticationFailure: return "the user name or the password is wrong";
    case ErrorCode::ChangingPassword: return "the password could not be changed";
  }
  return "the server refused the login";
}

}  // namespace

std::string explain(const Refusal& refusal) {
  std::string text = fmt::format("{} (error {})", explain(refusal.error), static_cast<std::uint32_t>(refusal.error));
  if (!refusal.message.empty()) text += fmt::format("; the server says: {}", refusal.message);
  return text;
}

}  // namespace agilevpn::eap::mschapv2
