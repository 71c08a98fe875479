// What a gateway is made of, each part out of the Config. Parts that a Config does not want are not there.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "crypto/tls.h"
#include "gateway/accountant.h"
#include "gateway/config.h"
#include "ike/credentials.h"
#include "ike/endpoint.h"
#include "radius/client.h"
#include "radius/dynamic_authorization.h"

namespace agilevpn::gateway {

ike::EndpointConfig make_endpoint_config(const Config& config, const ike::Credentials& credentials);
// Whom logins in TLS show: the certificate that IKE shows. Null: its key is not here.
std::shared_ptr<const crypto::TlsContext> make_tls_context(const Config& config, const ike::Credentials& credentials);
// For logins. `random` must outlive it, and the accountant.
std::optional<radius::Client> make_radius_client(const Config& config, Random& random);
std::optional<Accountant> make_accountant(const Config& config, Random& random);
std::optional<radius::DynamicAuthorization> make_dynamic_authorization(const Config& config);
bool speaks_radius(const Config& config);

// Why `fresh` cannot count without a restart, and nothing of it does; nothing: it can. A gateway that has begun with its own
// users has no way to RADIUS servers, and the other way round: half of each would let nobody in.
std::optional<std::string> why_only_by_restart(const Config& fresh, const Config& running);

// Parts live as long as their gateway. Puts what they were made of by the `running` Config into the `fresh` one, and
// says what differed.
std::vector<std::string> keep_parts(Config& fresh, const Config& running);

}  // namespace agilevpn::gateway
