// Octets and packets of a session, summed over its Child SAs as they come and go with rekeys.
#pragma once

#include <map>
#include <ranges>

#include "ike/endpoint.h"

namespace agilevpn::ike {

class TrafficMeter {
 public:
  // True if anything passed since the last report of this Child SA.
  bool handle_traffic(const TrafficReport& report) {
    TrafficReport& last = last_.try_emplace(report.child).first->second;
    const bool has_passed = report.bytes_in > last.bytes_in || report.bytes_out > last.bytes_out;
    bytes_in_ += report.bytes_in - last.bytes_in;
    bytes_out_ += report.bytes_out - last.bytes_out;
    packets_in_ += report.packets_in - last.packets_in;
    packets_out_ += report.packets_out - last.packets_out;
    last = report;
    return has_passed;
  }
  void add(ChildSaId child) { last_.try_emplace(child); }
  // No more reports will come.
  void forget(ChildSaId child) { last_.erase(child); }
  auto child_sas() const { return std::views::keys(last_); }

  std::uint64_t bytes_in() const { return bytes_in_; }
  std::uint64_t bytes_out() const { return bytes_out_; }
  std::uint64_t packets_in() const { return packets_in_; }
  std::uint64_t packets_out() const { return packets_out_; }

 private:
  std::map<ChildSaId, TrafficReport> last_;
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
  std::uint64_t packets_in_ = 0;
  std::uint64_t packets_out_ = 0;
};

}  // namespace agilevpn::ike
