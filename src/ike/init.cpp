#include "ike/init.h"

#include "base/check.h"
#include "base/codec.h"
#include "crypto/packet_cipher.h"
#include "ike/handshake.h"
#include "ike/init_roles.h"
#include "ike/ke.h"
#include "ike/key_log.h"

namespace agilevpn::ike {

using wire::NotifyType;

namespace {

// The hash functions that we verify signatures with (RFC 7427 §4, RFC 8420 §2).
Bytes signature_hashes() {
  Writer out;
  for (const auto id :
       {crypto::HashId::Sha2_256, crypto::HashId::Sha2_384, crypto::HashId::Sha2_512, crypto::HashId::Identity})
    out.u16(static_cast<std::uint16_t>(id));
  return out.take();
}

std::vector<crypto::HashId> read_signature_hashes(const wire::Payloads& payloads) {
  std::vector<crypto::HashId> hashes;
  const auto* notify = wire::find_notify(payloads, NotifyType::SignatureHashAlgorithms);
  if (!notify) return hashes;
  Reader in{notify->data};
  while (in.remaining() >= 2) hashes.push_back(crypto::HashId{*in.u16("Hash Algorithm")});
  return hashes;
}

}  // namespace

void add_capabilities(const Session& session, wire::Payloads& payloads) {
  if (session.settings().fragmentation) payloads.push_back(wire::notify(NotifyType::Ikev2FragmentationSupported));
  payloads.push_back(wire::notify(NotifyType::SignatureHashAlgorithms, signature_hashes()));
  payloads.push_back(wire::payload(wire::VendorIdPayload{own_vendor_id()}));
}

void read_capabilities(Session& session, const wire::Payloads& payloads) {
  session.peer_fragments = wire::find_notify(payloads, NotifyType::Ikev2FragmentationSupported) != nullptr;
  session.handshake->peer_hashes = read_signature_hashes(payloads);
}

bool derive_keys(Session& session, IkeSa& ike_sa) {
  Handshake& handshake = *session.handshake;
  const auto prf = crypto::Prf::find(handshake.suite.prf);
  CHECK(prf.has_value());
  const auto shared = handshake.key_exchange->shared_secret(handshake.peer_public_value);
  if (!shared) return false;
  take_keys(session, ike_sa, first_skeyseed(*prf, handshake.n_i, handshake.n_r, shared->view()));
  handshake.key_exchange.reset();
  return true;
}

bool can_compute(const wire::Proposal& chosen) {
  const auto suite = ike_suite(chosen);
  return suite && crypto::Prf::find(suite->prf) && crypto::PacketCipher::sizes(suite->cipher) &&
         crypto::KeyExchange::is_supported(suite->key_exchange) && can_exchange(suite->additional);
}

bool knows_intermediate(const wire::Payloads& payloads) {
  return wire::find_notify(payloads, NotifyType::IntermediateExchangeSupported) != nullptr;
}

InitOffer read_offer(const wire::Payloads& request) {
  InitOffer offer;
  if (const auto* sa = wire::find<wire::SaPayload>(request)) offer.proposals = sa->proposals;
  if (const auto* ke = wire::find<wire::KePayload>(request)) offer.key_exchange = ke->method;
  for (const wire::Payload& payload : request) {
    if (const auto* notify = std::get_if<wire::NotifyPayload>(&payload.body)) offer.notifies.push_back(notify->type);
    if (const auto* vendor = std::get_if<wire::VendorIdPayload>(&payload.body)) offer.vendor_ids.push_back(vendor->id);
  }
  return offer;
}

bool prepare_keys(Session& session, IkeSa& ike_sa) {
  if (ike_sa.cipher) return true;
  if (session.is_initiator || session.phase != Session::Phase::Auth) return false;
  if (derive_keys(session, ike_sa)) return true;
  session.finish(IkeSaClosed::Reason::Refused, std::string{refused_key_exchange_value});
  return false;
}

void take_keys(Session& session, IkeSa& ike_sa, const Secret& skeyseed) {
  Handshake& handshake = *session.handshake;
  const auto prf = crypto::Prf::find(handshake.suite.prf);
  CHECK(prf.has_value());
  IkeKeys keys =
      derive_ike_keys(handshake.suite, *prf, skeyseed.view(), handshake.n_i, handshake.n_r, ike_sa.spi_i, ike_sa.spi_r);
  handshake.sk_pi = std::move(keys.sk_pi);
  handshake.sk_pr = std::move(keys.sk_pr);
  ike_sa.set_keys(handshake.suite, *prf, keys);
  if (session.context.config.logs_keys) log_ike_keys(session.context, ike_sa);
}

}  // namespace agilevpn::ike
