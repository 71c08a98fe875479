#include "gateway/conclusion.h"

namespace agilevpn::gateway {

void refuse(std::deque<Conclusion>& conclusions, ike::AskId ask, NotLetIn whom, ike::wire::NotifyType notify,
            bool is_proved) {
  std::string why = whom.fact.reason;
  conclusions.emplace_back(std::move(whom));
  conclusions.emplace_back(
      Reply{ask, ike::Refused{.notify = notify, .reason = std::move(why), .eap_failure = {}, .is_proved = is_proved}});
}

}  // namespace agilevpn::gateway
