#include "daemon/session_status.h"

#include <algorithm>

namespace agilevpn::daemon {

namespace {

using std::chrono::seconds;

std::vector<std::string> texts(const TrafficSelectors& selectors) {
  std::vector<std::string> all;
  for (const TrafficSelector& ts : selectors) all.push_back(ts.to_string());
  return all;
}

std::optional<seconds> until(const std::optional<Instant>& when, const Moment& moment) {
  return when ? std::optional{moment.until(*when)} : std::nullopt;
}

void add_lease(const ike::Lease& lease, control::SessionStatus& status) {
  if (lease.ipv4) status.inner_addresses.push_back(lease.ipv4->to_string());
  if (lease.ipv6) status.inner_addresses.push_back(lease.ipv6->address.to_string());
  for (const IpAddress& server : lease.dns) status.dns.push_back(server.to_string());
}

// Either end may leave it out; only our own reason is known for sure.
std::string why_no_mobike(bool wants_mobike) {
  return wants_mobike ? "the peer does not support it" : "switched off here: mobility = false";
}

// Windows deletes its Child SA after 5 minutes without traffic, and asks for another when it has something to send.
std::string why_idle(const ike::IkeSaInfo& ike_sa) {
  const bool is_habit = is_windows(ike_sa.product.kind);
  return is_habit ? "idle, normal for Windows: it asks for a new Child SA when it has something to send"
                  : "idle: without a Child SA";
}

void add_ike_sa(const ike::IkeSaInfo& ike_sa, bool wants_mobike, const Moment& moment, control::SessionStatus& status) {
  status.local_identity = ike_sa.local.to_string();
  status.peer_identity = ike_sa.peer.to_string();
  status.is_local_behind_nat = ike_sa.is_local_behind_nat;
  status.is_peer_behind_nat = ike_sa.is_peer_behind_nat;
  status.udp_encapsulation = ike_sa.udp_encapsulation;
  status.is_mobike = ike_sa.is_mobike;
  status.is_resumed = ike_sa.is_resumed;
  if (!ike_sa.is_mobike) status.mobike_reason = why_no_mobike(wants_mobike);
  status.spi_i = ike_sa.spi_i.to_string();
  status.spi_r = ike_sa.spi_r.to_string();
  status.suite = ike_sa.suite;
  status.product = to_string(ike_sa.product.kind);
  status.is_product_sure = ike_sa.product.is_sure;
  status.quirks = describe(ike_sa.quirks);
  status.rekey_in = until(ike_sa.rekey_at, moment);
  if (ike_sa.lease) add_lease(*ike_sa.lease, status);
  for (const ike::ChildSaInfo& child : ike_sa.child_sas)
    status.child_sas.push_back({child.spi_inbound.to_string(), child.spi_outbound.to_string(), child.suite,
                                texts(child.ts_local), texts(child.ts_remote), until(child.rekey_at, moment)});
}

}  // namespace

WallTime Moment::wall(Instant when) const {
  return wall_now - std::chrono::duration_cast<WallTime::duration>(now - when);
}

seconds Moment::until(Instant when) const { return std::max(seconds{0}, std::chrono::ceil<seconds>(when - now)); }

control::SessionStatus to_status(const client::SessionInfo& session, std::uint64_t id, const Moment& moment) {
  control::SessionStatus status;
  status.id = id;
  status.name = session.profile;
  status.state = client::to_string(session.state);
  status.state_since = moment.wall(session.state_since);
  status.reason = session.reason;
  status.question = session.question.value_or("");
  status.gives_up_in = until(session.gives_up_at, moment);
  status.adapter = session.link;
  status.gateway_address = session.gateway;
  if (session.path) {
    status.origin_address = session.path->local.to_string();
    status.gateway_address = session.path->peer.to_string();
  }
  if (session.round_trip) status.round_trip_ms = to_milliseconds(*session.round_trip);
  if (session.tunnel) {
    status.domains = session.tunnel->domains;
    for (const IpPrefix& route : session.tunnel->routes) status.routes.push_back(route.to_string());
  }
  status.bytes_in = session.bytes_in;
  status.bytes_out = session.bytes_out;
  if (session.connected_since) status.connected_since = moment.wall(*session.connected_since);
  status.moves = static_cast<std::uint32_t>(session.moves.size());
  if (session.ike_sa) add_ike_sa(*session.ike_sa, session.wants_mobike, moment, status);
  return status;
}

control::SessionStatus to_status(const gateway::SessionInfo& session, const Moment& moment) {
  control::SessionStatus status;
  status.id = session.id.value;
  status.name = session.peer.to_string();
  status.state = session.is_dormant ? "Dormant" : "Connected";
  status.user = session.user;
  status.device = session.device;
  status.group = session.rule;
  status.bytes_in = session.bytes_in;
  status.bytes_out = session.bytes_out;
  status.connected_since = moment.wall(session.since);
  status.moves = session.moves;
  if (session.ike_sa) {
    status.origin_address = session.ike_sa->path.peer.to_string();
    status.gateway_address = session.ike_sa->path.local.to_string();
    if (session.ike_sa->child_sas.empty()) status.reason = why_idle(*session.ike_sa);
    add_ike_sa(*session.ike_sa, session.wants_mobike, moment, status);
  }
  return status;
}

control::PathStatus to_status(const mobility::Candidate& candidate, const client::SessionInfo& session) {
  const bool is_in_use = session.path && mobility::is_same_way(*session.path, candidate.path);
  control::PathStatus status;
  status.connection = session.profile;
  status.adapter = candidate.link;
  status.type = mobility::to_string(candidate.type);
  status.local_address = candidate.path.local.address.to_string();
  status.peer_address = candidate.path.peer.address.to_string();
  status.is_in_use = is_in_use;
  status.state = is_in_use ? "in use" : "standby";
  if (is_in_use && session.round_trip) status.round_trip_ms = to_milliseconds(*session.round_trip);
  return status;
}

}  // namespace agilevpn::daemon
