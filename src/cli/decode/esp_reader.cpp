#include "cli/decode/esp_reader.h"

#include "cli/decode/opener.h"

namespace agilevpn::cli::decode {

namespace {

constexpr std::size_t esp_header_size = 8;
constexpr std::size_t ethernet_mtu = 1500;

// RFC 4303 §2.2.1: an extended sequence number's high half is authenticated though not sent, by an AEAD between SPI and
// low half (RFC 4106 §5). Whether an SA has them no packet says, so both are tried; in a capture from the start the
// high half is 0.
std::optional<Bytes> open_esp(const DirectionKeys& keys, ByteView packet) {
  const ByteView header = packet.first(esp_header_size), body = packet.subspan(esp_header_size);
  const Bytes high_half(4);
  if (auto text = open(keys, header, body)) return text;
  if (!crypto::is_aead(keys.suite.encryption)) return open(keys, header, body, high_half);
  return open(keys, concat({header.first(4), high_half, header.last(4)}), body);
}

// §2.4 to §2.6: payload, padding, pad length, next header.
Json read_text(ByteView text) {
  if (text.size() < 2) return {{"error", "no room for the ESP trailer"}};
  const auto pad_length = std::to_integer<std::size_t>(text[text.size() - 2]);
  if (pad_length + 2 > text.size()) return {{"error", "Pad Length is more than there is"}};
  return read_inner(std::to_integer<std::uint8_t>(text.back()), text.first(text.size() - pad_length - 2));
}

}  // namespace

Json read_esp(const KeyTable& keys, const IpAddress& destination, ByteView packet) {
  Reader in{packet};
  const auto spi = in.u32("Security Parameters Index"), sequence_number = in.u32("Sequence Number");
  if (!spi || !sequence_number) return {{"error", "no room for the ESP header"}};
  Json out{{"spi", EspSpi{*spi}.to_string()}, {"sequence_number", *sequence_number}};
  const auto* found = keys.find_esp(destination, EspSpi{*spi});
  if (!found) {
    out["encrypted"] = "no key for this SPI (its esp_sa by --keys)";
    return out;
  }
  if (const auto text = open_esp(*found, packet))
    out["inner"] = read_text(*text);
  else
    out["error"] = packet.size() > ethernet_mtu ? "these keys do not open it, or it is several packets that were "
                                                  "captured before the network adapter cut them"
                                                : "these keys do not open it";
  return out;
}

}  // namespace agilevpn::cli::decode
