#include "gateway/subjects.h"

namespace agilevpn::gateway {

EventRecord Subjects::to_record(const Event& event) {
  EventRecord record = gateway::to_record(event);
  if (const auto* engines = std::get_if<ike::Event>(&event))
    std::visit([&](const auto& fact) { note(fact), name(fact, record); }, *engines);
  return record;
}

template <class Fact>
void Subjects::name(const Fact& fact, EventRecord& record) {
  if constexpr (requires { fact.ike_sa; }) {
    const auto known = names_.find(fact.ike_sa);
    if (known == names_.end()) return;
    record.subject = known->second;
    if constexpr (std::is_same_v<Fact, ike::IkeSaClosed>) names_.erase(known);
  }
}

}  // namespace agilevpn::gateway
