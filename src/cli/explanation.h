// What a gateway would make of one client, by its configuration and its users' database, without a gateway and without
// the client: what `agilevpn explain` prints.
#pragma once

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "control/config/gateway_config.h"
#include "gateway/admission.h"
#include "store/user_directory.h"

namespace agilevpn::cli {

// What the words of `agilevpn explain` say.
struct ExplainOptions {
  std::filesystem::path certificate;
  std::filesystem::path password;  // The file that has that of a .p12.
  std::string user;
  std::string from;
  bool is_eap = false;
  bool is_psk = false;
  std::filesystem::path config = std::filesystem::path{control::config::configuration_directory} / "gateway.toml";
  bool json = false;
};

// One client before the gateway. Each step is the daemon's own, and by the functions that decide there.
class Explanation {
 public:
  Explanation(const ExplainOptions& options, const control::config::GatewayConfig& config)
      : options_(options), config_(config) {}

  // Fails where nothing can be said; being refused is no failure.
  Result<void, Error> run();
  bool is_admitted() const { return rule_.has_value(); }
  void print() const;
  nlohmann::json to_json() const;

 private:
  struct Finding {
    bool is_good;
    std::string what, said;
  };
  using Rule = Result<const gateway::ConnectionRule*, std::string>;  // Or why none.

  Result<void, Error> read_client();
  Result<void, Error> open_users_database();
  // Whom the daemon would ask whether the certificates are revoked, as far as none of our lists says so. Nobody is asked here: the
  // verdict supposes that they answer, and that nothing is revoked.
  void suppose_revocation();
  Rule prove();
  Rule prove_in_ike_auth();
  Rule prove_inside_eap();
  Rule prove_by_password();
  gateway::UserAnswer find_user(const std::string& name);
  // The rule with what its group in the database says, once the daemon would have looked the user up.
  Result<gateway::ConnectionRule, std::string> authorize(const gateway::ConnectionRule& rule);

  const ExplainOptions& options_;
  const control::config::GatewayConfig& config_;
  std::unique_ptr<store::UserDirectory> users_;  // Null: there is no database.
  std::vector<crypto::Certificate> chain_;
  ike::AuthenticatePeer peer_;
  std::optional<ike::RevocationAnswer> supposed_;  // Nothing: the daemon has nobody to ask.
  std::optional<IpAddress> from_;
  std::string method_;  // As groups name it.
  std::vector<gateway::RuleVerdict> verdicts_;
  std::vector<Finding> findings_;
  std::string user_, device_;
  std::optional<gateway::ConnectionRule> rule_;
  std::string reason_;
};

}  // namespace agilevpn::cli
