// Packets for one tunnel, gathered until they are worth a system call: sealed as one batch, sent side by side with
// UDP_SEGMENT. So all have the size of the first, and only the last may be smaller.
#pragma once

#include <vector>

#include "dataplane/datagram_socket.h"
#include "esp/sa_database.h"

namespace agilevpn::dataplane {

class SealBatch {
 public:
  // What packets of one batch share.
  struct Kind {
    esp::SaPair* pair = nullptr;
    std::uint8_t traffic_class = 0;  // Of the outer header.
    bool may_fragment = false;
    friend bool operator==(const Kind&, const Kind&) = default;
  };

  SealBatch();

  bool is_empty() const { return jobs_.empty(); }
  std::size_t count() const { return jobs_.size(); }
  const Kind& kind() const { return kind_; }

  bool takes(const Kind& kind, std::size_t inner_size) const;
  // Where the inner packet is to be written. Only what the batch takes.
  MutableByteView add(const Kind& kind, std::size_t inner_size);
  // False if the SA has no sequence numbers left: the packets are lost. The SA is not needed any more afterwards.
  bool seal();
  // After seal(): what is to be sent yet, and by which tunnel.
  Datagrams& datagrams() { return datagrams_; }
  const esp::Tunnel& tunnel() const { return tunnel_; }
  void clear();

 private:
  Bytes buffer_;
  std::size_t size_ = 0;
  std::size_t segment_size_ = 0;
  Kind kind_;
  esp::Tunnel tunnel_;
  std::vector<esp::OutboundSa::Job> jobs_;
  Datagrams datagrams_;
};

}  // namespace agilevpn::dataplane
