#include "gateway/gateway.h"

#include <fmt/format.h>

#include <deque>
#include <map>

#include "gateway/admission.h"
#include "gateway/leases.h"
#include "gateway/limits.h"
#include "gateway/session.h"

namespace agilevpn::gateway {

namespace {

ike::EndpointConfig endpoint_config(const Config& config, const ike::Credentials& credentials) {
  ike::EndpointConfig endpoint{.policy = config.policy, .settings = config.settings};
  endpoint.authorities = credentials.authorities();
  endpoint.settings.outage = config.outage_time;
  return endpoint;
}

}  // namespace

struct Gateway::Core {
  Core(Config config_, ike::Credentials credentials_, Random& random)
      : config(std::make_shared<const Config>(std::move(config_))),
        credentials(std::move(credentials_)),
        leases(config->pools),
        endpoint(endpoint_config(*config, credentials), random) {}

  std::vector<std::string> reconfigure(Config fresh, ike::Credentials fresh_credentials) {
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
    if (fresh_credentials.authorities() != credentials.authorities())
      unchanged.push_back("which CAs clients are told of");
    config = std::make_shared<const Config>(std::move(fresh));
    credentials = std::move(fresh_credentials);
    return unchanged;
  }

  // Answers what the engine asks and draws the conclusions from what it says, until it is quiet.
  void settle(Instant now) {
    while (true) {
      if (auto ask = endpoint.poll_ask()) {
        std::visit([&](const auto& question) { answer(now, ask->id, question); }, ask->question);
      } else if (const auto event = endpoint.poll_event()) {
        events.push_back(*event);
        std::visit([&](const auto& fact) { note(now, fact); }, *event);
      } else {
        return;
      }
    }
  }

  // ---- What the engine asks.

  void answer(Instant now, ike::AskId id, const ike::AuthenticatePeer& peer) {
    auto admitted = admit(*config, credentials, peer,
                          wall_time_at_start + std::chrono::floor<WallTime::duration>(now.time_since_epoch()));
    if (!admitted) {
      events.push_back(PeerRefused{peer.peer, peer.path, admitted.error()});
      return endpoint.handle_answer(now, id,
                                    ike::Refused{ike::wire::NotifyType::AuthenticationFailed, admitted.error()});
    }
    sessions[peer.ike_sa] = {
        .rule = {config, admitted->rule}, .peer = peer.peer, .since = now, .last_seen = now, .last_traffic = now};
    endpoint.handle_answer(now, id, std::move(admitted->answer));
  }

  void answer(Instant now, ike::AskId id, const ike::Sign& question) {
    if (auto signature = credentials.sign(question)) return endpoint.handle_answer(now, id, *std::move(signature));
    asks.push_back({id, question});
  }

  void answer(Instant now, ike::AskId id, const ike::AssignAddresses& question) {
    const auto session = sessions.find(question.ike_sa);
    if (session == sessions.end())
      return endpoint.handle_answer(now, id,
                                    ike::Refused{ike::wire::NotifyType::InternalAddressFailure, "the session is gone"});
    take_over(now, question);
    if (question.replaces_older_sessions) release_older(question);
    auto lease = leases.assign(question, *session->second.rule);
    if (lease) return endpoint.handle_answer(now, id, *std::move(lease));
    events.push_back(
        PeerRefused{question.peer, endpoint.find(question.ike_sa).value_or(ike::IkeSaInfo{}).path, lease.error()});
    endpoint.handle_answer(now, id, ike::Refused{ike::wire::NotifyType::InternalAddressFailure, lease.error()});
  }

  // A client that comes anew and wants the address of its former session has lost that session, whatever we think.
  void take_over(Instant now, const ike::AssignAddresses& question) {
    const auto wants = [&](ike::IkeSaId id) {
      return (question.wished_ipv4 && leases.holds(id, *question.wished_ipv4)) ||
             (question.wished_ipv6 && leases.holds(id, *question.wished_ipv6));
    };
    for (auto& [id, session] : sessions) {
      const bool is_silent = now >= session.last_seen + limits::forgotten_silence;
      if (id == question.ike_sa || session.peer != question.peer || !is_silent || !wants(id)) continue;
      leases.release(id);
      session.ending = "its client connected anew";
      endpoint.close(now, id);
    }
  }

  // The engine ends the peer's older sessions as soon as this one is established (RFC 7296 §2.4). What the newest of them
  // had is this one's from now on.
  void release_older(const ike::AssignAddresses& question) {
    for (auto& [id, session] : sessions) {
      if (id == question.ike_sa || session.peer != question.peer || !session.is_established) continue;
      leases.release(id);
      session.ending = "its client connected anew";
    }
  }

  // ---- What the engine says.

  template <class Fact>
  void note(Instant, const Fact&) {}

  void note(Instant now, const ike::IkeSaEstablished& fact) {
    Session* session = find(fact.ike_sa);
    if (!session) return;
    session->is_established = true;
    session->since = session->last_seen = session->last_traffic = now;
    const auto info = endpoint.find(fact.ike_sa);
    events.push_back(
        SessionStarted{fact.ike_sa, fact.peer, session->rule->name, fact.path, info ? info->lease : std::nullopt});
  }
  void note(Instant, const ike::ChildSaEstablished& fact) { session_of[fact.child] = fact.ike_sa; }
  void note(Instant, const ike::ChildSaClosed& fact) {
    if (Session* session = find(fact.ike_sa)) session->traffic.forget(fact.child);
    session_of.erase(fact.child);
  }
  void note(Instant now, const ike::PathConfirmed& fact) { seen(now, fact.ike_sa, fact.path); }
  void note(Instant now, const ike::PathChanged& fact) { seen(now, fact.ike_sa, fact.to); }
  void note(Instant now, const ike::PathUnresponsive& fact) {
    Session* session = find(fact.ike_sa);
    if (!session || !session->is_established || session->dormant_since || fact.attempts < limits::dormant_attempts)
      return;
    session->dormant_since = now;
    events.push_back(SessionDormant{fact.ike_sa, session->peer, config->outage_time});
  }
  void note(Instant now, const ike::IkeSaClosed& fact) {
    leases.release(fact.ike_sa);
    const auto found = sessions.find(fact.ike_sa);
    if (found == sessions.end()) return;
    const Session session = std::move(found->second);
    sessions.erase(found);
    if (!session.is_established) return;
    events.push_back(SessionEnded{fact.ike_sa, session.peer, session.rule->name,
                                  session.ending.empty() ? fact.detail : session.ending, now - session.since,
                                  session.traffic.bytes_in(), session.traffic.bytes_out()});
  }

  void seen(Instant now, ike::IkeSaId id, const Path& path) {
    Session* session = find(id);
    if (!session) return;
    session->last_seen = std::max(session->last_seen, now);
    if (const auto since = std::exchange(session->dormant_since, std::nullopt))
      events.push_back(SessionResumed{id, session->peer, path, now - *since});
  }

  // ---- Traffic and time.

  void handle_traffic(Instant now, const ike::TrafficReport& report) {
    endpoint.handle_traffic(now, report);
    const auto id = session_of.find(report.child);
    if (id == session_of.end()) return;
    Session* session = find(id->second);
    if (!session) return;
    if (session->traffic.handle_traffic(report)) session->last_traffic = now;
    if (report.last_inbound && *report.last_inbound > session->last_seen) {
      const auto info = endpoint.find(id->second);
      seen(*report.last_inbound, id->second, info ? info->path : Path{});
    }
  }

  void close_idle(Instant now) {
    if (config->idle_timeout == Duration{0}) return;
    for (auto& [id, session] : sessions) {
      if (!session.is_established || now < session.last_traffic + config->idle_timeout || !session.ending.empty())
        continue;
      session.ending =
          fmt::format("idle for {} s", std::chrono::floor<std::chrono::seconds>(config->idle_timeout).count());
      endpoint.close(now, id);
    }
  }

  void close(Instant now, ike::IkeSaId id, std::string why) {
    if (Session* session = find(id)) session->ending = std::move(why);
    endpoint.close(now, id);
  }

  std::optional<Instant> next_timeout() const {
    auto next = endpoint.poll_timeout();
    if (config->idle_timeout == Duration{0}) return next;
    for (const auto& [id, session] : sessions) {
      if (!session.is_established || !session.ending.empty()) continue;
      const Instant idle_at = session.last_traffic + config->idle_timeout;
      next = next ? std::min(*next, idle_at) : idle_at;
    }
    return next;
  }

  Session* find(ike::IkeSaId id) {
    const auto session = sessions.find(id);
    return session == sessions.end() ? nullptr : &session->second;
  }

  std::shared_ptr<const Config> config;  // Of now; a session shares the one that let it in.
  ike::Credentials credentials;
  Leases leases;
  ike::Endpoint endpoint;
  WallTime wall_time_at_start{};  // The calendar when `now` was zero.
  std::map<ike::IkeSaId, Session> sessions;
  std::map<ike::ChildSaId, ike::IkeSaId> session_of;
  std::deque<Event> events;
  std::deque<ike::Ask> asks;
};

Gateway::Gateway(Config config, ike::Credentials credentials, Random& random)
    : core_(std::make_unique<Core>(std::move(config), std::move(credentials), random)) {}
Gateway::~Gateway() = default;

std::vector<std::string> Gateway::reconfigure(Config config, ike::Credentials credentials) {
  return core_->reconfigure(std::move(config), std::move(credentials));
}

void Gateway::handle_wall_time(Instant now, WallTime wall_time) {
  core_->wall_time_at_start = wall_time - std::chrono::floor<WallTime::duration>(now.time_since_epoch());
}

void Gateway::handle_addresses(Instant now, std::vector<IpAddress> addresses) {
  core_->endpoint.announce_addresses(now, std::move(addresses));
  core_->settle(now);
}

void Gateway::handle_datagram(Instant now, const Path& path, ByteView datagram) {
  core_->endpoint.handle_datagram(now, path, datagram);
  core_->settle(now);
}

void Gateway::handle_traffic(Instant now, const ike::TrafficReport& report) {
  core_->handle_traffic(now, report);
  core_->settle(now);
}

void Gateway::handle_answer(Instant now, ike::AskId ask, ike::Answer answer) {
  core_->endpoint.handle_answer(now, ask, std::move(answer));
  core_->settle(now);
}

void Gateway::handle_timeout(Instant now) {
  core_->endpoint.handle_timeout(now);
  core_->close_idle(now);
  core_->settle(now);
}

void Gateway::disconnect(Instant now, ike::IkeSaId session) {
  core_->close(now, session, "disconnected by the operator");
  core_->settle(now);
}

void Gateway::rekey(Instant now, ike::IkeSaId session) {
  core_->endpoint.rekey_ike_sa(now, session);
  core_->settle(now);
}

void Gateway::rekey_child_sas(Instant now, ike::IkeSaId session) {
  if (const auto info = core_->endpoint.find(session))
    for (const ike::ChildSaInfo& child : info->child_sas) core_->endpoint.rekey_child_sa(now, child.child);
  core_->settle(now);
}

void Gateway::shut_down(Instant now) {
  for (const auto& info : core_->endpoint.ike_sas()) core_->close(now, info.ike_sa, "the gateway shuts down");
  core_->settle(now);
}

namespace {

template <class T>
std::optional<T> pop(std::deque<T>& queue) {
  if (queue.empty()) return std::nullopt;
  T front = std::move(queue.front());
  queue.pop_front();
  return front;
}

}  // namespace

std::optional<ike::Transmit> Gateway::poll_transmit() { return core_->endpoint.poll_transmit(); }
std::optional<ike::SaChange> Gateway::poll_sa_change() { return core_->endpoint.poll_sa_change(); }
std::optional<ike::Ask> Gateway::poll_ask() { return pop(core_->asks); }
std::optional<Event> Gateway::poll_event() { return pop(core_->events); }
void Gateway::log_keys(bool is_wanted) { core_->endpoint.log_keys(is_wanted); }
std::optional<ike::KeyLogEntry> Gateway::poll_key_log() { return core_->endpoint.poll_key_log(); }
std::optional<Instant> Gateway::poll_timeout() const { return core_->next_timeout(); }

std::vector<SessionInfo> Gateway::sessions() const {
  std::vector<SessionInfo> infos;
  for (const auto& [id, session] : core_->sessions) {
    if (!session.is_established) continue;
    infos.push_back({.id = id,
                     .peer = session.peer,
                     .rule = session.rule->name,
                     .is_dormant = session.dormant_since.has_value(),
                     .since = session.since,
                     .last_seen = session.last_seen,
                     .bytes_in = session.traffic.bytes_in(),
                     .bytes_out = session.traffic.bytes_out(),
                     .wants_mobike = core_->config->settings.mobike,
                     .ike_sa = core_->endpoint.find(id)});
  }
  return infos;
}

std::size_t Gateway::half_open_count() const { return core_->endpoint.half_open_count(); }
const Config& Gateway::config() const { return *core_->config; }

}  // namespace agilevpn::gateway
