// IKE messages as JSON, decrypted where the key table has their keys, with fragments put together (RFC 7383 §2.6).
#pragma once

#include <map>
#include <optional>

#include "cli/decode/key_table.h"
#include "cli/decode/payload_json.h"

namespace agilevpn::cli::decode {

class IkeReader {
 public:
  explicit IkeReader(const KeyTable& keys) : keys_(keys) {}

  // "exchange", SPIs, flags and "payloads"; "error" where something is wrong.
  Json read(ByteView datagram);

 private:
  struct MessageKey {
    IkeSpi spi_i;
    IkeSpi spi_r;
    std::uint32_t message_id;
    bool is_response;
    bool is_from_original_initiator;
    friend auto operator<=>(const MessageKey&, const MessageKey&) = default;
  };
  struct Fragments {
    ike::wire::PayloadType first_inner = ike::wire::PayloadType::None;
    std::uint16_t total = 0;
    std::map<std::uint16_t, Bytes> texts;
  };

  void decrypt(Json& payload, const ike::wire::Message& message, ByteView datagram);
  void add_fragment(Json& payload, const ike::wire::Message& message, Bytes text);

  const KeyTable& keys_;
  std::map<MessageKey, Fragments> fragments_;
};

}  // namespace agilevpn::cli::decode
