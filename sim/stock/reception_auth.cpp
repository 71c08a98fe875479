// IKE_AUTH at a stock gateway.
#include <algorithm>

#include "base/codec.h"
#include "eap/mschapv2_server.h"
#include "eap/peap_server.h"
#include "eap/tls_server.h"
#include "ike/configuration.h"
#include "ike/credentials.h"
#include "ike/narrowing.h"
#include "ike/wire/microsoft_status.h"
#include "sim/stock/reception.h"
#include "sim/stock/signature.h"

namespace agilevpn::sim::stock {

namespace wire = ike::wire;
using wire::NotifyType;
using wire::PayloadType;

namespace {

// What Windows says of itself in MS_STATUS (Winerror.h, Raserror.h). That a server sends these is a guess for each.
constexpr std::uint32_t authentication_failure = 691, server_policy = 812, auth_fail = 13801, invalid_payload = 13843,
                        policy_match = 13868;

const crypto::CertificateRules client_rules{.purpose = crypto::CertificateRules::Purpose::Client};

}  // namespace

wire::Payloads Reception::handle_auth(Instant now, const wire::Payloads& request) {
  const auto* auth = wire::find<wire::AuthPayload>(request);
  const auto* eap = wire::find<wire::EapPayload>(request);
  if (outcome_) return {wire::notify(NotifyType::InvalidSyntax)};
  if (first_.empty()) {
    first_ = request;
    return handle_first(now);
  }
  if (eap && authenticator_ && msk_.empty()) return advance(authenticator_->handle_packet(eap->message));
  if (auth && !msk_.empty()) return handle_final(*auth);
  return reject(invalid_payload, "the client's IKE_AUTH is not the one that is due");
}

wire::Payloads Reception::handle_first(Instant now) {
  const auto* id = wire::find<wire::IdPayload>(first_, PayloadType::IdentificationInitiator);
  const auto* sa = wire::find<wire::SaPayload>(first_);
  const bool is_whole = id && sa && wire::find<wire::TsPayload>(first_, PayloadType::TrafficSelectorInitiator) &&
                        wire::find<wire::TsPayload>(first_, PayloadType::TrafficSelectorResponder) &&
                        wire::find<wire::ConfigurationPayload>(first_);
  if (!is_whole) return reject(invalid_payload, "the client's first IKE_AUTH is not whole");
  if (!ike::choose(kind_.kind.esp, sa->proposals)) return reject(policy_match, "no ESP proposal of the client fits");
  id_i_ = id->identity;
  const auto* auth = wire::find<wire::AuthPayload>(first_);
  if (!auth) return start_eap(now);
  if (auto why = why_not_believed(now, *auth); !why.empty()) return reject(auth_fail, std::move(why));
  auto payloads = identify();
  std::ranges::move(grant(), std::back_inserter(payloads));
  return payloads;
}

wire::Payloads Reception::reject(std::uint32_t error, std::string why) {
  outcome_ = NotOpened{why + " (" + std::to_string(error) + ")"};
  return {wire::microsoft_status_notify(error)};
}

// ---- Who it is, and who they are

Bytes Reception::client_octets() const {
  return ike::signed_octets(channel_->prf(), init_request_, n_r_, sk_pi_.view(), id_i_);
}

Bytes Reception::own_octets() const {
  return ike::signed_octets(channel_->prf(), init_response_, n_i_, sk_pr_.view(), id_r_);
}

wire::Payloads Reception::identify() const {
  wire::Payloads payloads{wire::id_r(id_r_)};
  for (const auto& certificate : own_.chain)
    payloads.push_back(wire::payload(wire::CertPayload{wire::CertificateEncoding::X509Signature, certificate.der()}));
  payloads.push_back(wire::payload(*sign_as_of_old(*own_.key, own_octets())));
  return payloads;
}

// A machine by its certificate, whatever its IDi is of the certificate's names.
std::string Reception::why_not_believed(Instant now, const wire::AuthPayload& auth) const {
  std::vector<Bytes> chain;
  for (const wire::Payload& payload : first_)
    if (const auto* cert = std::get_if<wire::CertPayload>(&payload.body)) chain.push_back(cert->data);
  if (chain.empty()) return "the client shows no certificate";
  const auto key = own_.trust().verify(chain, {id_i_}, client_rules, ike::EapAuth{}, calendar(now));
  return key ? why_not_signed_as_of_old(auth, *key, client_octets()) : key.error().to_string();
}

// ---- EAP, which NPS does

wire::Payloads Reception::start_eap(Instant now) {
  if (kind_.methods.empty()) return reject(server_policy, "no user may log in by EAP");
  auto context = crypto::TlsContext::make({.role = crypto::TlsRole::Server,
                                           .chain = own_.chain,
                                           .key = own_.key,
                                           .authorities = own_.anchors,
                                           .newest = crypto::TlsVersion::Tls12});
  if (context) tls_ = *std::move(context);
  authenticator_.emplace(
      [this, now](eap::Type type, const std::string& identity) { return make_method(now, type, identity); });
  auto payloads = identify();
  std::ranges::move(advance(authenticator_->start()), std::back_inserter(payloads));
  return payloads;
}

std::unique_ptr<eap::ServerMethod> Reception::make_method(Instant now, eap::Type type, const std::string& identity) {
  if (type == eap::Type::MsChapV2) return std::make_unique<eap::MsChapV2Server>(*site_.mschap, random_);
  if (!tls_) return nullptr;
  if (type == eap::Type::Peap) {
    const auto inner = [this, now](eap::Type inside, const std::string& user) {
      return make_method(now, inside, user);
    };
    return std::make_unique<eap::PeapServer>(*tls_, random_, eap::InnerServer{kind_.inside_peap, inner});
  }
  const auto believe =
      [this, now](const std::vector<crypto::Certificate>& chain) -> Result<crypto::TlsVerdict, crypto::TlsRefusal> {
    const auto key =
        crypto::Verifier{own_.anchors, {}}.verify(chain, chain.front().names().front(), client_rules, calendar(now));
    if (!key) return Failure{crypto::TlsRefusal{key.error().check, key.error().to_string()}};
    return crypto::TlsVerdict::Believed;
  };
  return std::make_unique<eap::TlsServer>(*tls_, believe, identity);
}

eap::Answer Reception::answer(const eap::Question& question) const {
  if (std::holds_alternative<eap::ChooseMethods>(question)) return eap::OfferMethods{kind_.methods};
  const auto* find = std::get_if<eap::FindPassword>(&question);
  if (!find) return eap::Refused{"it asks for nothing else"};
  const auto kept = site_.passwords.find(find->user.substr(find->user.find('\\') + 1));  // Without the domain, if any.
  if (kept == site_.passwords.end()) return eap::Refused{"there is no user " + find->user};
  return eap::PasswordHash{*site_.mschap->nt_password_hash(Secret{to_bytes(kept->second)})};
}

wire::Payloads Reception::advance(eap::Authenticator::Step step) {
  while (const auto* question = std::get_if<eap::Question>(&step))
    step = authenticator_->handle_answer(answer(*question));
  if (auto* send = std::get_if<eap::Authenticator::Send>(&step))
    return {wire::payload(wire::EapPayload{std::move(send->packet)})};
  auto* finished = std::get_if<eap::Authenticator::Finished>(&step);
  if (!finished) return {wire::payload(wire::EapPayload{authenticator_->request()})};
  wire::Payloads payloads{wire::payload(wire::EapPayload{std::move(finished->packet)})};
  msk_ = std::move(finished->outcome.msk);
  if (finished->outcome.is_success) return payloads;
  const bool has_method = finished->outcome.cause != eap::FailureCause::MethodRefused;
  std::ranges::move(reject(has_method ? authentication_failure : server_policy, finished->outcome.reason),
                    std::back_inserter(payloads));
  return payloads;
}

wire::Payloads Reception::handle_final(const wire::AuthPayload& auth) {
  const auto expected = ike::shared_key_auth(channel_->prf(), msk_.view(), client_octets());
  if (!equal(auth.data, expected.view())) return reject(auth_fail, "the client's last AUTH is wrong");
  const auto own = ike::shared_key_auth(channel_->prf(), msk_.view(), own_octets());
  wire::Payloads payloads{
      wire::payload(wire::AuthPayload{wire::AuthMethod::SharedKeyMessageIntegrityCode, to_bytes(own.view())})};
  std::ranges::move(grant(), std::back_inserter(payloads));
  return payloads;
}

// ---- What they get

// Nothing that was not asked for.
wire::ConfigurationPayload Reception::configuration() const {
  const auto& asked = wire::find<wire::ConfigurationPayload>(first_)->attributes;
  auto reply = ike::configuration_reply(lease_);
  std::erase_if(reply.attributes, [&](const wire::ConfigurationAttribute& given) {
    return std::ranges::find(asked, given.type, &wire::ConfigurationAttribute::type) == asked.end();
  });
  return reply;
}

wire::Payloads Reception::grant() {
  auto chosen = *ike::choose(kind_.kind.esp, wire::find<wire::SaPayload>(first_)->proposals);
  const auto suite = *ike::esp_suite(chosen);
  const TrafficSelectors leased = ike::selectors_of(lease_);
  NewChild child{
      .id = {1},
      .spi_inbound = {static_cast<std::uint32_t>(random_.public_u64()) | 0x100},
      .spi_outbound = esp_spi(chosen),
      .suite = suite,
      .ts_local = ike::narrow(wire::find<wire::TsPayload>(first_, PayloadType::TrafficSelectorResponder)->selectors,
                              everything()),
      .ts_remote =
          ike::narrow(wire::find<wire::TsPayload>(first_, PayloadType::TrafficSelectorInitiator)->selectors, leased),
      .is_exchange_initiator = false};
  chosen.spi = Writer{}.u32(child.spi_inbound.value).take();
  auto reply = configuration();
  const bool has_mobike = wire::find_notify(first_, NotifyType::MobikeSupported) != nullptr;
  wire::Payloads payloads{wire::payload(reply), wire::payload(wire::SaPayload{{chosen}}), wire::ts_i(child.ts_remote),
                          wire::ts_r(child.ts_local)};
  if (has_mobike) payloads.push_back(wire::notify(NotifyType::MobikeSupported));
  const ike::EspPath esp_path{path_, nat_.is_local_behind_nat || nat_.is_peer_behind_nat};
  auto installed =
      install(child, ike::derive_child_keys(suite, channel_->prf(), channel_->sk_d(), {{}, n_i_, n_r_}), esp_path);
  installed.use_outbound = true;
  outcome_ = Opened{.side = Opened::Side::Gateway,
                    .channel = channel_,
                    .child = std::move(installed),
                    .lease = lease_,
                    .reply = std::move(reply),
                    .path = esp_path,
                    .fragment_size = fragment_size_,
                    .is_behind_nat = nat_.is_local_behind_nat,
                    .has_mobike = has_mobike,
                    .remote = leased};
  return payloads;
}

}  // namespace agilevpn::sim::stock
