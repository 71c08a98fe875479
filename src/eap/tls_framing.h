// How EAP-TLS, EAP-TTLS and PEAP put TLS into Type-Data (RFC 5216 §3, RFC 5281 §9.1, MS-PEAP §2.2.2): a turn of one end
// is a message, which goes in fragments where it is long; each fragment but the last is acknowledged by an empty
// packet.
//
//   Flags: L M S 0 0 V V V     [TLS Message Length, 4 octets, if L]     TLS Data
//
// It knows nothing of TLS and nothing of roles. One fragment at a time is under way, whoever sends it.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "base/codec.h"

namespace agilevpn::eap {

struct TlsFragment {
  std::optional<std::uint32_t> message_length;  // Of the whole message.
  bool has_more = false;
  bool is_start = false;
  std::uint8_t version = 0;  // Of PEAP or TTLS, 3 bits.
  ByteView data;
};
Decoded<TlsFragment> decode_tls_fragment(ByteView type_data);
Bytes encode(const TlsFragment& fragment);

class TlsFraming {
 public:
  explicit TlsFraming(std::size_t type_data_max) : type_data_max_(type_data_max) {}

  struct Message {  // Whole. Empty: the other end has nothing to say, or acknowledges the last fragment.
    bool is_start = false;
    Bytes data;
  };
  // What came: a whole message, or the Type-Data that must be answered while fragments are under way. Fails in one
  // sentence about the other end ("it").
  Result<std::variant<Bytes, Message>, std::string> handle(ByteView type_data);
  // The Type-Data that begins our turn; what was under way before is forgotten.
  Bytes send(Bytes message);

 private:
  Result<Bytes, std::string> handle_acknowledgement(const TlsFragment& fragment);
  Result<void, std::string> take(const TlsFragment& fragment);
  Bytes next_fragment();

  std::size_t type_data_max_;
  Bytes incoming_;
  std::optional<std::uint32_t> expected_;  // Size of what is coming in, where it was said.
  Bytes outgoing_;
  std::size_t sent_ = 0;  // Of `outgoing_`.
};

}  // namespace agilevpn::eap
