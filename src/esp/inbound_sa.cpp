#include "esp/inbound_sa.h"

#include "esp/ecn.h"

namespace agilevpn::esp {

namespace {

// RFC 4303 §2.4: the padding counts 1, 2, 3 ...; "the receiver SHOULD inspect the Padding field". What is left is the
// inner packet and perhaps TFC padding.
Result<MutableByteView, DropReason> strip_padding(MutableByteView text) {
  const auto pad_length = std::to_integer<std::size_t>(text[text.size() - 2]);
  if (pad_length + fixed_trailer_size > text.size()) return Failure{DropReason::BadPadding};
  const MutableByteView payload = text.first(text.size() - fixed_trailer_size - pad_length);
  for (std::size_t i = 0; i < pad_length; ++i)
    if (text[payload.size() + i] != static_cast<std::byte>(i + 1)) return Failure{DropReason::BadPadding};
  return payload;
}

bool is_version(std::uint8_t next_header, const IpPacket& packet) {
  return next_header == (packet.is_v4() ? protocol::ipv4 : protocol::ipv6);
}

}  // namespace

std::shared_ptr<InboundSa> InboundSa::make(const SaParameters& parameters, std::size_t replay_window) {
  const auto layout = PacketLayout::of(parameters.suite, parameters.extended_sequence_numbers);
  auto cipher = crypto::PacketCipher::make(parameters.suite, parameters.encryption_key, parameters.integrity_key);
  if (!layout || !cipher) return nullptr;
  return std::shared_ptr<InboundSa>{new InboundSa{parameters, *layout, std::move(*cipher), replay_window}};
}

InboundSa::InboundSa(const SaParameters& parameters, const PacketLayout& layout, crypto::PacketCipher cipher,
                     std::size_t window)
    : spi_(parameters.spi),
      layout_(layout),
      cipher_(std::move(cipher)),
      window_(window),
      source_(parameters.source),
      destination_(parameters.destination) {}

Result<InnerPacket, DropReason> InboundSa::open(Instant now, MutableByteView packet, std::uint8_t outer_traffic_class) {
  const auto count_drop = [this](DropReason reason) {
    drops_.count(reason);
    return Failure{reason};
  };
  const auto text = decrypt(packet);
  if (!text) return count_drop(text.error());
  last_inbound_.set(static_cast<std::uint64_t>(now.time_since_epoch().count()));
  auto inner = check_inner(*text, outer_traffic_class);
  if (!inner) return count_drop(inner.error());
  packets_.add();
  bytes_.add(inner->octets.size());
  return inner;
}

std::optional<Instant> InboundSa::last_inbound() const {
  const std::uint64_t when = last_inbound_.value();
  if (when == 0) return std::nullopt;
  return Instant{Duration{static_cast<Duration::rep>(when)}};
}

Result<MutableByteView, DropReason> InboundSa::decrypt(MutableByteView packet) {
  const std::size_t fixed = layout_.header_size() + layout_.icv_size;
  if (packet.size() < fixed + fixed_trailer_size) return Failure{DropReason::Malformed};
  const auto text = packet.subspan(layout_.header_size(), packet.size() - fixed);
  if (text.size() % layout_.alignment != 0) return Failure{DropReason::Malformed};
  const auto low_half = load<std::uint32_t>(packet, 4);
  const std::uint64_t number = layout_.has_extended_sequence_numbers ? window_.extend(low_half) : low_half;
  if (!window_.is_fresh(number)) return Failure{DropReason::Replayed};
  const AuthenticatedHeader header{layout_, spi_, number};
  const auto iv = packet.subspan(fixed_header_size, layout_.iv_size);
  if (!cipher_.open(header.aad(), iv, text, packet.last(layout_.icv_size), header.trailer()))
    return Failure{DropReason::BadIcv};
  if (!window_.accept(number)) return Failure{DropReason::Replayed};
  return text;
}

Result<InnerPacket, DropReason> InboundSa::check_inner(MutableByteView text, std::uint8_t outer_traffic_class) const {
  TRY_ASSIGN(const MutableByteView payload, strip_padding(text));
  const auto next_header = std::to_integer<std::uint8_t>(text.back());
  if (next_header == protocol::no_next_header) return Failure{DropReason::Dummy};
  if (next_header != protocol::ipv4 && next_header != protocol::ipv6) return Failure{DropReason::BadNextHeader};
  const auto ip = IpPacket::decode(payload);
  if (!ip || !is_version(next_header, *ip)) return Failure{DropReason::BadInnerPacket};
  if (!covers(source_, destination_, ip->selectors)) return Failure{DropReason::SelectorMismatch};
  InnerPacket inner{payload.first(ip->size), *ip};
  const auto ecn = decapsulated_ecn(ip->traffic_class, outer_traffic_class);
  if (!ecn) return Failure{DropReason::CongestionMarked};
  if (*ecn == (ip->traffic_class & ecn_mask)) return inner;
  store_ecn(inner.octets, *ecn);
  inner.ip.traffic_class = static_cast<std::uint8_t>((ip->traffic_class & ~ecn_mask) | *ecn);
  return inner;
}

}  // namespace agilevpn::esp
