// Packets that come in: datagrams are told apart (RFC 3948), IKE goes to the control thread, ESP is opened as one
// batch, and what comes out is joined and written to the TUN.
#pragma once

#include <vector>

#include "base/time.h"
#include "dataplane/coalescer.h"
#include "dataplane/datagram_socket.h"
#include "dataplane/ike_queue.h"
#include "dataplane/limits.h"
#include "dataplane/sockets.h"
#include "esp/sa_database.h"

namespace agilevpn::dataplane {

class Inbound {
 public:
  // A router answers the router solicitations that come through its tunnels.
  Inbound(TunDevice& tun, const Sockets& sockets, IkeQueue& ike_queue, Counters& counters, bool is_router);

  // Takes what waits in the socket, up to limits::receives_per_turn batches.
  void receive(DatagramSocket& socket, const esp::SaDatabase& database, Instant now);

 private:
  void dispatch(DatagramSocket::Kind kind, const ReceivedDatagrams& datagrams, MutableByteView datagram);
  void queue_ike(const Path& path, ByteView message);
  void open(const esp::SaDatabase& database, Instant now);
  void deliver(esp::SaDatabase::OpenJob& job, Instant now);
  void answer_neighbor(const esp::SaDatabase::OpenJob& job);

  TunMtu mtu_;
  const Sockets& sockets_;
  IkeQueue& ike_queue_;
  Counters& counters_;
  bool is_router_;
  int advertisements_left_ = 0;
  Coalescer coalescer_;
  Bytes storage_;
  std::vector<ReceivedDatagrams> buffers_;
  std::vector<esp::SaDatabase::OpenJob> jobs_;
};

}  // namespace agilevpn::dataplane
