#include "esp/counters.h"

namespace agilevpn::esp {

std::string_view to_string(DropReason reason) {
  switch (reason) {
    case DropReason::Malformed: return "malformed";
    case DropReason::UnknownSpi: return "unknown_spi";
    case DropReason::Replayed: return "replayed";
    case DropReason::BadIcv: return "bad_icv";
    case DropReason::BadPadding: return "bad_padding";
    case DropReason::BadNextHeader: return "bad_next_header";
    case DropReason::Dummy: return "dummy";
    case DropReason::BadInnerPacket: return "bad_inner_packet";
    case DropReason::SelectorMismatch: return "selector_mismatch";
    case DropReason::CongestionMarked: return "congestion_marked";
    case DropReason::NoOutboundSa: return "no_outbound_sa";
    case DropReason::SequenceExhausted: return "sequence_exhausted";
    case DropReason::TooBig: return "too_big";
  }
  return "";
}

}  // namespace agilevpn::esp
