#include "sim/forger.h"

#include <ranges>

#include "sim/require.h"

namespace agilevpn::sim {

namespace wire = ike::wire;

namespace {

// A row of Wireshark's table: SPIi, SPIr, SK_ei, SK_er, "encryption", SK_ai, SK_ar, "integrity".
std::vector<Bytes> read_row(const std::vector<ike::KeyLogEntry>& log) {
  const auto row = std::ranges::find(log.rbegin(), log.rend(), ike::KeyLogEntry::Table::Ikev2DecryptionTable, &ike::KeyLogEntry::table);
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

Forger::Forger(Pair& pair, EndpointHost& as) : pair_(pair), as_(as) {
  std::vector<Bytes> row = read_row(as.key_log());
  spi_i_ = spi_of(row[0]);
  spi_r_ = spi_of(row[1]);
  suite_ = {crypto::EncryptionId::AesGcm16, static_cast<std::uint16_t>((row[2].size() - 4) * 8)};
  key_i_ = Secret{std::move(row[2])};
  key_r_ = Secret{std::move(row[3])};
  for (const Datagram& datagram : pair.sent()) {
    const auto header = datagram.header();
    if (!header || datagram.from != &as || header->spi_i != spi_i_) continue;
    is_original_initiator_ = header->is_from_original_initiator;
    if (!header->is_response) next_request_id_ = header->message_id + 1;
  }
}

wire::Header Forger::request_header(wire::ExchangeType exchange) const {
  return {.spi_i = spi_i_,
          .spi_r = spi_r_,
          .exchange = exchange,
          .is_from_original_initiator = is_original_initiator_,
          .message_id = next_request_id_};
}

wire::Header Forger::response_header(const Datagram& request) const {
  wire::Header header = *request.header();
  header.is_from_original_initiator = is_original_initiator_;
  header.is_response = true;
  return header;
}

crypto::PacketCipher Forger::cipher(const Secret& key) const { return *crypto::PacketCipher::make(suite_, key.view(), {}); }

Bytes Forger::seal(const wire::Header& header, wire::PayloadType first, ByteView octets) {
  auto sealing = cipher(is_original_initiator_ ? key_i_ : key_r_);
  const Bytes iv = Writer{}.u64(next_iv_++).take();
  Bytes text = to_bytes(octets);
  text.push_back(std::byte{0});  // Pad Length
  Bytes icv(sealing.sizes().icv);
  const Bytes prefix = wire::encode_encrypted_prefix(header, first, iv.size() + text.size() + icv.size());
  sealing.seal(prefix, iv, text, icv);
  return concat({prefix, iv, text, icv});
}

Bytes Forger::seal(const wire::Header& header, const wire::Payloads& payloads) {
  return seal(header, payloads.empty() ? wire::PayloadType::None : payloads.front().type, wire::encode_payloads(payloads));
}

std::optional<wire::Payloads> Forger::open(ByteView datagram) {
  const auto message = wire::decode_message(datagram);
  const auto* sk = message ? wire::find<wire::EncryptedPayload>(message->payloads) : nullptr;
  if (!sk) return std::nullopt;
  auto opening = cipher(message->header.is_from_original_initiator ? key_i_ : key_r_);
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

void Forger::inject(ByteView octets) {
  const Path path = as_.ike_sa().path;
  pair_.inject({path.peer, path.local, path.interface}, octets);
}

std::optional<wire::Payloads> Forger::request(wire::ExchangeType exchange, const wire::Payloads& payloads) {
  require(pair_.is_idle(), "something is in flight");
  inject(seal(request_header(exchange), payloads));
  ++next_request_id_;
  if (pair_.is_idle()) return std::nullopt;
  return open(pair_.take_next().octets);
}

const wire::NotifyPayload* find_notify(const std::optional<wire::Payloads>& payloads, wire::NotifyType type) {
  return payloads ? wire::find_notify(*payloads, type) : nullptr;
}

}  // namespace agilevpn::sim
