#include "gateway/local_login.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "eap/gtc_server.h"
#include "eap/mschapv2_server.h"
#include "eap/peap_server.h"
#include "eap/tls_server.h"
#include "eap/ttls_server.h"

namespace agilevpn::gateway {

namespace {

bool lacks_method(eap::FailureCause cause) {
  return cause == eap::FailureCause::NoMethod || cause == eap::FailureCause::MethodRefused;
}

}  // namespace

LocalLogin::LocalLogin(std::shared_ptr<const Config> config, const ike::Credentials& credentials,
                       std::shared_ptr<const crypto::TlsContext> tls, ike::AuthenticatePeer peer,
                       ike::wire::Identity local, Random& random)
    : EapServerLogin(std::move(config), std::move(peer), std::move(local),
                     [this](eap::Type type, const std::string& identity) { return make_method(type, identity); }),
      credentials_(credentials),
      tls_(std::move(tls)),
      random_(random) {}

std::string LocalLogin::user() const { return user_ ? user_->name : EapServerLogin::user(); }

Refusal LocalLogin::cause() const {
  if (user_refusal_ != Refusal::Other) return user_refusal_;
  if (certificate_refusal_) return certificate_refusal_->cause;
  if (group_fault_ && lacks_method(failure_)) return Refusal::MethodOfGroup;
  if (failure_ != eap::FailureCause::Other) return refusal_of(failure_);
  return user_ && !complaint().empty() ? Refusal::WrongPassword : Refusal::Other;
}

std::string LocalLogin::kept_name() const { return user_ ? user_->name : refused_name_; }

std::optional<GroupFault> LocalLogin::group_fault() const {
  return lacks_method(failure_) ? group_fault_ : std::nullopt;
}

std::string LocalLogin::complaint() const {
  return certificate_refusal_ ? certificate_refusal_->reason : EapServerLogin::complaint();
}

std::optional<crypto::CertificateError> LocalLogin::certificate_fault() const {
  return certificate_refusal_ ? certificate_refusal_->certificate : std::nullopt;
}

std::vector<Bytes> LocalLogin::certificates() const {
  std::vector<Bytes> ders;
  if (shown_)
    for (const crypto::Certificate& certificate : shown_->chain) ders.push_back(certificate.der());
  return ders;
}

Login::Step LocalLogin::handle_packet(ByteView packet, WallTime now) {
  now_ = now;
  return EapServerLogin::handle_packet(packet, now);
}

Login::Step LocalLogin::ask(eap::Question question) {
  if (const auto* choose = std::get_if<eap::ChooseMethods>(&question)) {
    is_choosing_ = true;
    return FindUser{.name = choose->identity, .is_guess = false};
  }
  if (auto* find = std::get_if<eap::FindPassword>(&question)) {
    wants_hash_ = true;
    return FindUser{std::move(find->user)};
  }
  if (auto* check = std::get_if<eap::CheckPassword>(&question))
    return CheckPassword{std::move(check->user), std::move(check->password)};
  return tell(eap::Refused{"a gateway has no password of its own"});
}

bool LocalLogin::can_be_alone() const {
  return tls_ && std::ranges::any_of(config_->eap_methods, eap::may_stand_alone);
}

// Who it really is, only the method tells: this much is for those who say so before. MSCHAPv2 comes last for one without
// the hash that it needs: clients that take whatever is offered would fail by it, and those that insist hear why.
Login::Step LocalLogin::offer(const UserAnswer& answer) {
  const std::vector<std::string> wanted = answer ? answer->methods : std::vector<std::string>{};
  if (offered_methods(*config_, wanted).size() < config_->eap_methods.size())
    group_fault_ = GroupFault{.group = answer->group, .methods = wanted};
  auto methods = is_inside_ ? offered_inside(*config_, eap_method(), wanted) : offered_methods(*config_, wanted);
  if (!is_inside_ && is_alone()) std::erase_if(methods, std::not_fn(eap::may_stand_alone));
  if (answer && answer->nt_hash.empty())
    std::ranges::stable_partition(methods, [](eap::Type type) { return type != eap::Type::MsChapV2; });
  return tell(eap::OfferMethods{std::move(methods)});
}

Login::Step LocalLogin::handle_user(UserAnswer answer) {
  if (std::exchange(is_choosing_, false)) return offer(answer);
  if (!answer) user_refusal_ = answer.error().cause, refused_name_ = answer.error().who;
  if (success_) {  // Who has a certificate need not be a kept user; who is one must be allowed in.
    if (!answer && !answer.error().is_unknown)
      return ike::Refused{.reason = answer.error().reason, .eap_failure = {}, .is_proved = !answer.error().is_trouble};
    if (answer) user_ = std::move(*answer);
    return conclude();
  }
  const bool wants_hash = std::exchange(wants_hash_, false);
  if (!answer && wants_hash) return tell(eap::Refused{answer.error().reason});
  if (!answer) return tell(eap::PasswordVerdict{});
  user_ = std::move(*answer);
  if (!wants_hash) return tell(eap::PasswordVerdict{.is_right = true});
  if (user_->nt_hash.empty()) user_refusal_ = Refusal::NoPasswordHash;
  if (user_->nt_hash.empty())
    return tell(eap::Refused{fmt::format("no password of {} is kept that MSCHAPv2 can be checked with", user_->name)});
  return tell(eap::PasswordHash{user_->nt_hash.copy()});
}

Login::Step LocalLogin::finish(eap::Authenticator::Finished finished) {
  failure_ = finished.outcome.cause;
  if (const auto group = group_fault())
    finished.outcome.reason += fmt::format("; group {} takes only {}", group->group, fmt::join(group->methods, ", "));
  if (!finished.outcome.is_success) return refuse(std::move(finished.outcome.reason), std::move(finished.packet));
  success_ = std::move(finished);
  if (certificate_rule_ && asks_about_revocation(*config_)) return ike::RevocationAsk{{}, shown_->peer, certificates()};
  return identify();
}

// The handshake took for granted what only others can tell.
Login::Step LocalLogin::handle_revocation(const ike::RevocationAnswer& answer) {
  auto rule = admit_user(*config_, credentials_, *shown_, now_, &answer);
  if (rule) {
    certificate_rule_ = *rule;
    return identify();
  }
  certificate_refusal_ = std::move(rule).error();
  return refuse(certificate_refusal_->reason);
}

Login::Step LocalLogin::identify() {
  if (user_) return conclude();
  return FindUser{.name = success_->outcome.user, .is_guess = false};
}

Login::Step LocalLogin::conclude() {
  auto rule = certificate_rule_ ? std::shared_ptr<const ConnectionRule>{config_, certificate_rule_}
                                : rule_named(user_ ? user_->group : "");
  return let_in(std::move(rule), std::move(success_->packet), eap::to_string(eap_method()),
                std::move(success_->outcome.msk), user_ ? user_->name : success_->outcome.user, eap_method());
}

std::unique_ptr<eap::ServerMethod> LocalLogin::make_method(eap::Type type, const std::string& identity) {
  if (type == eap::Type::Peap && tls_) return std::make_unique<eap::PeapServer>(*tls_, random_, make_inner());
  if (type == eap::Type::Ttls && tls_)
    return std::make_unique<eap::TtlsServer>(*tls_, config_->mschap.get(), make_inner());
  return make_plain_method(type, type == eap::Type::Gtc ? user() : identity, eap::limits::tls_type_data_max);
}

eap::InnerServer LocalLogin::make_inner() {
  is_inside_ = true;
  return {{}, [this](eap::Type type, const std::string& identity) {
            return make_plain_method(type, identity, eap::limits::tls_inner_type_data_max);
          }};
}

std::unique_ptr<eap::ServerMethod> LocalLogin::make_plain_method(eap::Type type, const std::string& identity,
                                                                 std::size_t tls_type_data_max) {
  if (type == eap::Type::Gtc) return std::make_unique<eap::GtcServer>(identity);
  if (type == eap::Type::Tls && tls_)
    return std::make_unique<eap::TlsServer>(
        *tls_, [this](const auto& chain) { return judge(chain); }, identity, tls_type_data_max);
  if (type == eap::Type::MsChapV2 && config_->mschap)
    return std::make_unique<eap::MsChapV2Server>(*config_->mschap, random_,
                                                 eap::MsChapV2Server::Settings{.name = config_->name});
  return nullptr;
}

Result<crypto::TlsVerdict, crypto::TlsRefusal> LocalLogin::judge(const std::vector<crypto::Certificate>& chain) {
  shown_ = {ike::identity_of(chain.front()), chain};
  const ike::RevocationAnswer nothing_against_it;
  auto rule = admit_user(*config_, credentials_, *shown_, now_, &nothing_against_it);
  if (rule) {
    certificate_rule_ = *rule;
    return crypto::TlsVerdict::Believed;
  }
  certificate_refusal_ = std::move(rule).error();
  const auto& fault = certificate_refusal_->certificate;
  return Failure{
      crypto::TlsRefusal{fault ? fault->check : crypto::CertificateError::Check::Policy, certificate_refusal_->reason}};
}

}  // namespace agilevpn::gateway
