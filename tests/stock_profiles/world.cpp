#include "tests/stock_profiles/world.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "control/config/gateway_config.h"
#include "profiles/gateway_request.h"
#include "sim/require.h"

namespace agilevpn::stock_profiles {

using profiles::LoginKind;
using sim::Credentials;
using sim::stock::CrowdOptions;

const std::vector<Device>& devices() {
  using profiles::Platform;
  static const std::vector<Device> all{{"windows", profiles::Device::Windows, Platform::Windows, read_windows},
                                       {"windows7", profiles::Device::Windows7, Platform::Windows7, read_windows7},
                                       {"iphone", profiles::Device::Apple, Platform::Apple, read_iphone},
                                       {"mac", profiles::Device::Apple, Platform::Apple, read_mac},
                                       {"app", profiles::Device::Android, Platform::StrongSwan, read_app},
                                       {"swanctl", profiles::Device::StrongSwan, Platform::StrongSwan, read_swanctl}};
  return all;
}

const Device& device_called(std::string_view name) {
  const auto found =
      std::ranges::find(devices(), name, [](const Device& device) { return std::string_view{device.name}; });
  sim::require(found != devices().end(), "there is no device " + std::string{name});
  return *found;
}

// With the daemon's own timers, not the patience of a gateway that leaves all rekeys to its clients.
CrowdOptions options_for(const std::string& policy) {
  return {.policy = policy,
          .gateway_key = policy == "modern" ? crypto::KeyType::EcdsaP256 : crypto::KeyType::Rsa,
          .settings = {},
          .eap_methods = {eap::Type::Tls, eap::Type::Peap, eap::Type::Ttls, eap::Type::MsChapV2, eap::Type::Gtc}};
}

Typed typed() { return {.user = user, .password = "secret", .certificate_password = "7h3k-9wqz"}; }

namespace {

profiles::Login login_of(const CrowdOptions& options, LoginKind kind) {
  profiles::Login login{.kind = kind, .user = user, .certificate = {}, .password = {}};
  if (!profiles::is_by_certificate(kind)) return login;
  const Credentials own = Credentials::with_certificate(user, options.gateway_key);
  login.certificate =
      profiles::UserCertificate{own.chain.front(), *own.key, {}, Secret{to_bytes(typed().certificate_password)}};
  return login;
}

}  // namespace

profiles::Request request_for(const CrowdOptions& options, LoginKind kind) {
  const Credentials own = Credentials::with_certificate(sim::stock::name_of_gateway, options.gateway_key);
  const control::config::GatewayConfig config{.gateway = sim::stock::gateway_config(options),
                                              .credentials = own.trust()};
  profiles::Login login = login_of(options, kind);
  const auto rule = profiles::rule_for(config, login, sim::calendar_start);
  sim::require(rule.has_value(), rule ? "" : rule.error().to_string());
  return profiles::request_of(config, **rule, own.anchors, std::move(login));
}

Connected::Connected(CrowdOptions options, SetUp set_up)
    : made(std::move(set_up)), crowd(std::move(options)), member(&crowd.add(made.kind, std::move(made.owner))) {
  crowd.world.run_for(10s);
}

std::vector<std::string> Connected::drops() const {
  std::vector<std::string> reasons;
  for (const auto& drop : client().drops()) reasons.push_back(drop.reason);
  return reasons;
}

std::string Connected::why() const { return testing::PrintToString(drops()) + testing::PrintToString(crowd.refused); }

const ike::IkeSaInfo& Connected::ike_sa() {
  sessions_ = crowd.gateway->role().sessions();
  sim::require(sessions_.size() == 1, "the gateway has no session, or several");
  return *sessions_.front().ike_sa;
}

void Connected::work_for(Duration duration) {
  for (const Instant end = crowd.world.now() + duration; crowd.world.now() < end; crowd.world.run_for(1min))
    crowd.ping(*member);
  crowd.world.run_for(1s);
}

}  // namespace agilevpn::stock_profiles
