#include "diagnosis/diagnosis.h"

namespace agilevpn::diagnosis {

std::string_view to_string(Step step) {
  switch (step) {
    case Step::Reaching: return "reaching the gateway";
    case Step::Algorithms: return "agreeing on algorithms (IKE_SA_INIT)";
    case Step::Identities: return "proving identities (IKE_AUTH)";
    case Step::Tunnel: return "getting a tunnel (Child SA, address)";
  }
  return "";
}

}  // namespace agilevpn::diagnosis
