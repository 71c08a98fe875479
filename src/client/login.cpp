#include "client/login.h"

#include <fmt/format.h>

#include <functional>

#include "base/check.h"
#include "eap/gtc_peer.h"
#include "eap/mschapv2_peer.h"
#include "eap/peap_peer.h"
#include "eap/tls_peer.h"
#include "eap/ttls_peer.h"

namespace agilevpn::client {

namespace {

// Who shows no certificate before is asked for nothing that it could guess the password with (RFC 5998 §4).
std::vector<eap::Type> allowed_methods(const Profile& profile) {
  std::vector<eap::Type> methods = profile.eap->methods;
  if (std::get<ike::EapAuth>(profile.auth).may_stand_alone) std::erase_if(methods, std::not_fn(eap::may_stand_alone));
  return methods;
}

}  // namespace

Login::Login(const Profile& profile, const ike::Credentials& credentials, Random& random, WallTime now)
    : profile_(profile),
      settings_(*profile.eap),
      credentials_(credentials),
      random_(random),
      now_(now),
      tls_(credentials.tls_context(crypto::TlsRole::Client, settings_.certificate)),
      peer_(settings_.anonymous.empty() ? settings_.user : settings_.anonymous, allowed_methods(profile),
            [this](eap::Type type) { return make_method(type); }) {}

Login::Step Login::handle_packet(ByteView packet) { return advance(peer_.handle_packet(packet)); }

Login::Step Login::handle_revocation(ike::RevocationAnswer answer) {
  revocation_ = std::move(answer);
  return advance(peer_.handle_answer(eap::ServerChecked{}));
}

Login::Step Login::handle_user(Secret answer) {
  is_typed_ = true;
  return advance(peer_.handle_answer(eap::Password{std::move(answer)}));
}

Login::Step Login::advance(eap::Peer::Step step) {
  while (const auto* question = std::get_if<eap::Question>(&step)) {
    if (std::holds_alternative<eap::CheckServer>(*question)) return ike::RevocationAsk{{}, server(), shown_};
    const auto* wanted = std::get_if<eap::AskPassword>(question);
    CHECK(wanted);  // A peer has no other question.
    auto answered = answer(*wanted);
    if (auto* ask = std::get_if<AskUser>(&answered)) return std::move(*ask);
    step = std::move(*std::get_if<eap::Peer::Step>(&answered));
  }
  if (auto* send = std::get_if<eap::Peer::Send>(&step)) return ike::EapReply{std::move(send->packet)};
  if (auto* finished = std::get_if<eap::Peer::Finished>(&step)) return conclude(std::move(finished->outcome));
  return ike::Refused{
      .reason = fmt::format("the gateway's EAP packet makes no sense: {}", std::get<eap::Peer::Ignored>(step).why)};
}

std::variant<eap::Peer::Step, Login::AskUser> Login::answer(const eap::AskPassword& question) {
  was_password_refused_ |= question.was_wrong;
  if (question.was_wrong && !is_typed_)
    return peer_.handle_answer(eap::Refused{fmt::format("the password of {} is wrong", settings_.user)});
  if (is_typed_ || was_password_given_ || settings_.password.empty()) return AskUser{prompt_for(question)};
  was_password_given_ = true;
  return peer_.handle_answer(eap::Password{settings_.password.copy()});
}

std::string Login::prompt_for(const eap::AskPassword& question) const {
  const std::string wanted = fmt::format("password of {}:", settings_.user);
  if (question.was_wrong) return "that is wrong; " + wanted;
  return question.prompt.empty() ? wanted : question.prompt;
}

ike::Answer Login::conclude(eap::Outcome outcome) const {
  if (outcome.is_success)
    return ike::EapSucceeded{.method = eap::to_string(peer_.method()),
                             .msk = std::move(outcome.msk),
                             .proves_server = outcome.proves_server,
                             .server = server()};
  std::string why = outcome.error_for_user.empty() ? outcome.reason : outcome.error_for_user;
  if (!peer_.notification().empty()) why += fmt::format("; the gateway says: {}", peer_.notification());
  return ike::Refused{.reason = std::move(why), .by_peer = was_password_refused_};
}

std::unique_ptr<eap::PeerMethod> Login::make_method(eap::Type type) {
  if (type == eap::Type::Peap && tls_) return std::make_unique<eap::PeapPeer>(*tls_, judging(), random_, make_inner());
  if (type == eap::Type::Ttls && tls_)
    return std::make_unique<eap::TtlsPeer>(*tls_, judging(), settings_.ttls_inside, settings_.mschap.get(), random_,
                                           make_inner());
  return make_plain_method(type, eap::limits::tls_type_data_max);
}

eap::InnerPeer Login::make_inner() {
  return {settings_.user, settings_.eap_inside,
          [this](eap::Type type) { return make_plain_method(type, eap::limits::tls_inner_type_data_max); }};
}

crypto::VerifyCertificates Login::judging() {
  return [this](const auto& chain) { return judge(chain); };
}

ike::wire::Identity Login::server() const { return settings_.server.value_or(profile_.expected_gateway()); }

// What the owner must find out it is asked only about a server that is good in all else.
Result<crypto::TlsVerdict, crypto::TlsRefusal> Login::judge(const std::vector<crypto::Certificate>& chain) {
  std::vector<Bytes> shown;
  for (const crypto::Certificate& certificate : chain) shown.push_back(certificate.der());
  if (shown != shown_) revocation_.reset();
  shown_ = std::move(shown);
  const ike::LocalAuth own =
      settings_.certificate ? ike::LocalAuth{*settings_.certificate} : ike::LocalAuth{ike::EapAuth{}};
  const ike::RevocationAnswer known = revocation_.value_or(ike::RevocationAnswer{});
  const auto believed = believe(profile_, credentials_, shown_, {server()}, own, now_, &known);
  if (!believed) {
    disbelief_ = believed.error();
    disbelief_->is_inside_eap = true;
    return Failure{crypto::TlsRefusal{disbelief_->certificate->check, disbelief_->reason}};
  }
  const bool must_ask = profile_.revocation != ike::Revocation::Off && !revocation_;
  return must_ask ? crypto::TlsVerdict::Undecided : crypto::TlsVerdict::Believed;
}

std::unique_ptr<eap::PeerMethod> Login::make_plain_method(eap::Type type, std::size_t tls_type_data_max) {
  if (type == eap::Type::Gtc) return std::make_unique<eap::GtcPeer>(settings_.user);
  if (type == eap::Type::Tls && tls_ && settings_.certificate)
    return std::make_unique<eap::TlsPeer>(*tls_, judging(), settings_.user, tls_type_data_max);
  if (type == eap::Type::MsChapV2 && settings_.mschap)
    return std::make_unique<eap::MsChapV2Peer>(*settings_.mschap, random_, settings_.user);
  return nullptr;
}

}  // namespace agilevpn::client
