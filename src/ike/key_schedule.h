// The keys of IKE and Child SAs (RFC 7296 §2.13 to §2.18). Pure functions.
#pragma once

#include <optional>

#include "base/secret.h"
#include "base/spi.h"
#include "crypto/prf.h"
#include "ike/proposals.h"

namespace agilevpn::ike {

struct IkeKeys {
  Secret sk_d, sk_ai, sk_ar, sk_ei, sk_er, sk_pi, sk_pr;
};

// SKEYSEED = prf(Ni | Nr, g^ir) (§2.14)
Secret first_skeyseed(const crypto::Prf& prf, ByteView n_i, ByteView n_r, ByteView g_ir);
// What a CREATE_CHILD_SA exchange gives for new keys: nonces and shared secrets.
struct KeySeed {
  ByteView g_ir;  // Empty without PFS.
  ByteView n_i;
  ByteView n_r;
  ByteView additional =
      {};  // The shared secrets of its IKE_FOLLOWUP_KE exchanges, one after another (RFC 9370 §2.2.4).
};
// SKEYSEED = prf(SK_d (old), g^ir (new) | Ni | Nr | SK(1) | ...), with the old IKE SA's PRF (§2.18). With IKE_SA_INIT's
// nonces, what an IKE_INTERMEDIATE exchange makes of its shared secret (RFC 9370 §2.2.2).
Secret rekeyed_skeyseed(const crypto::Prf& old_prf, ByteView old_sk_d, const KeySeed& seed);
// SKEYSEED = prf(SK_d (old), "Resumption" | Ni | Nr) (RFC 5723 §5.1)
Secret resumed_skeyseed(const crypto::Prf& prf, ByteView old_sk_d, ByteView n_i, ByteView n_r);
// {SK_d | SK_ai | SK_ar | SK_ei | SK_er | SK_pi | SK_pr} = prf+ (SKEYSEED, Ni | Nr | SPIi | SPIr) (§2.14).
// The suite must be one that PacketCipher::sizes() knows.
IkeKeys derive_ike_keys(const IkeSuite& suite, const crypto::Prf& prf, ByteView skeyseed, ByteView n_i, ByteView n_r,
                        IkeSpi spi_i, IkeSpi spi_r);

struct ChildKeys {  // _i: from the exchange's initiator to its responder.
  Secret encryption_i, integrity_i, encryption_r, integrity_r;
};
// KEYMAT = prf+(SK_d, [g^ir (new) |] Ni | Nr [| SK(1) | ...]) (§2.17)
ChildKeys derive_child_keys(const EspSuite& suite, const crypto::Prf& prf, ByteView sk_d, const KeySeed& seed);

// What AUTH signs: the sender's own first message, the other's nonce, prf(SK_p, its ID payload without header) (§2.15), and
// IntAuth after IKE_INTERMEDIATE exchanges (RFC 9242 §3.3.2).
Bytes signed_octets(const crypto::Prf& prf, ByteView first_message, ByteView peer_nonce, ByteView sk_p,
                    const wire::Identity& identity, ByteView int_auth = {});
// AUTH = prf(SK_p, signed octets) after IKE_SESSION_RESUME (RFC 5723 §4.3.3)
Secret resumed_auth(const crypto::Prf& prf, ByteView sk_p, ByteView octets);
// AUTH = prf(prf(Shared Secret, "Key Pad for IKEv2"), signed octets) (§2.15)
Secret shared_key_auth(const crypto::Prf& prf, ByteView shared_secret, ByteView octets);

}  // namespace agilevpn::ike
