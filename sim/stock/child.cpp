#include "sim/stock/child.h"

#include "base/codec.h"

namespace agilevpn::sim::stock {

ike::InstallChildSa install(NewChild child, ike::ChildKeys keys, const ike::EspPath& path) {
  if (!child.is_exchange_initiator) {
    std::swap(keys.encryption_i, keys.encryption_r);
    std::swap(keys.integrity_i, keys.integrity_r);
  }
  return {.ike_sa = only_session,
          .child = child.id,
          .spi_inbound = child.spi_inbound,
          .spi_outbound = child.spi_outbound,
          .suite = child.suite.cipher,
          .inbound_encryption_key = std::move(keys.encryption_r),
          .inbound_integrity_key = std::move(keys.integrity_r),
          .outbound_encryption_key = std::move(keys.encryption_i),
          .outbound_integrity_key = std::move(keys.integrity_i),
          .extended_sequence_numbers = child.suite.extended_sequence_numbers,
          .ts_local = std::move(child.ts_local),
          .ts_remote = std::move(child.ts_remote),
          .path = path,
          .use_outbound = child.is_exchange_initiator};
}

EspSpi esp_spi(const ike::wire::Proposal& proposal) { return {Reader{proposal.spi}.u32("SPI").value_or(0)}; }
IkeSpi ike_spi(const ike::wire::Proposal& proposal) { return {Reader{proposal.spi}.u64("SPI").value_or(0)}; }

}  // namespace agilevpn::sim::stock
