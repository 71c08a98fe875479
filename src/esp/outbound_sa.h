// The sealing end of a Child SA (RFC 4303 §3.3, tunnel mode). Packets are sealed in place, in batches, with nothing
// allocated.
//
// IVs: AES-GCM, AES-CCM, AES-CTR and ChaCha20-Poly1305 take the sequence number, which never repeats under a key; CBC
// takes an unpredictable one (iv_generator.h).
//
// One thread seals; any thread may read the counters.
#pragma once

#include <span>

#include "esp/counters.h"
#include "esp/ip_packet.h"
#include "esp/iv_generator.h"
#include "esp/packet_layout.h"
#include "esp/sa_parameters.h"

namespace agilevpn::esp {

class OutboundSa {
 public:
  // Nothing for a suite that this build cannot do.
  static std::shared_ptr<OutboundSa> make(const SaParameters& parameters);

  // A packet to seal: `packet` has layout().sealed_size(inner_size) octets, and the inner packet stands in it at
  // layout().header_size().
  struct Job {
    MutableByteView packet;
    std::size_t inner_size = 0;
  };
  // False, and nothing is sealed, if there are not as many sequence numbers left (RFC 4303 §3.3.3).
  [[nodiscard]] bool seal(std::span<const Job> jobs);
  // One packet into new octets, for who has time.
  std::optional<Bytes> seal(ByteView inner_packet);

  bool covers(const PacketSelectors& packet) const { return esp::covers(source_, destination_, packet); }

  EspSpi spi() const { return spi_; }
  const PacketLayout& layout() const { return layout_; }
  const TrafficSelectors& source() const { return source_; }
  const TrafficSelectors& destination() const { return destination_; }
  std::uint64_t sequence_number() const { return sequence_number_.value(); }  // Of the last packet.
  std::uint64_t bytes() const { return bytes_.value(); }                      // Octets of inner packets.

 private:
  OutboundSa(const SaParameters& parameters, const PacketLayout& layout, crypto::PacketCipher cipher);
  void seal(const Job& job, std::uint64_t sequence_number);
  void fill_iv(MutableByteView iv, std::uint64_t sequence_number);

  EspSpi spi_;
  PacketLayout layout_;
  crypto::PacketCipher cipher_;
  std::optional<IvGenerator> ivs_;
  TrafficSelectors source_;
  TrafficSelectors destination_;
  Counter sequence_number_;
  Counter bytes_;
};

}  // namespace agilevpn::esp
