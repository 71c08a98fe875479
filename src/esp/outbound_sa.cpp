#include "esp/outbound_sa.h"

#include "base/check.h"

namespace agilevpn::esp {

namespace {

// RFC 4303 §2.4: "The Padding bytes are initialized with a series of (unsigned, 1-byte) integer values", from 1 on.
void write_trailer(MutableByteView text, std::size_t inner_size) {
  const std::size_t pad_length = text.size() - inner_size - fixed_trailer_size;
  for (std::size_t i = 0; i < pad_length; ++i) text[inner_size + i] = static_cast<std::byte>(i + 1);
  text[text.size() - 2] = static_cast<std::byte>(pad_length);
  text[text.size() - 1] = std::byte{is_ipv6(text) ? protocol::ipv6 : protocol::ipv4};
}

}  // namespace

std::shared_ptr<OutboundSa> OutboundSa::make(const SaParameters& parameters) {
  const auto layout = PacketLayout::of(parameters.suite, parameters.extended_sequence_numbers);
  auto cipher = crypto::PacketCipher::make(parameters.suite, parameters.encryption_key, parameters.integrity_key);
  if (!layout || !cipher) return nullptr;
  std::shared_ptr<OutboundSa> sa{new OutboundSa{parameters, *layout, std::move(*cipher)}};
  if (!layout->is_block_cipher()) return sa;
  sa->ivs_ = IvGenerator::make(parameters.encryption_key, parameters.integrity_key);
  return sa->ivs_ ? sa : nullptr;
}

OutboundSa::OutboundSa(const SaParameters& parameters, const PacketLayout& layout, crypto::PacketCipher cipher)
    : spi_(parameters.spi),
      layout_(layout),
      cipher_(std::move(cipher)),
      source_(parameters.source),
      destination_(parameters.destination) {
  sequence_number_.set(parameters.sequence_number);
}

bool OutboundSa::seal(std::span<const Job> jobs) {
  const std::uint64_t last = layout_.has_extended_sequence_numbers ? ~std::uint64_t{0} : 0xffffffff;
  std::uint64_t number = sequence_number_.value();
  if (jobs.size() > last - number) return false;
  std::uint64_t bytes = 0;
  for (const Job& job : jobs) {
    seal(job, ++number);
    bytes += job.inner_size;
  }
  sequence_number_.set(number);
  bytes_.add(bytes);
  return true;
}

std::optional<Bytes> OutboundSa::seal(ByteView inner_packet) {
  Bytes packet(layout_.sealed_size(inner_packet.size()));
  std::ranges::copy(inner_packet, packet.begin() + static_cast<std::ptrdiff_t>(layout_.header_size()));
  const Job job{packet, inner_packet.size()};
  if (!seal(std::span{&job, 1})) return std::nullopt;
  return packet;
}

void OutboundSa::seal(const Job& job, std::uint64_t sequence_number) {
  CHECK(job.inner_size > 0 && job.packet.size() == layout_.sealed_size(job.inner_size));
  const auto iv = job.packet.subspan(fixed_header_size, layout_.iv_size);
  const auto text = job.packet.subspan(layout_.header_size(), layout_.text_size(job.inner_size));
  store(job.packet, 0, spi_.value);
  store(job.packet, 4, static_cast<std::uint32_t>(sequence_number));
  fill_iv(iv, sequence_number);
  write_trailer(text, job.inner_size);
  const AuthenticatedHeader header{layout_, spi_, sequence_number};
  cipher_.seal(header.aad(), iv, text, job.packet.last(layout_.icv_size), header.trailer());
}

void OutboundSa::fill_iv(MutableByteView iv, std::uint64_t sequence_number) {
  if (ivs_)
    ivs_->next(iv);
  else if (!iv.empty())
    store(iv, 0, sequence_number);
}

}  // namespace agilevpn::esp
