#include "sim/message_forge.h"

#include <ranges>

#include "sim/require.h"

namespace agilevpn::sim {

namespace wire = ike::wire;

namespace {

// A row of Wireshark's table: SPIi, SPIr, SK_ei, SK_er, "encryption", SK_ai, SK_ar, "integrity".
std::vector<Bytes> read_row(const std::vector<ike::KeyLogEntry>& log) {
  const auto row = std::ranges::find(log.rbegin(), log.rend(), ike::KeyLogEntry::Table::Ikev2DecryptionTable,
                                     &ike::KeyLogEntry::table);
  require(row != log.rend(), "there are no keys to forge with");
  std::vector<Bytes> columns;
  for (const auto part : std::views::split(to_text(row->row.view()), ',') | std::views::take(4)) {
    const auto octets = from_hex(std::string_view{part.begin(), part.end()});
    require(octets.has_value(), "a key is not hexadecimal");
    columns.push_back(*octets);
  }
  return columns;
}

IkeSpi spi_of(ByteView octets) { return {*Reader{octets}.u64("SPI")}; }

}  // namespace

MessageForge::MessageForge(const std::vector<ike::KeyLogEntry>& log, bool is_original_initiator)
    : is_original_initiator_(is_original_initiator) {
  std::vector<Bytes> row = read_row(log);
  spi_i_ = spi_of(row[0]);
  spi_r_ = spi_of(row[1]);
  suite_ = {crypto::EncryptionId::AesGcm16, static_cast<std::uint16_t>((row[2].size() - 4) * 8)};
  key_i_ = Secret{std::move(row[2])};
  key_r_ = Secret{std::move(row[3])};
}

wire::Header MessageForge::request_header(wire::ExchangeType exchange, std::uint32_t message_id) const {
  return {.spi_i = spi_i_,
          .spi_r = spi_r_,
          .exchange = exchange,
          .is_from_original_initiator = is_original_initiator_,
          .message_id = message_id};
}

wire::Header MessageForge::response_header(wire::Header request) const {
  request.is_from_original_initiator = is_original_initiator_;
  request.is_response = true;
  return request;
}

crypto::PacketCipher MessageForge::cipher(bool of_original_initiator) const {
  return *crypto::PacketCipher::make(suite_, (of_original_initiator ? key_i_ : key_r_).view(), {});
}

Bytes MessageForge::seal(const wire::Header& header, wire::PayloadType first, ByteView octets) {
  auto sealing = cipher(is_original_initiator_);
  const Bytes iv = Writer{}.u64(next_iv_++).take();
  Bytes text = to_bytes(octets);
  text.push_back(std::byte{0});  // Pad Length
  Bytes icv(sealing.sizes().icv);
  const Bytes prefix = wire::encode_encrypted_prefix(header, first, iv.size() + text.size() + icv.size());
  sealing.seal(prefix, iv, text, icv);
  return concat({prefix, iv, text, icv});
}

Bytes MessageForge::seal(const wire::Header& header, const wire::Payloads& payloads) {
  return seal(header, payloads.empty() ? wire::PayloadType::None : payloads.front().type,
              wire::encode_payloads(payloads));
}

std::optional<wire::Payloads> MessageForge::open(ByteView datagram) const {
  const auto message = wire::decode_message(datagram);
  const auto* sk = message ? wire::find<wire::EncryptedPayload>(message->payloads) : nullptr;
  if (!sk) return std::nullopt;
  auto opening = cipher(message->header.is_from_original_initiator);
  const std::size_t iv_size = opening.sizes().iv;
  const std::size_t icv_size = opening.sizes().icv;
  if (sk->body.size() <= iv_size + icv_size) return std::nullopt;
  const ByteView body = sk->body;
  Bytes text = to_bytes(body.subspan(iv_size, body.size() - iv_size - icv_size));
  if (!opening.open(datagram.first(datagram.size() - body.size()), body.first(iv_size), text, body.last(icv_size)))
    return std::nullopt;
  text.resize(text.size() - 1 - std::to_integer<std::size_t>(text.back()));
  auto payloads = wire::decode_payloads(sk->first_inner, text);
  if (!payloads) return std::nullopt;
  return *std::move(payloads);
}

}  // namespace agilevpn::sim
