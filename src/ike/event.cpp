#include "ike/event.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>

namespace agilevpn::ike {

namespace {

using Fields = std::vector<EventField>;

// Empty: nobody has said who it is.
std::string text(const wire::Identity& identity) { return identity == wire::Identity{} ? "" : identity.to_string(); }

std::string direction_name(MessageSeen::Direction direction) {
  switch (direction) {
    case MessageSeen::Direction::Received: return "received";
    case MessageSeen::Direction::Sent: return "sent";
    case MessageSeen::Direction::Resent: return "resent";
  }
  return "";
}

std::string nat_sentence(const NatDetected& nat) {
  if (nat.is_local_behind_nat && nat.is_peer_behind_nat) return "both ends are behind a NAT";
  if (nat.is_local_behind_nat) return "we are behind a NAT";
  if (nat.is_peer_behind_nat) return "the peer is behind a NAT";
  return "no NAT in between";
}

std::string lease_sentence(const Lease& lease) {
  std::vector<std::string> parts;
  if (lease.ipv4) parts.push_back(lease.ipv4->to_string());
  if (lease.ipv6) parts.push_back(lease.ipv6->address.to_string());
  std::string sentence = fmt::format("inner address {}", fmt::join(parts, " and "));
  std::vector<std::string> servers;
  for (const IpAddress& server : lease.dns) servers.push_back(server.to_string());
  if (!servers.empty()) sentence += fmt::format("; DNS {}", fmt::join(servers, ", "));
  return sentence;
}

std::int64_t number(std::uint64_t value) { return static_cast<std::int64_t>(value); }

struct Recorder {
  EventRecord operator()(const MessageSeen& e) const {
    const std::string kind = e.header.is_response ? "response" : "request";
    return {Severity::Detail,
            "ike",
            "MessageSeen",
            fmt::format("{} {} {} {} [ {} ] on {}", direction_name(e.direction), wire::to_string(e.header.exchange),
                        kind, e.header.message_id, e.summary, e.path.to_string()),
            e.path.peer.to_string(),
            {{"ike_sa", number(e.ike_sa.value)},
             {"direction", direction_name(e.direction)},
             {"exchange", wire::to_string(e.header.exchange)},
             {"kind", kind},
             {"message_id", std::int64_t{e.header.message_id}},
             {"octets", number(e.size)},
             {"payloads", e.payloads}}};
  }
  EventRecord operator()(const DatagramDropped& e) const {
    return {Severity::Detail,      "ike", "DatagramDropped", "dropped a datagram: " + e.reason, e.path.peer.to_string(),
            {{"reason", e.reason}}};
  }
  EventRecord operator()(const IkeSaInitiated& e) const {
    return {Severity::Info,
            "ike",
            "IkeSaInitiated",
            fmt::format("{} {}", e.resumes ? "IKE_SESSION_RESUME" : "IKE_SA_INIT",
                        e.is_initiator ? "sent on " + e.path.to_string() : "from " + e.path.peer.to_string()),
            e.path.peer.to_string(),
            {{"ike_sa", number(e.ike_sa.value)},
             {"is_initiator", e.is_initiator},
             {"path", e.path.to_string()},
             {"resumes", e.resumes}}};
  }
  EventRecord operator()(const TicketRefused& e) const {
    return {Severity::Info,
            "ike",
            "TicketRefused",
            fmt::format("{}: {}",
                        e.by_peer ? "the peer does not take our ticket, so a full login follows"
                                  : "answered IKE_SESSION_RESUME with TICKET_NACK",
                        e.reason),
            e.path.peer.to_string(),
            {{"by_peer", e.by_peer}, {"reason", e.reason}, {"path", e.path.to_string()}}};
  }
  EventRecord operator()(const TicketGranted& e) const {
    return {
        Severity::Detail,
        "ike",
        "TicketGranted",
        fmt::format("{} a ticket: for {} s the session can be resumed without a new login",
                    e.by_peer ? "the peer gave us" : "gave the peer", e.lifetime.count()),
        "",
        {{"ike_sa", number(e.ike_sa.value)}, {"by_peer", e.by_peer}, {"lifetime_s", std::int64_t{e.lifetime.count()}}}};
  }
  EventRecord operator()(const IkeSaInitRefused& e) const {
    const bool may_go_on = e.notify == wire::NotifyType::Cookie || e.notify == wire::NotifyType::InvalidKePayload;
    return {may_go_on ? Severity::Detail : Severity::Warning,
            "ike",
            "IkeSaInitRefused",
            fmt::format("answered IKE_SA_INIT with {}: {}", wire::to_string(e.notify), e.reason),
            e.path.peer.to_string(),
            {{"notify", wire::to_string(e.notify)}, {"reason", e.reason}, {"from", e.path.peer.to_string()}}};
  }
  EventRecord operator()(const AuthRequested& e) const {
    constexpr std::array ways = {"a certificate", "a pre-shared key", "EAP", "a ticket"};
    const std::string way = ways.at(static_cast<std::size_t>(e.way));
    return {Severity::Detail,        "ike",
            "AuthRequested",         fmt::format("says that it is {}, by {}", text(e.peer), way),
            e.path.peer.to_string(), {{"ike_sa", number(e.ike_sa.value)}, {"peer", text(e.peer)}, {"way", way}}};
  }
  EventRecord operator()(const FragmentsLost& e) const {
    return {Severity::Warning,
            "ike",
            "FragmentsLost",
            fmt::format("{} of {} fragments of a message came, and not the rest", e.received, e.total),
            e.path.peer.to_string(),
            {{"ike_sa", number(e.ike_sa.value)}, {"received", number(e.received)}, {"total", number(e.total)}}};
  }
  EventRecord operator()(const IkeProposalChosen& e) const {
    return {Severity::Info,
            "ike",
            "IkeProposalChosen",
            "agreed on " + e.chosen,
            "",
            {{"ike_sa", number(e.ike_sa.value)}, {"chosen", e.chosen}, {"offered", e.offered}}};
  }
  EventRecord operator()(const NatDetected& e) const {
    return {Severity::Info,
            "ike",
            "NatDetected",
            nat_sentence(e),
            "",
            {{"ike_sa", number(e.ike_sa.value)},
             {"is_local_behind_nat", e.is_local_behind_nat},
             {"is_peer_behind_nat", e.is_peer_behind_nat}}};
  }
  EventRecord operator()(const PeerAuthenticated& e) const {
    return {Severity::Info,      "ike",
            "PeerAuthenticated", fmt::format("the peer proved that it is {} ({})", text(e.peer), e.method),
            text(e.peer),        {{"ike_sa", number(e.ike_sa.value)}, {"peer", text(e.peer)}, {"method", e.method}}};
  }
  EventRecord operator()(const PeerRecognized& e) const {
    const auto quirks = describe(e.quirks);
    return {Severity::Info,
            "ike",
            "PeerRecognized",
            fmt::format("the peer is {}{}{}", to_string(e.guess), quirks.empty() ? "" : ": ", fmt::join(quirks, ", ")),
            "",
            {{"ike_sa", number(e.ike_sa.value)},
             {"client", std::string{to_string(e.guess.kind)}},
             {"is_sure", e.guess.is_sure},
             {"quirks", quirks}}};
  }
  EventRecord operator()(const QuirkLearned& e) const {
    return {Severity::Info,
            "ike",
            "QuirkLearned",
            fmt::format("learnt from {}: {}", e.shown_by, fmt::join(describe(e.quirk), ", ")),
            "",
            {{"ike_sa", number(e.ike_sa.value)}, {"quirks", describe(e.quirk)}, {"shown_by", e.shown_by}}};
  }
  EventRecord operator()(const IkeSaEstablished& e) const {
    return {Severity::Info,
            "ike",
            "IkeSaEstablished",
            fmt::format("IKE SA established with {}, SPIs {} and {}, {}, MOBIKE {}{}", text(e.peer),
                        e.spi_i.to_string(), e.spi_r.to_string(), e.suite, e.is_mobike ? "on" : "off",
                        e.is_resumed ? ", resumed without a new login" : ""),
            text(e.peer),
            {{"ike_sa", number(e.ike_sa.value)},
             {"spi_i", e.spi_i.to_string()},
             {"spi_r", e.spi_r.to_string()},
             {"local", text(e.local)},
             {"peer", text(e.peer)},
             {"path", e.path.to_string()},
             {"suite", e.suite},
             {"is_mobike", e.is_mobike},
             {"is_resumed", e.is_resumed}}};
  }
  EventRecord operator()(const AddressesAssigned& e) const {
    Fields fields{{"ike_sa", number(e.ike_sa.value)}};
    if (e.lease.ipv4) fields.push_back({"ipv4", e.lease.ipv4->to_string()});
    if (e.lease.ipv6) fields.push_back({"ipv6", e.lease.ipv6->address.to_string()});
    return {Severity::Info, "ike", "AddressesAssigned", lease_sentence(e.lease), "", std::move(fields)};
  }
  EventRecord operator()(const ChildSaEstablished& e) const {
    return {Severity::Info,
            "ike",
            "ChildSaEstablished",
            fmt::format("Child SA {}, SPIs {} in and {} out, {}, {} to {}", e.rekeyed ? "rekeyed" : "established",
                        e.spi_inbound.to_string(), e.spi_outbound.to_string(), e.suite, to_string(e.ts_local),
                        to_string(e.ts_remote)),
            "",
            {{"ike_sa", number(e.ike_sa.value)},
             {"child", number(e.child.value)},
             {"spi_inbound", e.spi_inbound.to_string()},
             {"spi_outbound", e.spi_outbound.to_string()},
             {"suite", e.suite},
             {"is_rekey", e.rekeyed.has_value()},
             {"ts_local", to_string(e.ts_local)},
             {"ts_remote", to_string(e.ts_remote)}}};
  }
  EventRecord operator()(const IkeSaRekeyed& e) const {
    return {Severity::Info,
            "ike",
            "IkeSaRekeyed",
            fmt::format("IKE SA rekeyed, SPIs {} and {}, {}", e.spi_i.to_string(), e.spi_r.to_string(), e.suite),
            "",
            {{"ike_sa", number(e.ike_sa.value)},
             {"spi_i", e.spi_i.to_string()},
             {"spi_r", e.spi_r.to_string()},
             {"suite", e.suite}}};
  }
  EventRecord operator()(const ChildSaClosed& e) const {
    return {Severity::Info,
            "ike",
            "ChildSaClosed",
            fmt::format("Child SA closed by {}", e.by_peer ? "the peer" : "us"),
            "",
            {{"ike_sa", number(e.ike_sa.value)}, {"child", number(e.child.value)}, {"by_peer", e.by_peer}}};
  }
  EventRecord operator()(const PathChanged& e) const {
    return {Severity::Info,
            "ike",
            "PathChanged",
            fmt::format("{} moved: {} is now {}{}", e.by_peer ? "the peer" : "we", e.from.to_string(), e.to.to_string(),
                        e.udp_encapsulation ? ", ESP in UDP" : ", native ESP"),
            e.to.peer.to_string(),
            {{"ike_sa", number(e.ike_sa.value)},
             {"from", e.from.to_string()},
             {"to", e.to.to_string()},
             {"by_peer", e.by_peer},
             {"udp_encapsulation", e.udp_encapsulation}}};
  }
  EventRecord operator()(const PathConfirmed& e) const {
    EventRecord record{Severity::Detail,        "ike",
                       "PathConfirmed",         e.path.to_string() + " answers",
                       e.path.peer.to_string(), {{"ike_sa", number(e.ike_sa.value)}, {"path", e.path.to_string()}}};
    if (!e.round_trip) return record;
    record.sentence += fmt::format(", {:.1f} ms", to_milliseconds(*e.round_trip));
    record.fields.push_back({"round_trip_ms", to_milliseconds(*e.round_trip)});
    return record;
  }
  EventRecord operator()(const PathUnresponsive& e) const {
    return {Severity::Detail,
            "ike",
            "PathUnresponsive",
            fmt::format("no answer on {} yet, attempt {}", e.path.to_string(), e.attempts),
            e.path.peer.to_string(),
            {{"ike_sa", number(e.ike_sa.value)}, {"path", e.path.to_string()}, {"attempts", std::int64_t{e.attempts}}}};
  }
  EventRecord operator()(const PeerAddressesChanged& e) const {
    std::vector<std::string> addresses;
    for (const IpAddress& address : e.additional) addresses.push_back(address.to_string());
    return {Severity::Info,
            "ike",
            "PeerAddressesChanged",
            addresses.empty() ? "the peer has no other addresses"
                              : fmt::format("the peer also has {}", fmt::join(addresses, ", ")),
            "",
            {{"ike_sa", number(e.ike_sa.value)}, {"additional", addresses}}};
  }
  EventRecord operator()(const ExchangeRefused& e) const {
    return {Severity::Warning,
            "ike",
            "ExchangeRefused",
            fmt::format("{} {} {}: {}", e.by_peer ? "the peer refused" : "we refused", wire::to_string(e.exchange),
                        wire::to_string(e.notify), e.reason),
            "",
            {{"ike_sa", number(e.ike_sa.value)},
             {"exchange", wire::to_string(e.exchange)},
             {"notify", wire::to_string(e.notify)},
             {"by_peer", e.by_peer},
             {"reason", e.reason}}};
  }
  EventRecord operator()(const IkeSaClosed& e) const {
    const bool is_expected = e.reason == IkeSaClosed::Reason::ByUs || e.reason == IkeSaClosed::Reason::ByPeer ||
                             e.reason == IkeSaClosed::Reason::Replaced;
    return {is_expected ? Severity::Info : Severity::Error,
            "ike",
            "IkeSaClosed",
            fmt::format("IKE SA closed, {}: {}", to_string(e.reason), e.detail),
            text(e.peer),
            {{"ike_sa", number(e.ike_sa.value)},
             {"reason", to_string(e.reason)},
             {"was_established", e.was_established},
             {"peer", text(e.peer)},
             {"detail", e.detail}}};
  }
};

}  // namespace

std::string to_string(IkeSaClosed::Reason reason) {
  switch (reason) {
    case IkeSaClosed::Reason::ByUs: return "by us";
    case IkeSaClosed::Reason::ByPeer: return "by the peer";
    case IkeSaClosed::Reason::NoAnswer: return "no answer";
    case IkeSaClosed::Reason::AuthenticationFailed: return "authentication failed";
    case IkeSaClosed::Reason::Refused: return "refused";
    case IkeSaClosed::Reason::Replaced: return "replaced";
    case IkeSaClosed::Reason::Expired: return "expired";
    case IkeSaClosed::Reason::InternalError: return "internal error";
  }
  return "";
}

EventRecord to_record(const Event& event) { return make_record(event, Recorder{}); }

}  // namespace agilevpn::ike
