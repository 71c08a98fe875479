// IKE_AUTH of a stock client.
#include <algorithm>

#include "ike/configuration.h"
#include "ike/credentials.h"
#include "sim/stock/message.h"
#include "sim/stock/opening.h"
#include "sim/stock/signature.h"

namespace agilevpn::sim::stock {

namespace wire = ike::wire;
using crypto::SignatureScheme;
using wire::PayloadType;

namespace {

// RFC 7427 §3
std::optional<std::pair<SignatureScheme, ByteView>> read_digital_signature(ByteView data) {
  Reader in{data};
  const auto length = in.u8("ASN.1 Length");
  const auto identifier = length ? in.take(*length, "AlgorithmIdentifier") : Failure{DecodeError{}};
  const auto scheme = identifier ? crypto::scheme_of(*identifier) : std::nullopt;
  return scheme ? std::optional{std::pair{*scheme, in.rest()}} : std::nullopt;
}

bool knows_digital_signatures(const Kind& kind) {
  return std::ranges::find(kind.init, InitPart::SignatureHashes) != kind.init.end();
}

}  // namespace

wire::Identity Opening::own_identity() const {
  switch (kind_.id_i) {
    case OwnIdentity::Address: return {wire::IdType::Ipv4Addr, to_bytes(path_.local.address.bytes())};
    case OwnIdentity::Subject: return {wire::IdType::DerAsn1Dn, owner_.credentials.chain.front().subject_der()};
    case OwnIdentity::Typed: break;
  }
  return wire::Identity::parse(owner_.typed_identity.empty() ? owner_.user : owner_.typed_identity);
}

Bytes Opening::own_octets() const {
  return ike::signed_octets(channel_->prf(), init_request_, peer_nonce_, sk_pi_.view(), own_identity(), int_auth());
}

Bytes Opening::gateway_octets() const {
  return ike::signed_octets(channel_->prf(), init_response_, nonce_, sk_pr_.view(), id_r_, int_auth());
}

std::optional<wire::AuthPayload> Opening::own_proof() const {
  if (kind_.sign_in != SignIn::Certificate) return std::nullopt;
  return sign_as_of_old(*owner_.credentials.key, own_octets());
}

Bytes Opening::known_authority() const {
  const auto& anchors = owner_.credentials.anchors;
  return anchors.empty() ? Bytes{} : anchors.front().key_hash();
}

void Opening::start_auth(Instant now) {
  AuthInputs inputs{.id_i = own_identity(),
                    .id_r = wire::Identity::parse(owner_.gateway_name),
                    .certificates = {},
                    .auth = own_proof(),
                    .known_authority = known_authority(),
                    .former = former_,
                    .spi = spi_};
  if (inputs.auth)
    for (const auto& certificate : owner_.credentials.chain) inputs.certificates.push_back(certificate.der());
  ask_auth(now, auth_request(kind_, inputs), &Opening::handle_first_auth);
}

void Opening::ask(Instant now, wire::ExchangeType exchange, wire::Payloads payloads,
                  void (Opening::*then)(Instant, const wire::Payloads&)) {
  channel_->ask(now, exchange, std::move(payloads),
                [this, then](Instant later, const wire::Payloads& response) { (this->*then)(later, response); });
  while (auto datagram = channel_->poll_transmit()) out_.push_back({path_, *std::move(datagram)});
}

std::string Opening::check_signature(const wire::AuthPayload& auth, const crypto::PublicKey& key) const {
  const Bytes octets = gateway_octets();
  if (auth.method == wire::AuthMethod::DigitalSignature) {
    if (!knows_digital_signatures(kind_)) return "the gateway signs by RFC 7427, which was not offered (13801)";
    const auto read = read_digital_signature(auth.data);
    return read && key.verify(read->first, octets, read->second) ? "" : "the gateway's digital signature is wrong";
  }
  const std::string why = why_not_signed_as_of_old(auth, key, octets);
  return why.empty() ? "" : "the gateway does not sign as it should (13801): " + why;
}

// Empty: it is.
std::string Opening::why_not_believed(Instant now, const wire::Payloads& response) const {
  const auto* auth = wire::find<wire::AuthPayload>(response);
  std::vector<Bytes> chain;
  for (const wire::Payload& payload : response)
    if (const auto* cert = std::get_if<wire::CertPayload>(&payload.body)) chain.push_back(cert->data);
  if (!auth || chain.empty()) return "the gateway shows no certificate (13801)";
  const bool sent_id_r = std::ranges::find(kind_.auth, AuthPart::IdR) != kind_.auth.end();
  if (sent_id_r && id_r_ != wire::Identity::parse(owner_.gateway_name))
    return kind_.screen.gateway_not_believed + " (the gateway is not the one in IDr)";
  const auto key = ike::Credentials{crypto::Verifier{owner_.credentials.anchors, {}}}.verify(
      chain, {wire::Identity::parse(owner_.gateway_name)}, {.purpose = crypto::CertificateRules::Purpose::Gateway},
      ike::EapAuth{}, calendar(now));
  if (!key) return kind_.screen.gateway_not_believed + " (" + key.error().to_string() + ")";
  if (!kind_.takes_ecdsa && key->type() != crypto::KeyType::Rsa) return "the gateway's certificate is not RSA";
  if (key->type() == crypto::KeyType::Ed25519 || key->type() == crypto::KeyType::EcdsaP521)
    return "the gateway's key is of a type that is refused";
  return check_signature(*auth, *key);
}

void Opening::handle_first_auth(Instant now, const wire::Payloads& response) {
  const auto* id_r = wire::find<wire::IdPayload>(response, PayloadType::IdentificationResponder);
  if (!id_r) {
    const auto* error = wire::find_error(response);
    return give_up("the gateway refuses IKE_AUTH: " + (error ? wire::to_string(error->type) : "without a word"));
  }
  id_r_ = id_r->identity;
  if (auto why = why_not_believed(now, response); !why.empty()) return give_up(std::move(why));
  if (kind_.sign_in == SignIn::Certificate) return finish(now, response);
  start_eap(now, response);
}

void Opening::handle_final_auth(Instant now, const wire::Payloads& response) {
  const auto* auth = wire::find<wire::AuthPayload>(response);
  const Secret mac = ike::shared_key_auth(channel_->prf(), eap_key_r_.view(), gateway_octets());
  if (!auth || !equal(auth->data, mac.view())) {
    const auto* error = wire::find_error(response);
    return give_up(error ? "the gateway refuses IKE_AUTH: " + wire::to_string(error->type)
                         : "the gateway's last AUTH is wrong");
  }
  finish(now, response);
}

void Opening::finish(Instant, const wire::Payloads& response) {
  const auto* sa = wire::find<wire::SaPayload>(response);
  const auto* ts_i = wire::find<wire::TsPayload>(response, PayloadType::TrafficSelectorInitiator);
  const auto* ts_r = wire::find<wire::TsPayload>(response, PayloadType::TrafficSelectorResponder);
  const auto* reply = wire::find<wire::ConfigurationPayload>(response);
  if (!sa || !ts_i || !ts_r || !ike::is_valid_answer(kind_.esp, sa->proposals)) {
    const auto* error = wire::find_error(response);
    return give_up("the gateway makes no Child SA: " +
                   (error ? wire::to_string(error->type) : "its SA or TS make no sense"));
  }
  const auto suite = ike::esp_suite(sa->proposals.front());
  ike::Lease lease = reply ? ike::read_configuration_reply(*reply) : ike::Lease{};
  if (!suite || !lease.ipv4) return give_up("the gateway gives no inner IPv4 address");
  const ike::EspPath esp_path{path_, is_encapsulated_};
  auto keys = ike::derive_child_keys(*suite, channel_->prf(), channel_->sk_d(), {{}, nonce_, peer_nonce_});
  auto child = install({.id = {1},
                        .spi_inbound = spi_,
                        .spi_outbound = esp_spi(sa->proposals.front()),
                        .suite = *suite,
                        .ts_local = ts_i->selectors,
                        .ts_remote = ts_r->selectors},
                       std::move(keys), esp_path);
  const bool has_mobike = kind_.habits.has_mobike && wire::find_notify(response, wire::NotifyType::MobikeSupported);
  outcome_ = Opened{.channel = channel_,
                    .child = std::move(child),
                    .lease = std::move(lease),
                    .reply = *reply,
                    .path = esp_path,
                    .fragment_size = fragment_size_,
                    .is_behind_nat = is_behind_nat_,
                    .has_mobike = has_mobike};
}

}  // namespace agilevpn::sim::stock
