#include "sim/stock/kind.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"
#include "ike/typed_proposal.h"

namespace agilevpn::sim::stock {

namespace wire = ike::wire;

namespace {

std::vector<Kind> all_kinds() {
  std::vector<Kind> all;
  for (auto make : {windows_kinds, apple_kinds, android_kinds}) std::ranges::move(make(), std::back_inserter(all));
  return all;
}

// Our own tables have no word for DES, which is refused everywhere.
wire::Proposal parse_stock_esp(std::string_view words) {
  constexpr std::string_view des = "des-";
  const bool is_des = words.starts_with(des);
  auto proposal = ike::parse_esp_proposal(is_des ? "3" + std::string{words} : std::string{words});
  CHECK(proposal.has_value());
  if (is_des) proposal->transforms.front() = wire::Transform::of(crypto::EncryptionId::Des);
  return *std::move(proposal);
}

}  // namespace

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all = all_kinds();
  return all;
}

const Kind* find_kind(std::string_view name) {
  const auto found = std::ranges::find(kinds(), name, &Kind::name);
  return found == kinds().end() ? nullptr : &*found;
}

ike::Proposals ike_proposals(const std::vector<std::string_view>& words) {
  ike::Proposals proposals;
  for (const std::string_view one : words) {
    auto proposal = ike::parse_ike_proposal(one);
    CHECK(proposal.has_value());
    proposals.push_back(*std::move(proposal));
  }
  return ike::offer(std::move(proposals), {});
}

ike::Proposals esp_proposals(const std::vector<std::string_view>& words) {
  ike::Proposals proposals;
  for (const std::string_view one : words) proposals.push_back(parse_stock_esp(one));
  return ike::offer(std::move(proposals), {});
}

}  // namespace agilevpn::sim::stock
