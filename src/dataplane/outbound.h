// Packets that go out: super-packets from the TUN are matched to a Child SA, split to what its path takes, sealed as
// batches and sent, each batch with one system call. What no SA covers is dropped, and its sender told.
#pragma once

#include "dataplane/counters.h"
#include "dataplane/seal_batch.h"
#include "dataplane/segments.h"
#include "dataplane/sockets.h"
#include "esp/icmp_error.h"

namespace agilevpn::dataplane {

class Outbound {
 public:
  Outbound(TunDevice& tun, const Sockets& sockets, Counters& counters);

  // Sends what a full socket left over, then takes what waits in the TUN, up to limits::tun_reads_per_turn packets.
  void drain(const esp::SaDatabase& database, Instant now);
  // The socket without room, where drain() stopped: call it again when that is writable, and not before. Null: none.
  DatagramSocket* blocked_on() const { return blocked_on_; }

 private:
  bool forward(const esp::SaDatabase& database);
  bool append(const SealBatch::Kind& kind, const Segments& segments, std::size_t index, const esp::IpPacket& ip);
  void refuse(const esp::IpPacket& ip, esp::IcmpError error, std::size_t mtu);
  bool flush();
  bool send();
  SendOutcome send_in_fragments(DatagramSocket& socket);

  Instant now_;
  TunDevice& tun_;
  TunMtu mtu_;
  const Sockets& sockets_;
  Counters& counters_;
  Bytes buffer_;
  std::optional<TunPacket> packet_;  // In `buffer_`, being split.
  std::size_t next_segment_ = 0;     // Of it.
  SealBatch batch_;
  esp::SaPair* learning_pair_ = nullptr;  // Whose path the batch takes, while the database that has it is at hand.
  DatagramSocket* blocked_on_ = nullptr;
  int icmp_errors_left_ = 0;
};

}  // namespace agilevpn::dataplane
