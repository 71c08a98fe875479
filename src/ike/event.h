// Facts of the engine, as typed values for programs that decide by them (the roles, the simulator's checks, tests) and as
// EventRecords for people. An event never holds keys. Those of datagrams that need no key, and of IKE SAs whose peer is not
// authenticated yet, say needs_no_proof (base/event.h).
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/event.h"
#include "ike/ask.h"
#include "ike/quirks.h"

namespace agilevpn::ike {

// One message in or out, as the RFC writes it: "IKE_AUTH request 1 [ IDi CERT AUTH SA TSi TSr ]".
struct MessageSeen {
  enum class Direction : std::uint8_t { Received, Sent, Resent };
  IkeSaId ike_sa;
  Direction direction;
  wire::Header header;
  Path path;
  std::size_t size = 0;               // Octets.
  std::vector<std::string> payloads;  // One line each, with its details.
  std::string summary;                // "SA KE Ni N(NAT_DETECTION_SOURCE_IP) ..."

  bool needs_no_proof() const { return wire::is_initial(header.exchange); }
};
struct DatagramDropped {  // Silently, as the RFC says; here for people.
  static constexpr bool needs_no_proof = true;
  enum class Cause : std::uint8_t {
    Other,
    Malformed,
    Version1,      // IKEv1.
    OtherVersion,  // Neither that nor IKEv2.
    AuthIp,        // [MS-AIPS]
    NoResponder,   // We let nobody in, or not any more.
    HalfOpen,      // Too many half-open IKE SAs.
    HalfOpenOfNetwork,
  };
  Path path;
  std::string reason;
  Cause cause{};
};
// What an IKE_SA_INIT request says of who sends it. Proved by nothing.
struct InitOffer {
  std::vector<wire::Proposal> proposals;
  crypto::KeyExchangeId key_exchange{};  // Of its KE payload.
  std::vector<wire::NotifyType> notifies;
  std::vector<Bytes> vendor_ids;
};
struct IkeSaInitiated {  // connect() or a peer's accepted IKE_SA_INIT.
  static constexpr bool needs_no_proof = true;
  IkeSaId ike_sa;
  bool is_initiator = false;
  Path path;
  IkeSpi spi_i;
  InitOffer offer;       // A peer's.
  bool resumes = false;  // By IKE_SESSION_RESUME.
};
// A ticket does not serve (RFC 5723): a full exchange follows.
struct TicketRefused {
  static constexpr bool needs_no_proof = true;
  IkeSaId ike_sa;  // An initiator's, which goes on; a responder keeps nothing.
  Path path;
  bool by_peer = false;
  std::string reason;
};
struct TicketGranted {  // To the peer, or by it.
  IkeSaId ike_sa;
  bool by_peer = false;
  std::chrono::seconds lifetime{};
};
// A peer's IKE_SA_INIT was answered with this notify, and nothing is kept of it. COOKIE and INVALID_KE_PAYLOAD ask it to try
// again; for COOKIE, which anybody can cause, the offer is not looked at.
struct IkeSaInitRefused {
  static constexpr bool needs_no_proof = true;
  Path path;
  IkeSpi spi_i;
  wire::NotifyType notify{};
  std::string reason;
  InitOffer offer;
};
struct AuthRequested {  // A peer's first IKE_AUTH request. All of it is claimed, nothing proved.
  static constexpr bool needs_no_proof = true;
  enum class Way : std::uint8_t { Certificate, SharedKey, Eap, Ticket };
  IkeSaId ike_sa;
  Path path;
  wire::Identity peer;                            // IDi
  std::optional<wire::Identity> requested_local;  // IDr
  Way way{};
  std::vector<wire::Proposal> esp;
  TrafficSelectors ts_i;
  TrafficSelectors ts_r;
  std::vector<wire::NotifyType> notifies;
  std::vector<wire::ConfigurationAttributeType> attributes;  // Of its CFG_REQUEST.
};
struct FragmentsLost {  // Some of a message came, the rest did not (RFC 7383 §2.6).
  static constexpr bool needs_no_proof = true;
  IkeSaId ike_sa;
  Path path;
  std::size_t received = 0;
  std::size_t total = 0;
};
struct IkeProposalChosen {
  static constexpr bool needs_no_proof = true;
  IkeSaId ike_sa;
  std::string chosen;
  std::vector<std::string> offered;
  std::optional<Duration> round_trip{};  // Of an initiator's IKE_SA_INIT, if known.
};
struct NatDetected {  // RFC 7296 §2.23; once per IKE_SA_INIT and whenever it changes.
  static constexpr bool needs_no_proof = true;
  IkeSaId ike_sa;
  bool is_local_behind_nat = false;
  bool is_peer_behind_nat = false;
};
// Which product the peer is, and which of its habits we mind: once it is authenticated.
struct PeerRecognized {
  IkeSaId ike_sa;
  PeerGuess guess;
  Quirks quirks;
};
// It showed a habit that we did not know of it.
struct QuirkLearned {
  IkeSaId ike_sa;
  Quirks quirk;
  std::string shown_by;  // "MS_STATUS 13863 ..."
};
struct PeerAuthenticated {
  IkeSaId ike_sa;
  wire::Identity peer;
  std::string method;  // "digital signature (ECDSA with SHA2-256)", "shared key"
};
struct IkeSaEstablished {
  IkeSaId ike_sa;
  bool is_initiator = false;
  IkeSpi spi_i;
  IkeSpi spi_r;
  wire::Identity local;
  wire::Identity peer;
  Path path;
  std::string suite;
  bool is_mobike = false;   // Both support it.
  bool is_resumed = false;  // By a ticket: nobody had to log in.
};
struct AddressesAssigned {  // Initiator: what the gateway gave us. Responder: what we gave.
  IkeSaId ike_sa;
  Lease lease;
};
struct ChildSaEstablished {
  IkeSaId ike_sa;
  ChildSaId child;
  std::optional<ChildSaId> rekeyed;  // The one it replaces.
  EspSpi spi_inbound;
  EspSpi spi_outbound;
  std::string suite;
  TrafficSelectors ts_local;
  TrafficSelectors ts_remote;
};
struct IkeSaRekeyed {
  IkeSaId ike_sa;
  IkeSpi spi_i;
  IkeSpi spi_r;
  std::string suite;
};
struct ChildSaClosed {
  IkeSaId ike_sa;
  ChildSaId child;
  bool by_peer = false;
};
struct PathChanged {  // MOBIKE: the session's addresses are others now.
  IkeSaId ike_sa;
  Path from;
  Path to;
  bool by_peer = false;
  bool udp_encapsulation = false;
};
struct PathConfirmed {  // An exchange on this path was answered.
  IkeSaId ike_sa;
  Path path;
  std::optional<Duration> round_trip{};  // If known.
};
struct PathUnresponsive {  // A request was resent this often without an answer; it goes on.
  IkeSaId ike_sa;
  Path path;
  int attempts = 0;
};
struct PeerAddressesChanged {  // ADDITIONAL_IP4/IP6_ADDRESS, NO_ADDITIONAL_ADDRESSES: besides the one in use.
  IkeSaId ike_sa;
  IpAddress in_use;  // The one that it says so from.
  std::vector<IpAddress> additional;
};
// What was wrong with an AUTH payload.
enum class AuthFault : std::uint8_t {
  None,  // Nothing, or it was not looked at.
  WrongSharedKey,
  WrongSignature,
  BrokenHash,        // SHA-1, which the policy does not take.
  UnknownAlgorithm,  // Of its digital signature (RFC 7427).
  WrongMethod,
  NoAlgorithm,  // Our own key can sign nothing that both ends take.
};
struct ExchangeRefused {  // We or the peer said no with an error notify; the IKE SA may live on.
  static constexpr bool needs_no_proof = true;
  IkeSaId ike_sa;
  wire::ExchangeType exchange{};
  wire::NotifyType notify{};
  bool by_peer = false;
  std::string reason;  // One sentence; for our own refusals with what was expected.
  AuthFault auth_fault{};
  Bytes data;  // Of the peer's notify.
};
struct IkeSaClosed {
  enum class Reason : std::uint8_t {
    ByUs,                  // close().
    ByPeer,                // Its Delete.
    NoAnswer,              // Every retransmission of a request was lost.
    AuthenticationFailed,  // Either side's.
    Refused,               // Any other error notify before the IKE SA was established.
    Replaced,              // INITIAL_CONTACT, or a newer session of the same identity.
    Expired,               // A half-open IKE SA that went no further, or a hard lifetime.
    InternalError,         // An Ask failed.
  };
  IkeSaId ike_sa;
  Reason reason{};
  bool was_established = false;
  wire::Identity peer;  // Empty if it never said.
  std::string detail;   // One sentence.

  bool needs_no_proof() const { return !was_established; }
};

using Event = std::variant<MessageSeen, DatagramDropped, IkeSaInitiated, IkeSaInitRefused, AuthRequested, FragmentsLost,
                           IkeProposalChosen, NatDetected, PeerAuthenticated, IkeSaEstablished, AddressesAssigned,
                           ChildSaEstablished, IkeSaRekeyed, ChildSaClosed, PathChanged, PathConfirmed,
                           PathUnresponsive, PeerAddressesChanged, ExchangeRefused, IkeSaClosed, PeerRecognized,
                           QuirkLearned, TicketRefused, TicketGranted>;

std::string to_string(IkeSaClosed::Reason reason);  // "by us", "no answer" ...
EventRecord to_record(const Event& event);

}  // namespace agilevpn::ike
