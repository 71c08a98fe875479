#include "ike/auth.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.h"
#include "base/codec.h"
#include "ike/auth_roles.h"
#include "ike/handshake.h"
#include "ike/intermediate.h"
#include "ike/mobike.h"

namespace agilevpn::ike {

namespace {

using crypto::HashId;
using crypto::SignatureScheme;
using wire::AuthMethod;
using Kind = crypto::SignatureScheme::Kind;

// The older AUTH methods name key and hash at once (RFC 7296 §3.8, RFC 4754 §3).
struct OldMethod {
  AuthMethod method;
  crypto::KeyType key;
  SignatureScheme scheme;
};
constexpr OldMethod old_methods[] = {
    {AuthMethod::RsaDigitalSignature, crypto::KeyType::Rsa, {Kind::RsaPkcs1, HashId::Sha1}},
    {AuthMethod::EcdsaSha256P256, crypto::KeyType::EcdsaP256, {Kind::EcdsaRaw, HashId::Sha2_256}},
    {AuthMethod::EcdsaSha384P384, crypto::KeyType::EcdsaP384, {Kind::EcdsaRaw, HashId::Sha2_384}},
    {AuthMethod::EcdsaSha512P521, crypto::KeyType::EcdsaP521, {Kind::EcdsaRaw, HashId::Sha2_512}},
};

const OldMethod* old_method_of(crypto::KeyType key) {
  const auto* found = std::ranges::find(old_methods, key, &OldMethod::key);
  return found == std::end(old_methods) ? nullptr : found;
}

bool takes_sha1(const Session& session) {
  const auto& request = session.handshake->request;
  return request ? request->policy.sha1_signatures : session.context.config.policy.sha1_signatures;
}

// What we sign with: RFC 7427 if the peer knows it and a hash fits, else the old method of the key.
std::optional<SignatureScheme> scheme_for(const Session& session, const CertificateAuth& auth) {
  if (const auto scheme = crypto::choose_scheme(auth.key_type, auth.key_bits, session.handshake->peer_hashes))
    return scheme;
  const OldMethod* old = old_method_of(auth.key_type);
  if (!old || (old->scheme.hash == HashId::Sha1 && !takes_sha1(session))) return std::nullopt;
  return old->scheme;
}

Bytes own_octets(const Session& session) {
  const Handshake& handshake = *session.handshake;
  const bool is_initiator = session.is_initiator;
  return signed_octets(*session.current().prf, is_initiator ? handshake.init_request : handshake.init_response,
                       is_initiator ? handshake.n_r : handshake.n_i,
                       is_initiator ? handshake.sk_pi.view() : handshake.sk_pr.view(), session.local,
                       int_auth(handshake));
}

Bytes peer_octets(const Session& session) {
  const Handshake& handshake = *session.handshake;
  const bool is_initiator = session.is_initiator;
  return signed_octets(*session.current().prf, is_initiator ? handshake.init_response : handshake.init_request,
                       is_initiator ? handshake.n_i : handshake.n_r,
                       is_initiator ? handshake.sk_pr.view() : handshake.sk_pi.view(), session.peer,
                       int_auth(handshake));
}

struct ReadAuth {
  SignatureScheme scheme;
  ByteView signature;
};

// RFC 7427 §3: one octet of length, the AlgorithmIdentifier, the signature.
std::optional<ReadAuth> read_digital_signature(const wire::AuthPayload& auth) {
  Reader in{auth.data};
  const auto length = in.u8("ASN.1 Length");
  if (!length) return std::nullopt;
  const auto identifier = in.take(*length, "AlgorithmIdentifier");
  if (!identifier) return std::nullopt;
  const auto scheme = crypto::scheme_of(*identifier);
  if (!scheme || scheme->hash == HashId::Sha1) return std::nullopt;  // We did not offer SHA-1 (RFC 7427 §4).
  return ReadAuth{*scheme, in.rest()};
}

// The hash of a signature by method 1, which does not say it; SHA-1 is the RFC's default, SHA-2 is met.
std::optional<HashId> rsa_hash(const crypto::PublicKey& key, ByteView octets, ByteView signature) {
  for (const HashId hash : {HashId::Sha2_256, HashId::Sha2_384, HashId::Sha2_512, HashId::Sha1})
    if (key.verify({Kind::RsaPkcs1, hash}, octets, signature)) return hash;
  return std::nullopt;
}

Failure<AuthFailure> wrong(AuthFault fault, std::string reason) {
  return Failure{AuthFailure{fault, std::move(reason)}};
}

Result<std::string, AuthFailure> verify_signature(const Session& session, const wire::AuthPayload& auth,
                                                  const crypto::PublicKey& key) {
  const Bytes octets = peer_octets(session);
  if (auth.method == AuthMethod::DigitalSignature) {
    const auto read = read_digital_signature(auth);
    if (!read)
      return wrong(AuthFault::UnknownAlgorithm, "its digital signature names an algorithm that we do not take");
    if (!key.verify(read->scheme, octets, read->signature))
      return wrong(AuthFault::WrongSignature, fmt::format("its {} signature does not verify with the certificate's key",
                                                          crypto::to_string(read->scheme)));
    return fmt::format("digital signature, {}", crypto::to_string(read->scheme));
  }
  const auto* old = std::ranges::find(old_methods, auth.method, &OldMethod::method);
  if (old == std::end(old_methods))
    return wrong(AuthFault::WrongMethod, fmt::format("it uses AUTH method {}", wire::to_string(auth.method)));
  const bool is_rsa = old->key == crypto::KeyType::Rsa;
  const auto hash = is_rsa ? rsa_hash(key, octets, auth.data) : std::nullopt;
  if (hash == HashId::Sha1 && !takes_sha1(session))
    return wrong(AuthFault::BrokenHash, "it signs with SHA-1, which is broken; policy \"compatible\" takes it");
  const bool is_right = is_rsa ? hash.has_value() : key.verify(old->scheme, octets, auth.data);
  if (!is_right)
    return wrong(AuthFault::WrongSignature,
                 fmt::format("its {} does not verify with the certificate's key", wire::to_string(auth.method)));
  return wire::to_string(auth.method);
}

}  // namespace

std::optional<wire::AuthPayload> prove(Session& session, const LocalAuth& auth) {
  const Bytes octets = own_octets(session);
  const Handshake& handshake = *session.handshake;
  if (handshake.resumption) {
    const Secret mac =
        resumed_auth(*session.current().prf, (session.is_initiator ? handshake.sk_pi : handshake.sk_pr).view(), octets);
    return wire::AuthPayload{AuthMethod::SharedKeyMessageIntegrityCode, to_bytes(mac.view())};
  }
  if (const auto* psk = std::get_if<PskAuth>(&auth)) {
    const Secret mac = shared_key_auth(*session.current().prf, psk->psk.view(), octets);
    return wire::AuthPayload{AuthMethod::SharedKeyMessageIntegrityCode, to_bytes(mac.view())};
  }
  const auto& certificate = std::get<CertificateAuth>(auth);
  const auto scheme = scheme_for(session, certificate);
  if (!scheme) {
    const std::string why = fmt::format("our {} key has no signature algorithm that the peer and our policy take",
                                        crypto::to_string(certificate.key_type));
    session.emit(ExchangeRefused{session.id, wire::ExchangeType::IkeAuth, wire::NotifyType::AuthenticationFailed, false,
                                 why, AuthFault::NoAlgorithm});
    session.finish(IkeSaClosed::Reason::AuthenticationFailed, why);
    return std::nullopt;
  }
  session.handshake->waiting = Handshake::Waiting::Signature;
  session.ask(Sign{session.id, certificate.key, *scheme, octets});
  return std::nullopt;
}

wire::AuthPayload auth_payload(const Session& session, const CertificateAuth& auth, Bytes signature) {
  const auto scheme = scheme_for(session, auth);
  CHECK(scheme.has_value());
  const OldMethod* old = old_method_of(auth.key_type);
  if (old && old->scheme == *scheme) return {old->method, std::move(signature)};
  const ByteView identifier = crypto::algorithm_identifier(*scheme);
  Writer out;
  out.u8(static_cast<std::uint8_t>(identifier.size())).bytes(identifier).bytes(signature);
  return {AuthMethod::DigitalSignature, std::move(out).take()};
}

Result<std::string, AuthFailure> verify_resumed(const Session& session, const wire::AuthPayload& auth) {
  const Handshake& handshake = *session.handshake;
  const auto& sk_p = session.is_initiator ? handshake.sk_pr : handshake.sk_pi;
  const Secret expected = resumed_auth(*session.current().prf, sk_p.view(), peer_octets(session));
  const bool is_right =
      auth.method == AuthMethod::SharedKeyMessageIntegrityCode && equal_in_constant_time(expected.view(), auth.data);
  if (!is_right) return wrong(AuthFault::WrongSharedKey, "its AUTH does not fit the session that it resumes");
  return fmt::format("a ticket, without a new login; it logged in by {}", handshake.resumption->method);
}

Result<std::string, AuthFailure> verify_peer(const Session& session, const wire::AuthPayload& auth,
                                             const PeerAccepted& accepted) {
  if (session.handshake->resumption) return verify_resumed(session, auth);
  if (const auto* key = std::get_if<crypto::PublicKey>(&accepted.key)) return verify_signature(session, auth, *key);
  if (auth.method != AuthMethod::SharedKeyMessageIntegrityCode)
    return wrong(AuthFault::WrongMethod,
                 fmt::format("it uses {}, a shared key was expected", wire::to_string(auth.method)));
  const Secret expected =
      shared_key_auth(*session.current().prf, std::get<Secret>(accepted.key).view(), peer_octets(session));
  const auto& eap = session.handshake->eap;
  if (!equal_in_constant_time(expected.view(), auth.data))
    return wrong(AuthFault::WrongSharedKey,
                 eap ? fmt::format("its AUTH does not fit the key that {} made", eap->method)
                     : fmt::format("the pre-shared keys differ: it says that it is {}", session.peer.to_string()));
  return eap ? eap->method : "shared key";
}

AuthenticatePeer peer_question(const Session& session, const wire::Payloads& payloads, const wire::Identity& peer) {
  AuthenticatePeer question{
      .ike_sa = session.id, .is_initiator = session.is_initiator, .path = session.path, .peer = peer};
  const auto* auth = wire::find<wire::AuthPayload>(payloads);
  question.uses_certificate = auth && auth->method != AuthMethod::SharedKeyMessageIntegrityCode;
  question.uses_eap = !auth;
  question.takes_eap_alone = wire::find_notify(payloads, wire::NotifyType::EapOnlyAuthentication) != nullptr;
  for (const wire::Payload& payload : payloads) {
    if (const auto* cert = std::get_if<wire::CertPayload>(&payload.body);
        cert && cert->encoding == wire::CertificateEncoding::X509Signature)
      question.certificates.push_back(cert->data);
    if (const auto* request = std::get_if<wire::CertRequestPayload>(&payload.body))
      for (ByteView rest = request->authorities; rest.size() >= 20; rest = rest.subspan(20))
        question.requested_authorities.push_back(to_bytes(rest.first(20)));
  }
  return question;
}

wire::Payloads certificate_payloads(const LocalAuth& auth) {
  wire::Payloads payloads;
  if (const auto* certificate = std::get_if<CertificateAuth>(&auth))
    for (const Bytes& der : certificate->chain)
      payloads.push_back(wire::payload(wire::CertPayload{wire::CertificateEncoding::X509Signature, der}));
  return payloads;
}

wire::Payload certificate_request(const std::vector<Bytes>& authorities) {
  Bytes hashes;
  for (const Bytes& hash : authorities) append(hashes, hash);
  return wire::payload(wire::CertRequestPayload{wire::CertificateEncoding::X509Signature, std::move(hashes)});
}

void add_mobike(const Session& session, wire::Payloads& payloads, const std::vector<IpAddress>& additional) {
  if (!session.settings().mobike) return;
  payloads.push_back(wire::notify(wire::NotifyType::MobikeSupported));
  add_additional_addresses(session, payloads, additional, session.path.local.address);
}

void read_mobike(Session& session, const wire::Payloads& payloads) {
  session.is_mobike = session.settings().mobike && wire::find_notify(payloads, wire::NotifyType::MobikeSupported);
  if (session.is_mobike) read_additional_addresses(session, payloads);
}

void handle_auth_answer(Session& session, Instant now, Answer answer) {
  if (!session.handshake || session.phase != Session::Phase::Auth) return;
  using Waiting = Handshake::Waiting;
  const Waiting waiting = std::exchange(session.handshake->waiting, Waiting::Nothing);
  const bool is_eap = std::holds_alternative<EapReply>(answer) || std::holds_alternative<EapSucceeded>(answer);
  const bool fits = std::holds_alternative<Refused>(answer) ||
                    (waiting == Waiting::PeerAccepted &&
                     (std::holds_alternative<PeerAccepted>(answer) || std::holds_alternative<EapStarted>(answer))) ||
                    (waiting == Waiting::Eap && is_eap) ||
                    (waiting == Waiting::Lease && std::holds_alternative<Granted>(answer)) ||
                    (waiting == Waiting::Signature && std::holds_alternative<Signature>(answer));
  CHECK(fits);  // The owner answered another question.
  if (session.is_initiator) return handle_initiator_answer(session, now, std::move(answer));
  handle_responder_answer(session, now, std::move(answer));
}

void establish(Session& session, Instant now, const std::string& method) {
  IkeSa& ike_sa = session.current();
  session.phase = Session::Phase::Established;
  session.established = now;
  session.expires_at.reset();
  session.schedule_ike_rekey(now, ike_sa);
  const auto& resumption = session.handshake->resumption;
  session.is_resumed = resumption.has_value();
  session.method = resumption ? resumption->method : method;
  session.emit(PeerAuthenticated{session.id, session.peer, method});
  if (session.product.kind != PeerKind::Unknown)
    session.emit(PeerRecognized{session.id, session.product, session.quirks});
  session.emit(IkeSaEstablished{.ike_sa = session.id,
                                .is_initiator = session.is_initiator,
                                .spi_i = ike_sa.spi_i,
                                .spi_r = ike_sa.spi_r,
                                .local = session.local,
                                .peer = session.peer,
                                .path = session.path,
                                .suite = ike_sa.suite.to_string(),
                                .is_mobike = session.is_mobike,
                                .is_resumed = session.is_resumed});
  if (session.lease) session.emit(AddressesAssigned{session.id, *session.lease});
}

}  // namespace agilevpn::ike
