// A login that we decide ourselves: by our own EAP methods, with what the owner keeps of users.
#pragma once

#include <optional>

#include "crypto/tls.h"
#include "eap/inner_eap.h"
#include "gateway/admission.h"
#include "gateway/authorization.h"
#include "gateway/eap_server_login.h"
#include "ike/credentials.h"

namespace agilevpn::gateway {

class LocalLogin final : public EapServerLogin {
 public:
  // `credentials` and `random` must outlive it. `tls`: whom methods in TLS show; null: they are not offered.
  LocalLogin(std::shared_ptr<const Config> config, const ike::Credentials& credentials,
             std::shared_ptr<const crypto::TlsContext> tls, ike::AuthenticatePeer peer, ike::wire::Identity local,
             Random& random);

  Step handle_packet(ByteView packet, WallTime now) override;
  Step handle_user(UserAnswer answer) override;
  Step handle_revocation(const ike::RevocationAnswer& answer) override;
  std::string user() const override;
  std::string complaint() const override;
  bool is_kept() const override { return user_.has_value(); }
  std::string method() const override { return method_name(eap_method()); }
  Refusal cause() const override;
  std::string kept_name() const override;
  std::optional<GroupFault> group_fault() const override;
  std::optional<crypto::CertificateError> certificate_fault() const override;
  std::vector<Bytes> certificates() const override;

 private:
  bool can_be_alone() const override;
  Step ask(eap::Question question) override;
  Step offer(const UserAnswer& answer);
  Step finish(eap::Authenticator::Finished finished) override;
  // Who it is, once it has proved all and its certificate counts.
  Step identify();
  Step conclude();
  std::unique_ptr<eap::ServerMethod> make_method(eap::Type type, const std::string& identity);
  // The methods inside PEAP and EAP-TTLS; those in TLS are not nested.
  eap::InnerServer make_inner();
  std::unique_ptr<eap::ServerMethod> make_plain_method(eap::Type type, const std::string& identity,
                                                       std::size_t tls_type_data_max);
  Result<crypto::TlsVerdict, crypto::TlsRefusal> judge(const std::vector<crypto::Certificate>& chain);

  const ike::Credentials& credentials_;
  std::shared_ptr<const crypto::TlsContext> tls_;
  Random& random_;
  WallTime now_{};            // Of the packet at hand.
  bool is_choosing_ = false;  // The question that is out is FindUser for what it may use.
  bool is_inside_ = false;    // Inside PEAP or EAP-TTLS, which come when outside nothing is chosen any more.
  bool wants_hash_ = false;   // The question that is out is FindUser for its password's hash.
  Refusal user_refusal_{};    // What the owner said of the user.
  std::string refused_name_;  // Whose it is.
  std::optional<GroupFault> group_fault_;  // Its group takes fewer methods than the gateway.
  eap::FailureCause failure_{};
  std::optional<User> user_;
  std::optional<ShownCertificates> shown_;            // In the TLS.
  const ConnectionRule* certificate_rule_ = nullptr;  // Which they satisfy.
  std::optional<NotAdmitted> certificate_refusal_;    // Or why none.
  std::optional<eap::Authenticator::Finished> success_;
};

}  // namespace agilevpn::gateway
