#include "gateway/session.h"

#include "crypto/hash.h"

namespace agilevpn::gateway {

Bytes fingerprint_of(const std::vector<Bytes>& certificates) {
  return certificates.empty() ? Bytes{} : crypto::hash(crypto::HashId::Sha2_256, {certificates.front()});
}

Session new_session(Instant now, const Config& config, std::shared_ptr<const ConnectionRule> rule,
                    ike::wire::Identity peer, std::string method) {
  const Duration idle = rule->idle_timeout.value_or(config.idle_timeout);
  const Duration whole = rule->session_timeout;
  const std::string group = rule->name;
  return {.rule = std::move(rule),
          .peer = peer,
          .certificates = {},
          .fingerprint = {},
          .method = std::move(method),
          .since = now,
          .last_traffic = now,
          .idle_timeout = idle,
          .session_timeout = whole,
          .login = std::move(peer),
          .login_group = group,
          .named = {}};
}

}  // namespace agilevpn::gateway
