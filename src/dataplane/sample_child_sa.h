// A Child SA of two ends as both engines would tell of it, for tests and benchmarks.
#pragma once

#include "base/random.h"
#include "crypto/packet_cipher.h"
#include "ike/sa_change.h"

namespace agilevpn::dataplane {

struct SampleChildSa {
  std::uint64_t id = 1;
  crypto::CipherSuite suite{crypto::EncryptionId::AesGcm16, 128};
  bool extended_sequence_numbers = true;
  TrafficSelectors ts_client = {TrafficSelector::everything(Family::V4), TrafficSelector::everything(Family::V6)};
  TrafficSelectors ts_gateway = ts_client;
  ike::EspPath path;  // As the client sees it.
  bool use_outbound = true;

  ike::InstallChildSa client() const { return install(true); }
  ike::InstallChildSa gateway() const { return install(false); }

 private:
  ike::InstallChildSa install(bool is_client) const;
};

inline ike::InstallChildSa SampleChildSa::install(bool is_client) const {
  const auto sizes = *crypto::PacketCipher::sizes(suite);
  SeededRandom random{id};
  ike::InstallChildSa sa{.ike_sa = {1}, .child = {id}, .suite = suite};
  const auto number = static_cast<std::uint32_t>(2 * id);
  sa.spi_inbound = {0x1000 + number};
  sa.spi_outbound = {0x1001 + number};
  sa.inbound_encryption_key = random.secret_bytes(sizes.encryption_key);
  sa.inbound_integrity_key = random.secret_bytes(sizes.integrity_key);
  sa.outbound_encryption_key = random.secret_bytes(sizes.encryption_key);
  sa.outbound_integrity_key = random.secret_bytes(sizes.integrity_key);
  sa.extended_sequence_numbers = extended_sequence_numbers;
  sa.ts_local = ts_client;
  sa.ts_remote = ts_gateway;
  sa.path = path;
  sa.use_outbound = use_outbound;
  if (is_client) return sa;
  std::swap(sa.spi_inbound, sa.spi_outbound);
  std::swap(sa.inbound_encryption_key, sa.outbound_encryption_key);
  std::swap(sa.inbound_integrity_key, sa.outbound_integrity_key);
  std::swap(sa.ts_local, sa.ts_remote);
  std::swap(sa.path.path.local, sa.path.path.peer);
  return sa;
}

}  // namespace agilevpn::dataplane
