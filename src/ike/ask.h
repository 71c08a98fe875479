// Questions that the engine puts to its owner, and the answers (docs/architecture.md, "Asks"). What may take time or needs
// trust, secrets or a store is an Ask: the engine goes on with everything else until the answer comes. The engine holds no
// private key, no trust anchor and no address pool.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/time.h"
#include "crypto/signature.h"
#include "ike/lease.h"
#include "ike/policy.h"
#include "ike/sa_change.h"
#include "ike/wire/message.h"

namespace agilevpn::ike {

struct AskId {
  std::uint64_t value = 0;
  friend auto operator<=>(const AskId&, const AskId&) = default;
};

// How we prove who we are.
struct CertificateAuth {
  std::vector<Bytes> chain;  // DER, our own first; sent in this order. Without the trust anchor.
  std::string key;           // A name for the private key that whoever answers Sign understands.
  crypto::KeyType key_type = crypto::KeyType::Other;
  unsigned key_bits = 0;
  Bytes spki;  // Of our own certificate: SubjectPublicKeyInfo, DER.
};
struct PskAuth {
  Secret psk;
};
struct EapAuth {
  bool may_stand_alone = false;  // Offer EAP_ONLY_AUTHENTICATION: the method alone may prove the peer too (RFC 5998).
};
using LocalAuth = std::variant<CertificateAuth, PskAuth, EapAuth>;

// ---- Is this the peer it says it is, and what may it have?
// Answered by PeerAccepted or Refused; for a peer that wants EAP by EapStarted or Refused.
struct ResumedLogin {   // What a ticket says of it (RFC 5723). `login` and `data` are the owner's own, of TicketTerms.
  wire::Identity peer;  // Whom it proved to be.
  std::string method;   // By what.
  Bytes login;
  Bytes data;
};
struct AuthenticatePeer {
  IkeSaId ike_sa;
  bool is_initiator = false;  // Whether we are.
  Path path;
  wire::Identity peer;                            // Claimed, not yet proved.
  std::optional<wire::Identity> requested_local;  // IDr of an initiator that names whom it wants to reach.
  bool uses_certificate = false;                  // From the AUTH method; else a pre-shared key, or EAP.
  bool uses_eap = false;                          // It sent no AUTH (RFC 7296 §2.16).
  bool takes_eap_alone = false;                   // It sent EAP_ONLY_AUTHENTICATION.
  std::vector<Bytes> certificates;                // DER, the peer's own first.
  std::optional<ResumedLogin>
      resumed;  // Of a responder: it proved itself before, and resumes that. PeerAccepted's key and auth are not read.
  std::vector<Bytes> requested_authorities;  // SHA-1 key hashes from CERTREQ.
};
struct PeerAccepted {
  std::variant<crypto::PublicKey, Secret> key;  // Which verifies the peer's AUTH payload: its public key, or the PSK.
  std::optional<wire::Identity> peer;           // Whom it proves to be, where that is not whom it claimed.
  // The rest is for a responder; an initiator said it in its ConnectRequest.
  wire::Identity local;
  std::optional<LocalAuth> auth;
  std::vector<wire::Proposal> esp;  // What its Child SA may use, most wanted first.
  TrafficSelectors ts_local;        // What we let it reach; narrowed to what it asks for (RFC 7296 §2.9).
  TrafficSelectors ts_remote;       // What may stand behind it besides its leased addresses: a branch's subnets.
  bool replaces_older_sessions =
      false;  // Close other sessions of the same identity (INITIAL_CONTACT is honoured anyhow).
};

// ---- EAP (RFC 7296 §2.16): the engine carries its packets, the methods are the owner's. Each packet of the peer is a
// question: a responder is given Responses, an initiator Requests and the Success or Failure.
struct EapStarted {
  Bytes packet;  // The first Request.
  wire::Identity local;
  std::optional<LocalAuth>
      auth;  // Ours; without one the method alone proves us, which the peer must have offered (RFC 5998).
};
struct ContinueEap {  // Answered by EapReply, EapSucceeded or Refused.
  IkeSaId ike_sa;
  Bytes packet;
};
struct EapReply {
  Bytes packet;
  bool asks_person =
      false;  // Of a responder, to who has proved something already: an answer may take as long as people do.
  std::optional<Duration> patience = {};  // Of a responder: how long its answer may take, in place of that.
};
struct EapSucceeded {
  Bytes packet;                          // A responder's EAP-Success. An initiator says nothing more by EAP.
  std::string method;                    // "EAP-MSCHAPv2", for people.
  Secret msk;                            // Both AUTH payloads are made with it; empty: with SK_pi and SK_pr.
  bool proves_server = false;            // The method proves who the responder is as well.
  std::optional<wire::Identity> server;  // To an initiator, then: who that is. Counts where nothing else proved it.
  std::optional<PeerAccepted> accepted;  // Of a responder; its key and auth are not read.
};

// ---- Sign these octets for our AUTH payload. Answered by Signature or Refused.
struct Sign {
  IkeSaId ike_sa;
  std::string key;  // CertificateAuth::key
  crypto::SignatureScheme scheme;
  Bytes octets;
};
struct Signature {
  Bytes signature;
};

// ---- What does this authenticated peer get? Asked about each, also about one that wants no addresses. Answered by Granted or
// Refused. The lease is the session's until its IkeSaClosed event.
struct AssignAddresses {
  IkeSaId ike_sa;
  wire::Identity peer;
  bool wants_ipv4 = false;  // From its CFG_REQUEST.
  bool wants_ipv6 = false;
  std::optional<IpAddress> wished_ipv4;  // The address it had before, if it says one.
  std::optional<IpAddress> wished_ipv6;
  bool wants_nbns = false;  // And of what Windows asks for.
  bool wants_servers = false;
  bool replaces_older_sessions =
      false;  // Other sessions of this peer end with this one: INITIAL_CONTACT, or as PeerAccepted said.
};

// What a responder's owner wants back if the session is resumed (RFC 5723), sealed in the ticket. A client that has several
// sessions of one login is where the newest is: the older ones end.
struct TicketTerms {
  Bytes login;  // Which login the session goes back to, however often it was resumed: unlike any other.
  Bytes data;
  Instant until;  // No ticket lasts longer.
};

struct Granted {
  Lease lease;                             // Told to a peer that sent a CFG_REQUEST.
  TrafficSelectors ts_local;               // What it may reach, in place of PeerAccepted's. Empty: as that said.
  TrafficSelectors ts_remote = {};         // What may stand behind it, besides PeerAccepted's.
  std::optional<TicketTerms> ticket = {};  // None: it is given no tickets.
  std::vector<IkeSaId> spared = {};        // Of the peer's older sessions, which are to be replaced: these stay.
};

// The answer "no", or "it failed". `notify` tells the peer; `reason` tells the operator.
struct Refused {
  wire::NotifyType notify = wire::NotifyType::AuthenticationFailed;
  std::string reason;
  Bytes eap_failure;       // Sent in place of the notify, if there is one.
  bool by_peer = false;    // It said so itself within EAP: a wrong password.
  bool is_proved = false;  // It is whom it says, and may not come in: now, from here, or at all.
};

struct Ask {
  AskId id;
  std::variant<AuthenticatePeer, ContinueEap, Sign, AssignAddresses> question;
};
using Answer = std::variant<PeerAccepted, EapStarted, EapReply, EapSucceeded, Signature, Granted, Refused>;

}  // namespace agilevpn::ike
