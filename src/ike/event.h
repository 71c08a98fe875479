// Facts of the engine, as typed values for programs that decide by them (the roles, the simulator's checks, tests) and as
// EventRecords for people. An event never holds keys.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/event.h"
#include "ike/ask.h"

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
};
struct DatagramDropped {  // Silently, as the RFC says; here for people.
  Path path;
  std::string reason;
};
struct IkeSaInitiated {  // connect() or a peer's accepted IKE_SA_INIT.
  IkeSaId ike_sa;
  bool is_initiator = false;
  Path path;
};
struct IkeProposalChosen {
  IkeSaId ike_sa;
  std::string chosen;
  std::vector<std::string> offered;
};
struct NatDetected {  // RFC 7296 §2.23; once per IKE_SA_INIT and whenever it changes.
  IkeSaId ike_sa;
  bool is_local_behind_nat = false;
  bool is_peer_behind_nat = false;
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
  bool is_mobike = false;  // Both support it.
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
  Duration round_trip{};
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
struct ExchangeRefused {  // We or the peer said no with an error notify; the IKE SA may live on.
  IkeSaId ike_sa;
  wire::ExchangeType exchange{};
  wire::NotifyType notify{};
  bool by_peer = false;
  std::string reason;  // One sentence; for our own refusals with what was expected.
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
};

using Event = std::variant<MessageSeen, DatagramDropped, IkeSaInitiated, IkeProposalChosen, NatDetected,
                           PeerAuthenticated, IkeSaEstablished, AddressesAssigned, ChildSaEstablished, IkeSaRekeyed,
                           ChildSaClosed, PathChanged, PathConfirmed, PathUnresponsive, PeerAddressesChanged,
                           ExchangeRefused, IkeSaClosed>;

std::string to_string(IkeSaClosed::Reason reason);  // "by us", "no answer" ...
EventRecord to_record(const Event& event);

}  // namespace agilevpn::ike
