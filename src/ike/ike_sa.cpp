#include "ike/ike_sa.h"

namespace agilevpn::ike {

void IkeSa::set_keys(const IkeSuite& chosen, const crypto::Prf& chosen_prf, IkeKeys& keys) {
  suite = chosen;
  prf = chosen_prf;
  sk_d = std::move(keys.sk_d);
  cipher.emplace(chosen.cipher, keys, is_original_initiator);
}

}  // namespace agilevpn::ike
