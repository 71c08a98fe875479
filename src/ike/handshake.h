// What a session needs only until it is established: the working memory of IKE_SA_INIT, IKE_INTERMEDIATE and IKE_AUTH. Freed as a whole.
#pragma once

#include <optional>

#include "crypto/key_exchange.h"
#include "ike/ask.h"
#include "ike/endpoint.h"
#include "ike/message_cipher.h"

namespace agilevpn::ike {

// EAP within IKE_AUTH (RFC 7296 §2.16).
struct HandshakeEap {
  Bytes packet;  // The next to send.
  int rounds = 0;
  bool is_alone = false;  // The responder shows no AUTH of its own: the method must prove it (RFC 5998).
  std::optional<wire::Identity> proved_server;  // An initiator, then: whom it proved.
  bool has_succeeded = false;                   // What follows are the AUTH payloads that the method's key makes.
  std::string method;
  Secret key_i, key_r;  // For the initiator's AUTH, and for the responder's.
};

// Of IKE_SESSION_RESUME (RFC 5723): what the ticket says, to either side.
struct Resumption {
  wire::Identity id_i;
  wire::Identity id_r;
  wire::Identity peer;  // Whom the other one proved to be.
  std::string method;   // By what.
  // A responder's
  Bytes ticket;
  WallTime expires{};
  Bytes login;
  Bytes data;
};

struct Handshake {
  enum class Waiting : std::uint8_t { Nothing, PeerAccepted, Eap, Lease, Signature };

  Instant ends_by;  // A responder's: whatever happens meanwhile.

  // IKE_SA_INIT
  Bytes init_request;  // As sent or received: AUTH signs one of the two.
  Bytes init_response;
  Bytes n_i, n_r;
  std::optional<crypto::KeyExchange> key_exchange;
  Bytes peer_public_value;  // A responder computes the shared secret when IKE_AUTH comes, not at every IKE_SA_INIT.
  IkeSuite suite;
  std::vector<crypto::HashId> peer_hashes;  // SIGNATURE_HASH_ALGORITHMS (RFC 7427 §4).
  InitOffer offer;                          // The peer's.
  Bytes cookie;
  int retries = 0;  // Of IKE_SA_INIT, after COOKIE and INVALID_KE_PAYLOAD.
  struct Refusal {
    Instant believed_at;  // Anybody may have sent it: until then the peer's own answer counts (RFC 7296 §2.21.1).
    std::string detail;
  };
  std::optional<Refusal> refusal;  // An error notify in response to our IKE_SA_INIT.

  std::optional<Resumption> resumption;  // IKE_SESSION_RESUME was in place of IKE_SA_INIT.

  // IKE_INTERMEDIATE
  std::size_t additional_done = 0;  // How many of suite.additional are over.
  Secret int_auth_i, int_auth_r;    // Of the messages so far, the initiator's and the responder's (RFC 9242 §3.3.2).

  // IKE_AUTH
  Waiting waiting = Waiting::Nothing;
  Secret sk_pi, sk_pr;                    // The newest.
  std::optional<ConnectRequest> request;  // Initiator
  Proposals esp_offer;
  EspSpi spi_inbound;
  wire::Payloads auth_message;  // The peer's IKE_AUTH payloads; with EAP, of all its messages that are not EAP's.
  std::optional<HandshakeEap> eap;
  Path auth_path;                        // Where the IKE_AUTH request came from.
  std::string method;                    // How the peer proved itself, for people.
  std::optional<PeerAccepted> accepted;  // Responder
  std::vector<IkeSaId> spared;           // Responder, see Granted.
  std::optional<LocalAuth> own_auth;     // Responder
  std::optional<Lease> lease;
  std::optional<wire::AuthPayload> auth;  // Ours.
};

}  // namespace agilevpn::ike
