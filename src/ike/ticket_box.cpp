#include "ike/ticket_box.h"

#include <algorithm>

#include "base/check.h"
#include "base/codec.h"
#include "crypto/packet_cipher.h"
#include "crypto/prf.h"
#include "ike/limits.h"
#include "ike/wire/limits.h"

namespace agilevpn::ike {

namespace {

constexpr std::uint8_t format_version = 1;
constexpr std::size_t version_size = 4;
constexpr std::size_t ticket_nonce_size = 16;
constexpr std::size_t prefix_size = version_size + TicketKey::id_size + ticket_nonce_size;
constexpr std::size_t ticket_icv_size = 16;
constexpr crypto::CipherSuite ticket_suite{crypto::EncryptionId::AesGcm16, 256};
constexpr std::string_view damaged = "it is damaged or forged";

crypto::PacketCipher cipher_for(const TicketKey& key, ByteView nonce) {
  const auto prf = crypto::Prf::find(crypto::PrfId::HmacSha2_256);
  const auto sizes = crypto::PacketCipher::sizes(ticket_suite);
  CHECK(prf && sizes && sizes->icv == ticket_icv_size);
  const Secret own = prf->plus(key.secret.view(), {as_bytes("AgileVPN ticket"), nonce}, sizes->encryption_key);
  auto cipher = crypto::PacketCipher::make(ticket_suite, own.view(), {});
  CHECK(cipher.has_value());
  return *std::move(cipher);
}

// A key serves once, so one IV does.
Bytes fixed_iv() { return Bytes(crypto::PacketCipher::sizes(ticket_suite)->iv); }

void write(Writer& out, ByteView field) { out.u16(static_cast<std::uint16_t>(field.size())).bytes(field); }
void write(Writer& out, const wire::Identity& identity) {
  out.u8(static_cast<std::uint8_t>(identity.type));
  write(out, identity.data);
}

Decoded<ByteView> read_field(Reader& in) {
  TRY_ASSIGN(const auto size, in.u16("ticket"));
  return in.take(size, "ticket");
}
Decoded<wire::Identity> read_identity(Reader& in) {
  TRY_ASSIGN(const auto type, in.u8("ticket"));
  TRY_ASSIGN(const ByteView data, read_field(in));
  return wire::Identity{wire::IdType{type}, to_bytes(data)};
}
Decoded<IkeSuite> read_suite(Reader& in) {
  TRY_ASSIGN(const ByteView field, read_field(in));
  TRY_ASSIGN(const auto payloads, wire::decode_payloads(wire::PayloadType::SecurityAssociation, field));
  const auto* sa = wire::find<wire::SaPayload>(payloads);
  auto suite = sa && !sa->proposals.empty() ? ike_suite(sa->proposals.front()) : std::nullopt;
  if (!suite) return in.fail(DecodeError::Kind::BadValue, "ticket");
  return *std::move(suite);
}

Secret encode(const TicketContent& content) {
  Writer out;
  out.u64(static_cast<std::uint64_t>(content.expires.time_since_epoch().count()));
  write(out, wire::encode_payloads({wire::payload(wire::SaPayload{{proposal_of(content.suite)}})}));
  for (const auto* identity : {&content.id_i, &content.id_r, &content.peer}) write(out, *identity);
  for (const ByteView field :
       {as_bytes(content.method), ByteView{content.login}, ByteView{content.data}, content.sk_d.view()})
    write(out, field);
  return Secret{out.take()};
}

Decoded<TicketContent> decode(ByteView text) {
  Reader in{text};
  TicketContent content;
  TRY_ASSIGN(const auto expires, in.u64("ticket"));
  content.expires = WallTime{WallTime::duration{static_cast<std::int64_t>(expires)}};
  TRY_ASSIGN(content.suite, read_suite(in));
  for (auto* identity : {&content.id_i, &content.id_r, &content.peer}) {
    TRY_ASSIGN(*identity, read_identity(in));
  }
  TRY_ASSIGN(const ByteView method, read_field(in));
  content.method = to_text(method);
  for (auto* field : {&content.login, &content.data}) {
    TRY_ASSIGN(const ByteView octets, read_field(in));
    *field = to_bytes(octets);
  }
  TRY_ASSIGN(const ByteView sk_d, read_field(in));
  content.sk_d = Secret::copy_of(sk_d);
  TRY(in.expect_end("ticket"));
  return content;
}

}  // namespace

std::optional<Bytes> TicketBox::seal(const TicketContent& content, Random& random) const {
  if (keys_.empty()) return std::nullopt;
  const TicketKey& key = keys_.front();
  const Bytes nonce = random.public_bytes(ticket_nonce_size);
  Secret text = encode(content);
  if (prefix_size + text.size() + ticket_icv_size > wire::limits::ticket_max) return std::nullopt;
  Bytes ticket = Writer{}.u8(format_version).zeros(version_size - 1).bytes(key.id).bytes(nonce).take();
  Bytes icv(ticket_icv_size);
  cipher_for(key, nonce).seal(ticket, fixed_iv(), text.mutable_view(), icv);
  append(ticket, text.view());
  append(ticket, icv);
  return ticket;
}

Result<TicketContent, std::string> TicketBox::open(WallTime date, ByteView ticket) const {
  if (ticket.size() < prefix_size + ticket_icv_size || ticket[0] != std::byte{format_version})
    return Failure{"it is none of ours"};
  const ByteView prefix = ticket.first(prefix_size);
  const ByteView id = prefix.subspan(version_size, TicketKey::id_size);
  const auto key = std::ranges::find_if(keys_, [&](const TicketKey& one) { return std::ranges::equal(one.id, id); });
  if (key == keys_.end()) return Failure{"its key is not one of ours, or not any more"};
  const ByteView rest = ticket.subspan(prefix_size);
  Secret text = Secret::copy_of(rest.first(rest.size() - ticket_icv_size));
  if (!cipher_for(*key, nonce_of(ticket)).open(prefix, fixed_iv(), text.mutable_view(), rest.last(ticket_icv_size)))
    return Failure{std::string{damaged}};
  auto content = decode(text.view());
  if (!content) return Failure{std::string{damaged}};
  if (date >= content->expires) return Failure{"it has expired"};
  if (is_spent(ticket)) return Failure{"it was used already"};
  return *std::move(content);
}

void TicketBox::spend(WallTime date, ByteView ticket, WallTime expires) {
  std::erase_if(spent_, [&](const auto& one) { return date >= one.second; });
  if (spent_.size() >= limits::spent_tickets_max) spent_.erase(spent_.begin());
  spent_[nonce_of(ticket)] = expires;
}

bool TicketBox::is_spent(ByteView ticket) const { return spent_.contains(nonce_of(ticket)); }

Bytes TicketBox::nonce_of(ByteView ticket) {
  return to_bytes(ticket.subspan(version_size + TicketKey::id_size, ticket_nonce_size));
}

}  // namespace agilevpn::ike
