// What the packet path counts besides each SA's own counters. The worker counts, any thread reads.
#pragma once

#include "esp/counters.h"

namespace agilevpn::dataplane {

struct Counters {
  esp::DropCounters drops;           // Packets, of all SAs and of none.
  esp::Counter ike_received;         // Messages for the control thread.
  esp::Counter ike_dropped;          // The control thread did not keep up.
  esp::Counter keepalives_received;  // RFC 3948 §2.3
  esp::Counter packets_opened;
  esp::Counter packets_sealed;
  esp::Counter tun_reads;  // System calls that moved packets: with the two above, how large batches are.
  esp::Counter tun_writes;
  esp::Counter receives;
  esp::Counter sends;
  esp::Counter send_failures;  // Packets that no socket took.
  esp::Counter tun_write_failures;
};

}  // namespace agilevpn::dataplane
