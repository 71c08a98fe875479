// Octets of a session, summed over its Child SAs as they come and go with rekeys.
#pragma once

#include <map>

#include "ike/endpoint.h"

namespace agilevpn::ike {

class TrafficMeter {
 public:
  // True if anything passed since the last report of this Child SA.
  bool handle_traffic(const TrafficReport& report) {
    Counts& last = last_[report.child];
    const bool has_passed = report.bytes_in > last.in || report.bytes_out > last.out;
    bytes_in_ += report.bytes_in - last.in;
    bytes_out_ += report.bytes_out - last.out;
    last = {report.bytes_in, report.bytes_out};
    return has_passed;
  }
  // No more reports will come.
  void forget(ChildSaId child) { last_.erase(child); }

  std::uint64_t bytes_in() const { return bytes_in_; }
  std::uint64_t bytes_out() const { return bytes_out_; }

 private:
  struct Counts {
    std::uint64_t in = 0;
    std::uint64_t out = 0;
  };
  std::map<ChildSaId, Counts> last_;
  std::uint64_t bytes_in_ = 0;
  std::uint64_t bytes_out_ = 0;
};

}  // namespace agilevpn::ike
