// EAP of a stock client, inside its IKE_AUTH: the methods are our own.
#include "eap/gtc_peer.h"
#include "eap/mschapv2_peer.h"
#include "eap/peap_peer.h"
#include "eap/tls_peer.h"
#include "eap/ttls_peer.h"
#include "ike/credentials.h"
#include "sim/stock/opening.h"

namespace agilevpn::sim::stock {

namespace wire = ike::wire;

namespace {

std::vector<eap::Type> methods_of(SignIn sign_in) {
  switch (sign_in) {
    case SignIn::MsChapV2: return {eap::Type::MsChapV2};
    case SignIn::EapTls: return {eap::Type::Tls};
    case SignIn::Certificate: return {};
    case SignIn::Peap: return {eap::Type::Peap};
    case SignIn::TtlsPap:
    case SignIn::TtlsMsChapV2:
    case SignIn::TtlsEap: return {eap::Type::Ttls};
    case SignIn::Gtc: return {eap::Type::Gtc};
    case SignIn::MsChapV2OrGtc: return {eap::Type::MsChapV2, eap::Type::Gtc};
  }
  return {};
}

eap::TtlsInside ttls_inside(SignIn sign_in) {
  if (sign_in == SignIn::TtlsPap) return eap::TtlsInside::Pap;
  return sign_in == SignIn::TtlsMsChapV2 ? eap::TtlsInside::MsChapV2 : eap::TtlsInside::Eap;
}

}  // namespace

void Opening::start_eap(Instant now, const wire::Payloads& response) {
  peer_.emplace(owner_.user, methods_of(kind_.sign_in), [this, now](eap::Type type) { return make_method(now, type); });
  handle_eap(now, response);
}

std::unique_ptr<eap::PeerMethod> Opening::make_method(Instant now, eap::Type type) {
  if (type == eap::Type::MsChapV2) return std::make_unique<eap::MsChapV2Peer>(*owner_.mschap, random_, owner_.user);
  if (type == eap::Type::Gtc) return std::make_unique<eap::GtcPeer>(owner_.user);
  auto context = crypto::TlsContext::make({.role = crypto::TlsRole::Client,
                                           .chain = owner_.credentials.chain,
                                           .key = owner_.credentials.key,
                                           .newest = crypto::TlsVersion::Tls12});
  if (!context) return nullptr;
  tls_ = *std::move(context);
  const auto believe = [this, now](const auto& chain) { return believe_login_server(now, chain); };
  if (type == eap::Type::Tls) return std::make_unique<eap::TlsPeer>(*tls_, believe, owner_.user);
  eap::InnerPeer inner{owner_.user,
                       methods_of(kind_.sign_in == SignIn::TtlsEap ? SignIn::MsChapV2OrGtc : SignIn::MsChapV2),
                       [this, now](eap::Type inside) { return make_method(now, inside); }};
  if (type == eap::Type::Ttls)
    return std::make_unique<eap::TtlsPeer>(*tls_, believe, ttls_inside(kind_.sign_in), owner_.mschap.get(), random_,
                                           std::move(inner));
  return std::make_unique<eap::PeapPeer>(
      *tls_, believe, random_, std::move(inner),
      kind_.needs_peap_binding ? eap::PeapBinding::Required : eap::PeapBinding::Accepted);
}

Result<crypto::TlsVerdict, crypto::TlsRefusal> Opening::believe_login_server(
    Instant now, const std::vector<crypto::Certificate>& chain) const {
  const std::string& expected = owner_.login_server.empty() ? owner_.gateway_name : owner_.login_server;
  const auto key = crypto::Verifier{owner_.credentials.anchors, {}}.verify(
      chain, *ike::certificate_name(wire::Identity::parse(expected)),
      {.purpose = crypto::CertificateRules::Purpose::Gateway}, calendar(now));
  if (!key) return Failure{crypto::TlsRefusal{key.error().check, key.error().to_string()}};
  return crypto::TlsVerdict::Believed;
}

void Opening::handle_eap(Instant now, const wire::Payloads& response) {
  const auto* eap = wire::find<wire::EapPayload>(response);
  if (!eap) return give_up("the gateway's IKE_AUTH has no EAP");
  const auto packet = eap::decode(eap->message);
  was_asked_for_identity_ |= packet && packet->type == eap::Type::Identity;
  if (kind_.needs_eap_identity && !was_asked_for_identity_)
    return give_up("the gateway does not ask for the EAP identity (13801)");
  advance(now, peer_->handle_packet(eap->message));
}

void Opening::advance(Instant now, eap::Peer::Step step) {
  if (std::holds_alternative<eap::Question>(step)) {
    const auto* asked = std::get_if<eap::AskPassword>(&std::get<eap::Question>(step));
    eap::Answer answer = asked && !asked->was_wrong ? eap::Answer{eap::Password{Secret{to_bytes(owner_.password)}}}
                                                    : eap::Answer{eap::Refused{"the user has no other password"}};
    return advance(now, peer_->handle_answer(std::move(answer)));
  }
  if (auto* send = std::get_if<eap::Peer::Send>(&step))
    return ask_auth(now, {wire::payload(wire::EapPayload{std::move(send->packet)})}, &Opening::handle_eap);
  if (const auto* ignored = std::get_if<eap::Peer::Ignored>(&step))
    return give_up("the gateway's EAP makes no sense: " + std::string{ignored->why});
  auto& outcome = std::get<eap::Peer::Finished>(step).outcome;
  if (!outcome.is_success) return give_up(kind_.screen.login_refused + " (" + outcome.reason + ")");
  const bool makes_key = !outcome.msk.empty();  // Else SK_pi and SK_pr stand in (RFC 7296 §2.16).
  eap_key_r_ = (makes_key ? outcome.msk : sk_pr_).copy();
  const Secret mac = ike::shared_key_auth(channel_->prf(), (makes_key ? outcome.msk : sk_pi_).view(), own_octets());
  ask_auth(now,
           {wire::payload(wire::AuthPayload{wire::AuthMethod::SharedKeyMessageIntegrityCode, to_bytes(mac.view())})},
           &Opening::handle_final_auth);
}

}  // namespace agilevpn::sim::stock
