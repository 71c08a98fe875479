#include "dataplane/seal_batch.h"

#include "dataplane/limits.h"

namespace agilevpn::dataplane {

SealBatch::SealBatch() : buffer_(largest_datagram + limits::seal_batch_octets) {
  jobs_.reserve(limits::seal_batch_max);
}

bool SealBatch::takes(const Kind& kind, std::size_t inner_size) const {
  if (jobs_.empty()) return true;
  const std::size_t sealed_size = kind.pair->outbound().layout().sealed_size(inner_size);
  const bool is_last_full = jobs_.back().packet.size() == segment_size_;
  return kind == kind_ && is_last_full && sealed_size <= segment_size_ && jobs_.size() < limits::seal_batch_max &&
         size_ + sealed_size <= limits::seal_batch_octets;
}

MutableByteView SealBatch::add(const Kind& kind, std::size_t inner_size) {
  const esp::PacketLayout& layout = kind.pair->outbound().layout();
  const std::size_t sealed_size = layout.sealed_size(inner_size);
  if (jobs_.empty()) {
    kind_ = kind;
    segment_size_ = sealed_size;
  }
  const MutableByteView packet = MutableByteView{buffer_}.subspan(size_, sealed_size);
  size_ += sealed_size;
  jobs_.push_back({packet, inner_size});
  return packet.subspan(layout.header_size(), inner_size);
}

bool SealBatch::seal() {
  tunnel_ = kind_.pair->tunnel();
  datagrams_ = {.path = tunnel_.path,
                .octets = ByteView{buffer_}.first(size_),
                .segment_size = segment_size_,
                .traffic_class = kind_.traffic_class,
                .may_fragment = kind_.may_fragment};
  return kind_.pair->outbound().seal(jobs_);
}

void SealBatch::clear() {
  jobs_.clear();
  size_ = 0;
}

}  // namespace agilevpn::dataplane
