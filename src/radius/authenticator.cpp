#include "radius/authenticator.h"

#include "base/check.h"
#include "crypto/md5.h"

namespace agilevpn::radius {

namespace {

constexpr std::size_t authenticator_offset = 4;
constexpr std::size_t first_value_offset = header_size + 2;
constexpr Authenticator zero_authenticator{};

bool is_accounting(Code code) { return code == Code::AccountingRequest || code == Code::AccountingResponse; }

// RFC 2865 §3: of an Access-Request it is random; of all later requests a checksum (RFC 2866 §3).
bool has_random_authenticator(Code code) { return code == Code::AccessRequest || code == Code::StatusServer; }

Bytes with_authenticator(ByteView datagram, const Authenticator& authenticator) {
  Bytes changed = to_bytes(datagram);
  std::ranges::copy(authenticator, changed.begin() + authenticator_offset);
  return changed;
}

// MD5(Code + ID + Length + Authenticator + Attributes + Secret)
Authenticator checksum(ByteView datagram, const Authenticator& authenticator, const Secret& secret) {
  return crypto::md5({with_authenticator(datagram, authenticator), secret.view()});
}

// Where in the datagram the value of its Message-Authenticator begins: nothing if there is none, an error if there are
// several or it has another size.
Decoded<std::optional<std::size_t>> find_message_authenticator(ByteView datagram) {
  Reader in{datagram};
  std::optional<std::size_t> found;
  TRY(in.take(header_size, "header"));
  while (!in.at_end()) {
    TRY_ASSIGN(const std::uint8_t type, in.u8("Type"));
    TRY_ASSIGN(const std::uint8_t length, in.u8("Length"));
    const std::size_t at = in.offset();
    if (length < 2) return in.fail(DecodeError::Kind::BadLength, "Length", 1);
    TRY(in.take(length - 2u, "Length"));
    if (Type{type} != Type::MessageAuthenticator) continue;
    if (found || length != 18) return in.fail(DecodeError::Kind::BadLength, "Message-Authenticator");
    found = at;
  }
  return found;
}

// RFC 3579 §3.2: HMAC-MD5 (Type, Identifier, Length, Request Authenticator, Attributes), its own value taken as zeros.
Authenticator message_authenticator(ByteView datagram, std::size_t at, const Authenticator& of_request,
                                    const Secret& secret) {
  Bytes changed = with_authenticator(datagram, of_request);
  std::ranges::fill(MutableByteView{changed}.subspan(at, 16), std::byte{0});
  return crypto::hmac_md5(secret.view(), changed);
}

bool is_message_authentic(ByteView datagram, const Authenticator& of_request, const Secret& secret,
                          MessageAuthenticator need) {
  const auto at = find_message_authenticator(datagram);
  if (!at) return false;
  if (!*at) return need == MessageAuthenticator::Optional;
  return equal_in_constant_time(datagram.subspan(**at, 16), message_authenticator(datagram, **at, of_request, secret));
}

// Without the padding that may follow Length.
ByteView whole_packet(ByteView datagram) {
  Reader in{datagram.subspan(2)};
  const std::size_t length = *in.u16("Length");
  CHECK(length >= header_size && length <= datagram.size());
  return datagram.first(length);
}

Authenticator authenticator_of(ByteView datagram) {
  Authenticator authenticator{};
  std::ranges::copy(datagram.subspan(authenticator_offset, authenticator.size()), authenticator.begin());
  return authenticator;
}

// With the Message-Authenticator first, in which `of_request` counts as the authenticator.
Bytes seal_message(Packet& packet, const Authenticator& of_request, const Secret& secret) {
  packet.attributes.remove(Type::MessageAuthenticator);
  if (is_accounting(packet.code)) return encode(packet);
  Attributes first;
  first.add(Type::MessageAuthenticator, Authenticator{}).append(packet.attributes);
  packet.attributes = std::move(first);
  Bytes datagram = encode(packet);
  std::ranges::copy(message_authenticator(datagram, first_value_offset, of_request, secret),
                    datagram.begin() + first_value_offset);
  return datagram;
}

}  // namespace

Bytes seal_request(Packet packet, const Secret& secret) {
  if (has_random_authenticator(packet.code)) return seal_message(packet, packet.authenticator, secret);
  const Bytes datagram = seal_message(packet, zero_authenticator, secret);
  return with_authenticator(datagram, checksum(datagram, zero_authenticator, secret));
}

Bytes seal_response(Packet packet, const Authenticator& of_request, const Secret& secret) {
  const Bytes datagram = seal_message(packet, of_request, secret);
  return with_authenticator(datagram, checksum(datagram, of_request, secret));
}

bool is_authentic_request(ByteView datagram, const Secret& secret, MessageAuthenticator need) {
  const ByteView packet = whole_packet(datagram);
  const Authenticator authenticator = authenticator_of(packet);
  const bool is_random = has_random_authenticator(Code{std::to_integer<std::uint8_t>(packet[0])});
  if (!is_random && !equal_in_constant_time(authenticator, checksum(packet, zero_authenticator, secret))) return false;
  return is_message_authentic(packet, is_random ? authenticator : zero_authenticator, secret, need);
}

bool is_authentic_response(ByteView datagram, const Authenticator& of_request, const Secret& secret,
                           MessageAuthenticator need) {
  const ByteView packet = whole_packet(datagram);
  return equal_in_constant_time(authenticator_of(packet), checksum(packet, of_request, secret)) &&
         is_message_authentic(packet, of_request, secret, need);
}

}  // namespace agilevpn::radius
