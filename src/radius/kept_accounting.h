// What of accounting must outlive the NAS, for who keeps it (a store): records that no server has taken yet, and of
// each session under way its stand, which is what its Stop would say now. A NAS that died sends the former, and Stops
// of the latter.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/time.h"
#include "radius/iana.h"

namespace agilevpn::radius {

struct KeptRecord {
  std::uint64_t id = 0;    // Of records, in their order. Of stands: 0.
  std::string session_id;  // Empty: of the NAS.
  AcctStatusType status{};
  WallTime made{};
  Bytes packet;  // Accounting-Request, but for what depends on when it is sent.

  friend bool operator==(const KeptRecord&, const KeptRecord&) = default;
};
struct KeptAccounting {
  std::vector<KeptRecord> records;  // By id.
  std::vector<KeptRecord> stands;
};

// What to do, in this order; what is said between two looks belongs together.
struct KeepRecord {
  KeptRecord record;
};
struct ForgetRecord {
  std::uint64_t id = 0;
};
struct KeepStand {  // In place of the session's former.
  KeptRecord stand;
};
struct ForgetStand {
  std::string session_id;
};
struct ForgetAll {};  // What is to be kept follows.
using AccountingNote = std::variant<KeepRecord, ForgetRecord, KeepStand, ForgetStand, ForgetAll>;

}  // namespace agilevpn::radius
