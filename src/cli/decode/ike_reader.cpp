#include "cli/decode/ike_reader.h"

#include <fmt/format.h>

#include "cli/decode/opener.h"

namespace agilevpn::cli::decode {

using namespace ike::wire;

namespace {

constexpr std::size_t pending_messages_max = 1024;  // Messages in fragments at the same time.

std::string ikev1_exchange(std::uint8_t type) {  // RFC 2408 §3.1, RFC 2409 appendix A
  switch (type) {
    case 1: return "Base";
    case 2: return "Main Mode";
    case 3: return "Authentication Only";
    case 4: return "Aggressive Mode";
    case 5: return "Informational";
    case 6: return "Transaction";
    case 32: return "Quick Mode";
    case 33: return "New Group Mode";
    default: return fmt::format("exchange {}", type);
  }
}

Json describe_ikev1(const Header& header) {
  const auto type = static_cast<std::uint8_t>(header.exchange);
  return {{"protocol", "IKEv1"},
          {"exchange", ikev1_exchange(type)},
          {"exchange_code", type},
          {"message_id", header.message_id},
          {"spi_i", header.spi_i.to_string()},
          {"spi_r", header.spi_r.to_string()},
          {"note", "not decoded further"}};
}

Json describe_header(const Header& header) {
  Json out{{"exchange", to_string(header.exchange)}, {"exchange_code", static_cast<unsigned>(header.exchange)},
           {"is_response", header.is_response},      {"is_from_original_initiator", header.is_from_original_initiator},
           {"message_id", header.message_id},        {"spi_i", header.spi_i.to_string()},
           {"spi_r", header.spi_r.to_string()}};
  if (header.has_higher_version) out["has_higher_version"] = true;
  return out;
}

bool is_encrypted(const Payload& payload) {
  return payload.type == PayloadType::Encrypted || payload.type == PayloadType::EncryptedFragment;
}

ByteView body_of(const Payload& payload) {
  if (const auto* sk = std::get_if<EncryptedPayload>(&payload.body)) return sk->body;
  return std::get<EncryptedFragmentPayload>(payload.body).body;
}

// §3.14: the last octet says how many octets of padding stand before it.
bool remove_padding(Bytes& text) {
  if (text.empty()) return false;
  const auto padding = std::to_integer<std::size_t>(text.back()) + 1;
  if (padding > text.size()) return false;
  text.resize(text.size() - padding);
  return true;
}

void add_inner(Json& payload, PayloadType first, ByteView text) {
  const auto inner = decode_payloads(first, text);
  if (inner)
    payload["payloads"] = to_json(*inner);
  else
    payload["error"] = "inside: " + inner.error().to_string();
}

}  // namespace

Json IkeReader::read(ByteView datagram) {
  const auto header = decode_header(datagram);
  if (!header) return {{"error", header.error().to_string()}};
  if (header->major_version == 1) return describe_ikev1(*header);
  Json out = describe_header(*header);
  const auto message = decode_message(datagram);
  if (!message) {
    out["error"] = message.error().to_string();
    return out;
  }
  out["payloads"] = to_json(message->payloads);
  if (!message->payloads.empty() && is_encrypted(message->payloads.back()))
    decrypt(out["payloads"].back(), *message, datagram);
  return out;
}

// `payload` is what is said of the message's last payload so far.
void IkeReader::decrypt(Json& payload, const Message& message, ByteView datagram) {
  const Header& header = message.header;
  const auto* keys = keys_.find_ike(header.spi_i, header.spi_r, header.is_from_original_initiator);
  if (!keys) {
    payload["encrypted"] = no_key;
    return;
  }
  const ByteView body = body_of(message.payloads.back());
  auto text = open(*keys, datagram.first(datagram.size() - body.size()), body);
  if (!text || !remove_padding(*text)) {
    payload["error"] = "these keys do not open it";
    return;
  }
  if (const auto* sk = std::get_if<EncryptedPayload>(&message.payloads.back().body))
    add_inner(payload, sk->first_inner, *text);
  else
    add_fragment(payload, message, std::move(*text));
}

void IkeReader::add_fragment(Json& payload, const Message& message, Bytes text) {
  const auto& fragment = std::get<EncryptedFragmentPayload>(message.payloads.back().body);
  const Header& header = message.header;
  const MessageKey key{header.spi_i, header.spi_r, header.message_id, header.is_response,
                       header.is_from_original_initiator};
  if (fragments_.size() == pending_messages_max && !fragments_.contains(key)) fragments_.erase(fragments_.begin());
  Fragments& all = fragments_[key];
  if (all.total != fragment.total) all = {.total = fragment.total, .texts = {}};  // Cut anew, smaller (RFC 7383 §2.6).
  if (fragment.number == 1) all.first_inner = fragment.first_inner;
  all.texts[fragment.number] = std::move(text);
  if (all.texts.size() < all.total) return;
  Bytes whole;
  for (const auto& [number, part] : all.texts) append(whole, part);
  add_inner(payload, all.first_inner, whole);
  fragments_.erase(key);
}

}  // namespace agilevpn::cli::decode
