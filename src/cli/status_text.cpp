#include "cli/status_text.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/text.h"
#include "control/event_text.h"

namespace agilevpn::cli {

namespace {

using control::ChildSaStatus;
using control::SessionStatus;
using control::Status;

std::string since_text(const std::optional<WallTime>& since, WallTime now) {
  return since ? duration_text(std::chrono::floor<std::chrono::seconds>(now - *since)) : "-";
}

std::string rekey_text(const std::optional<std::chrono::seconds>& rekey_in) {
  return rekey_in ? ", rekey in " + duration_text(*rekey_in) : std::string();
}

std::string nat_text(const SessionStatus& session) {
  if (session.is_local_behind_nat && session.is_peer_behind_nat) return "NAT on both sides";
  if (session.is_local_behind_nat) return "NAT on our side";
  return session.is_peer_behind_nat ? "NAT on the peer's side" : "no NAT";
}

std::string round_trip_text(const SessionStatus& session) {
  return session.round_trip_ms ? fmt::format(", round trip {:.1f} ms", *session.round_trip_ms) : "";
}

std::string mobike_text(const SessionStatus& session) {
  if (session.is_mobike) return "MOBIKE";
  return "no MOBIKE" + (session.mobike_reason.empty() ? "" : " (" + session.mobike_reason + ")");
}

// "office (vpn.example.org)  Connected for 3 h 12 min as anna"
std::string headline(const Status& status, const SessionStatus& session, WallTime now) {
  std::string line = session.name;
  if (!session.peer_identity.empty() && session.peer_identity != session.name)
    line += " (" + session.peer_identity + ")";
  line += "  " + session.state;
  const auto& since =
      session.state == "Connected" ? session.connected_since : session.state_since;  // It lives on asleep.
  if (since) line += " for " + since_text(since, now);
  if (status.role == "client" && !session.local_identity.empty()) line += " as " + session.local_identity;
  if (session.is_resumed) line += ", resumed without a new login";
  if (!session.reason.empty()) line += ": " + session.reason;
  if (!session.question.empty())
    line += fmt::format(": the gateway asks '{}', to be answered by agilevpn up {}",
                        control::printable(session.question), session.name);
  if (session.gives_up_in) line += ", " + duration_text(*session.gives_up_in) + " left";
  return line + "\n";
}

std::string row(std::string_view name, std::string_view value) { return fmt::format("  {:<9} {}\n", name, value); }

std::string child_text(const ChildSaStatus& child) {
  return fmt::format("{}{}, SPI in {} out {}, {} to {}", child.suite, rekey_text(child.rekey_in), child.spi_inbound,
                     child.spi_outbound, join(child.local_selectors), join(child.remote_selectors));
}

// "3 replayed, 1 selector mismatch": the reasons as metrics name them, as words.
std::string drops_text(const control::Drops& drops) {
  std::vector<std::string> parts;
  for (const auto& [reason, packets] : drops) {
    std::string words = reason;
    std::ranges::replace(words, '_', ' ');
    parts.push_back(fmt::format("{} {}", packets, words));
  }
  return join(parts);
}

// "Windows 10 or 11", "iOS or macOS?"
std::string product_text(const SessionStatus& session) {
  if (session.product.empty()) return "-";
  return session.product + (session.is_product_sure ? "" : "?");
}

// "idle, normal for Windows: it asks ..." without its explanation.
std::string in_short(const std::string& sentence) { return sentence.substr(0, sentence.find(':')); }

std::string gateway_text(const Status& status, WallTime now) {
  const auto up = std::chrono::floor<std::chrono::seconds>(now - status.since);
  std::string out = fmt::format("{}  up {}, {} {}\n", status.name, duration_text(up), status.sessions.size(),
                                status.sessions.size() == 1 ? "session" : "sessions");
  for (const std::string& warning : status.warnings) out += "warning: " + warning + "\n";
  if (!status.drops.empty()) out += "dropped packets: " + drops_text(status.drops) + "\n";
  if (status.sessions.empty()) return out;

  Table table({"ID", "USER", "CLIENT", "STATE", "INNER", "FROM", "NAT", "SINCE", "IN / OUT", "CRYPTO"});
  for (const SessionStatus& s : status.sessions) {
    table.add({std::to_string(s.id), s.name, product_text(s),
               s.state + (s.reason.empty() ? "" : ", " + in_short(s.reason)), join(s.inner_addresses), s.origin_address,
               s.is_peer_behind_nat ? "yes" : "no", since_text(s.connected_since, now),
               size_text(s.bytes_in) + " / " + size_text(s.bytes_out),
               s.child_sas.empty() ? s.suite : s.child_sas.back().suite});
  }
  return out + "\n" + table.text();
}

}  // namespace

std::string session_text(const Status& status, const SessionStatus& session, WallTime now) {
  std::string out = headline(status, session, now);
  if (session.spi_i.empty()) return out;
  if (!session.user.empty())
    out += row("user", session.user + (session.device.empty() ? "" : ", device " + session.device));
  if (!session.group.empty()) out += row("group", session.group);
  if (!session.product.empty())
    out += row(status.role == "gateway" ? "client" : "product",
               (session.is_product_sure ? "" : "probably ") + session.product +
                   (session.quirks.empty() ? "" : ": " + join(session.quirks)));
  if (!session.adapter.empty()) out += row("adapter", session.adapter);
  if (!session.origin_address.empty()) {  // Not while it sleeps.
    out += row("origin", session.origin_address);
    out += row("gateway", session.gateway_address + ", " + nat_text(session) + round_trip_text(session));
  }
  out += row("protocol", fmt::format("IKEv2, {}, ESP tunnel mode{}", mobike_text(session),
                                     session.udp_encapsulation ? " in UDP" : ""));
  out += row("inner", join(session.inner_addresses));
  if (!session.routes.empty()) out += row("routes", join(session.routes));
  if (!session.dns.empty())
    out += row("DNS", join(session.dns) +
                          (session.domains.empty() ? "" : " for " + control::printable(join(session.domains))));
  out += row("traffic", fmt::format("in {}, out {}", size_text(session.bytes_in), size_text(session.bytes_out)));
  out += row("moves", std::to_string(session.moves));
  out += row("IKE SA", fmt::format("{}{}, SPIs {} {}", session.suite, rekey_text(session.rekey_in), session.spi_i,
                                   session.spi_r));
  for (const ChildSaStatus& child : session.child_sas) out += row("Child SA", child_text(child));
  return out;
}

std::string status_text(const Status& status, WallTime now) {
  if (status.role == "gateway") return gateway_text(status, now);
  std::string out;
  for (const std::string& warning : status.warnings) out += "warning: " + warning + "\n";
  for (const SessionStatus& session : status.sessions) out += session_text(status, session, now);
  if (!status.drops.empty()) out += row("dropped", drops_text(status.drops));
  return out.empty() ? "no connection is configured\n" : out;
}

}  // namespace agilevpn::cli
