#include "gateway/conclusion.h"

namespace agilevpn::gateway {

void refuse(std::deque<Conclusion>& conclusions, ike::AskId ask, NotLetIn whom, ike::wire::NotifyType notify) {
  std::string why = whom.fact.reason;
  conclusions.emplace_back(std::move(whom));
  conclusions.emplace_back(Reply{ask, ike::Refused{notify, std::move(why), {}}});
}

}  // namespace agilevpn::gateway
