#include "eap/inner_eap.h"

namespace agilevpn::eap {

Authenticator::Step InnerAuthenticator::choose(Authenticator::Step step) {
  const auto* question = std::get_if<Question>(&step);
  const auto* wanted = question ? std::get_if<ChooseMethods>(question) : nullptr;
  if (!wanted) return step;
  if (wanted->identity.empty() || wanted->identity.front() == '@')
    return authenticator_.handle_answer(Refused{"the peer is anonymous even inside the tunnel"});
  return methods_.empty() ? std::move(step) : authenticator_.handle_answer(OfferMethods{methods_});
}

}  // namespace agilevpn::eap
