#include "sim/agreement.h"

#include <algorithm>
#include <iterator>
#include <set>

namespace agilevpn::sim {

namespace {

using Spis = std::pair<IkeSpi, IkeSpi>;

std::set<Spis> established_spis(const EndpointHost& host) {
  std::set<Spis> spis;
  for (const ike::IkeSaInfo& info : host.engine().ike_sas())
    if (info.is_established) spis.emplace(info.spi_i, info.spi_r);
  return spis;
}

void compare_ike_sas(const EndpointHost& a, const EndpointHost& b, std::vector<std::string>& found) {
  const auto spis_a = established_spis(a);
  const auto spis_b = established_spis(b);
  std::vector<Spis> only_one;
  std::ranges::set_symmetric_difference(spis_a, spis_b, std::back_inserter(only_one));
  for (const auto& [spi_i, spi_r] : only_one)
    found.push_back("only one end has the IKE SA " + spi_i.to_string() + " " + spi_r.to_string());
}

void compare_child_sas(const EndpointHost& a, const EndpointHost& b, std::vector<std::string>& found) {
  for (const auto& [id, child] : a.child_sas()) {
    const auto* other = counterpart(child, b.data_plane());
    if (other == nullptr) {
      found.push_back("only the " + a.name() + " has the Child SA " + child.spi_inbound.to_string());
    } else if (auto difference = mismatch(child, *other)) {
      found.push_back(*std::move(difference));
    }
  }
}

}  // namespace

std::vector<std::string> disagreements(const EndpointHost& a, const EndpointHost& b) {
  std::vector<std::string> found;
  compare_ike_sas(a, b, found);
  compare_child_sas(a, b, found);
  compare_child_sas(b, a, found);
  for (const EndpointHost* host : {&a, &b})
    for (const std::string& mistake : host->data_plane().mistakes()) found.push_back(host->name() + ": " + mistake);
  return found;
}

const ike::InstallChildSa* counterpart(const ike::InstallChildSa& child, const DataPlane& of) {
  for (const auto& [id, other] : of.child_sas())
    if (other.spi_inbound == child.spi_outbound && other.spi_outbound == child.spi_inbound) return &other;
  return nullptr;
}

std::optional<std::string> mismatch(const ike::InstallChildSa& a, const ike::InstallChildSa& b) {
  const std::string name = "the two ends of the Child SA " + a.spi_inbound.to_string() + " differ in ";
  if (a.suite != b.suite) return name + "their suites";
  if (a.extended_sequence_numbers != b.extended_sequence_numbers) return name + "their sequence numbers";
  if (!(a.inbound_encryption_key == b.outbound_encryption_key && a.inbound_integrity_key == b.outbound_integrity_key &&
        a.outbound_encryption_key == b.inbound_encryption_key && a.outbound_integrity_key == b.inbound_integrity_key))
    return name + "their keys";
  if (a.ts_local != b.ts_remote || a.ts_remote != b.ts_local) return name + "their traffic selectors";
  return std::nullopt;
}

}  // namespace agilevpn::sim
