#include "gateway/core.h"

#include <fmt/format.h>

#include <utility>

#include "base/timers.h"
#include "gateway/admission.h"
#include "gateway/limits.h"

namespace agilevpn::gateway {

namespace {

using ike::wire::NotifyType;

constexpr std::string_view replaced = "its client connected anew";

ike::EndpointConfig endpoint_config(const Config& config, const ike::Credentials& credentials) {
  ike::EndpointConfig endpoint{.policy = config.policy, .settings = config.settings};
  endpoint.authorities = credentials.authorities();
  endpoint.settings.outage = config.outage_time;
  return endpoint;
}

std::optional<radius::Client> radius_client(const Config& config, Random& random) {
  if (config.radius.empty()) return std::nullopt;
  radius::ClientConfig client;
  client.nas.add_text(radius::Type::NasIdentifier, config.name);
  for (const radius::ServerConfig& server : config.radius)
    client.servers.push_back({server.name, server.secret.copy(), server.transport, server.knows_status_server, server.need});
  return std::optional<radius::Client>{std::in_place, std::move(client), random};
}

}  // namespace

Gateway::Core::Core(Config config_, ike::Credentials credentials_, Random& random_)
    : config(std::make_shared<const Config>(std::move(config_))),
      credentials(std::move(credentials_)),
      random(random_),
      leases(config->pools),
      endpoint(endpoint_config(*config, credentials), random),
      radius(radius_client(*config, random)) {}

std::vector<std::string> Gateway::Core::reconfigure(Config fresh, ike::Credentials fresh_credentials) {
  std::vector<std::string> unchanged;
  const auto keep = [&](auto& to, const auto& from, std::string what) {
    if (to != from) unchanged.push_back(std::move(what));
    to = from;
  };
  keep(fresh.name, config->name, "the name");
  keep(fresh.pools, config->pools, "the address pools");
  keep(fresh.policy, config->policy, "the policy");
  keep(fresh.settings, config->settings, "the settings");
  keep(fresh.outage_time, config->outage_time, "the outage time");
  if (fresh_credentials.authorities() != credentials.authorities()) unchanged.push_back("which CAs clients are told of");
  config = std::make_shared<const Config>(std::move(fresh));
  credentials = std::move(fresh_credentials);
  return unchanged;
}

void Gateway::Core::settle(Instant now) {
  while (true) {
    if (auto ask = endpoint.poll_ask()) {
      std::visit([&](const auto& question) { answer(now, ask->id, question); }, ask->question);
    } else if (const auto event = endpoint.poll_event()) {
      events.push_back(*event);
      std::visit([&](const auto& fact) { note(now, fact); }, *event);
    } else if (auto answer = radius ? radius->poll_answer() : std::nullopt) {
      handle_radius_answer(now, *std::move(answer));
    } else if (const auto fact = radius ? radius->poll_event() : std::nullopt) {
      events.push_back(*fact);
    } else {
      return;
    }
  }
}

// ---- What the engine asks.

void Gateway::Core::answer(Instant now, ike::AskId id, const ike::AuthenticatePeer& peer) {
  if (peer.uses_eap) return begin_login(now, id, peer);
  auto admitted = admit(*config, credentials, peer, calendar(now));
  if (!admitted) {
    events.push_back(PeerRefused{peer.peer, peer.path, admitted.error()});
    return endpoint.handle_answer(now, id, ike::Refused{NotifyType::AuthenticationFailed, admitted.error(), {}});
  }
  sessions.admit(peer.ike_sa, new_session(now, {config, admitted->rule}, peer.peer, {}));
  endpoint.handle_answer(now, id, std::move(admitted->answer));
}

WallTime Gateway::Core::calendar(Instant now) const {
  return wall_time_at_start + std::chrono::floor<WallTime::duration>(now.time_since_epoch());
}

void Gateway::Core::answer(Instant now, ike::AskId id, const ike::Sign& question) {
  if (auto signature = credentials.sign(question)) return endpoint.handle_answer(now, id, *std::move(signature));
  asks.push_back({id, question});
}

void Gateway::Core::answer(Instant now, ike::AskId id, const ike::AssignAddresses& question) {
  const auto refuse = [&](std::string why) {
    endpoint.handle_answer(now, id, ike::Refused{NotifyType::InternalAddressFailure, std::move(why), {}});
  };
  const Session* session = sessions.find(question.ike_sa);
  if (!session) return refuse("the session is gone");
  take_over(now, question);
  if (question.replaces_older_sessions) release_older(question);
  auto lease = leases.assign(question, *session->rule);
  if (lease) return endpoint.handle_answer(now, id, *std::move(lease));
  const auto info = endpoint.find(question.ike_sa);
  events.push_back(PeerRefused{question.peer, info ? info->path : Path{}, lease.error()});
  refuse(lease.error());
}

void Gateway::Core::take_over(Instant now, const ike::AssignAddresses& question) {
  const auto wants = [&](ike::IkeSaId id) {
    return (question.wished_ipv4 && leases.holds(id, *question.wished_ipv4)) ||
           (question.wished_ipv6 && leases.holds(id, *question.wished_ipv6));
  };
  for (const auto& [id, session] : sessions.all()) {
    if (id == question.ike_sa || session.peer != question.peer || !wants(id)) continue;
    if (!is_silent(now, id, limits::forgotten_silence)) continue;
    leases.release(id);
    close(now, id, std::string{replaced});
  }
}

void Gateway::Core::release_older(const ike::AssignAddresses& question) {
  for (const auto& [id, session] : sessions.all()) {
    if (id == question.ike_sa || session.peer != question.peer || !session.is_established) continue;
    leases.release(id);
    sessions.end(id, std::string{replaced});
  }
}

// ---- What the engine says.

void Gateway::Core::note(Instant now, const ike::IkeSaEstablished& fact) {
  forget_login(fact.ike_sa);
  const Session* session = sessions.start(now, fact.ike_sa);
  if (!session) return;
  const auto info = endpoint.find(fact.ike_sa);
  events.push_back(
      SessionStarted{fact.ike_sa, fact.peer, session->rule->name, fact.path, info ? info->lease : std::nullopt});
}

void Gateway::Core::note(Instant now, const ike::PathUnresponsive& fact) {
  Session* session = sessions.find(fact.ike_sa);
  if (!session || !session->is_established || session->dormant_since || fact.attempts < limits::dormant_attempts) return;
  if (!is_silent(now, fact.ike_sa, limits::dormant_silence)) return;
  session->dormant_since = now;
  events.push_back(SessionDormant{fact.ike_sa, session->peer, config->outage_time});
}

void Gateway::Core::note(Instant now, const ike::IkeSaClosed& fact) {
  leases.release(fact.ike_sa);
  note_abandoned(now, fact);
  forget_login(fact.ike_sa);
  const auto session = sessions.remove(fact.ike_sa);
  if (!session || !session->is_established) return;
  events.push_back(SessionEnded{fact.ike_sa, session->peer, session->rule->name,
                                session->ending.empty() ? fact.detail : session->ending, now - session->since,
                                session->traffic.bytes_in(), session->traffic.bytes_out()});
}

void Gateway::Core::resume(Instant now, ike::IkeSaId id, const Path& path) {
  Session* session = sessions.find(id);
  if (!session) return;
  if (const auto since = std::exchange(session->dormant_since, std::nullopt))
    events.push_back(SessionResumed{id, session->peer, path, now - *since});
}

bool Gateway::Core::is_silent(Instant now, ike::IkeSaId id, Duration silence) const {
  const auto info = endpoint.find(id);
  return !info || now >= info->last_heard + silence;
}

// ---- Traffic and time.

void Gateway::Core::handle_traffic(Instant now, const ike::TrafficReport& report) {
  endpoint.handle_traffic(now, report);
  const auto id = sessions.handle_traffic(now, report);
  const Session* session = id ? sessions.find(*id) : nullptr;
  if (!session || !session->dormant_since || !report.last_inbound || *report.last_inbound <= *session->dormant_since) return;
  const auto info = endpoint.find(*id);
  resume(*report.last_inbound, *id, info ? info->path : Path{});
}

void Gateway::Core::close(Instant now, ike::IkeSaId id, std::string why) {
  sessions.end(id, std::move(why));
  endpoint.close(now, id);
}

void Gateway::Core::close_due(Instant now) {
  for (const ike::IkeSaId id : sessions.all_due(now)) {
    const Session& session = *sessions.find(id);
    const bool is_idle = session.idle_timeout > Duration{0} && now >= session.last_traffic + session.idle_timeout;
    const auto limit = is_idle ? session.idle_timeout : session.session_timeout;
    close(now, id, fmt::format("{} {} s", is_idle ? "idle for" : "its time is up:", std::chrono::floor<std::chrono::seconds>(limit).count()));
  }
}

Session Gateway::Core::new_session(Instant now, std::shared_ptr<const ConnectionRule> rule, ike::wire::Identity peer,
                                   std::string user) const {
  const Duration idle = rule->idle_timeout > Duration{0} ? rule->idle_timeout : config->idle_timeout;
  const Duration whole = rule->session_timeout;
  return {.rule = std::move(rule), .peer = std::move(peer), .user = std::move(user), .since = now, .last_traffic = now,
          .idle_timeout = idle, .session_timeout = whole};
}

std::optional<Instant> Gateway::Core::next_timeout() const {
  auto next = endpoint.poll_timeout();
  if (radius) take_earlier(next, radius->poll_timeout());
  if (!held_steps.empty()) take_earlier(next, held_steps.begin()->first);
  take_earlier(next, sessions.first_deadline());
  return next;
}

SessionInfo Gateway::Core::describe(ike::IkeSaId id, const Session& session) const {
  SessionInfo info{.id = id,
                   .peer = session.peer,
                   .user = session.user,
                   .rule = session.rule->name,
                   .is_dormant = session.dormant_since.has_value(),
                   .since = session.since,
                   .last_seen = session.since,
                   .bytes_in = session.traffic.bytes_in(),
                   .bytes_out = session.traffic.bytes_out(),
                   .wants_mobike = config->settings.mobike,
                   .ike_sa = endpoint.find(id)};
  if (info.ike_sa) info.last_seen = info.ike_sa->last_heard;
  return info;
}

}  // namespace agilevpn::gateway
