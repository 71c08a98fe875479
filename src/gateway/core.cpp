#include "gateway/core.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/pop.h"
#include "base/timers.h"
#include "crypto/hash.h"
#include "gateway/admission.h"
#include "gateway/limits.h"

namespace agilevpn::gateway {

namespace {

using ike::wire::NotifyType;

constexpr std::string_view replaced = "its client connected anew";

Bytes fingerprint_of(const ike::AuthenticatePeer& peer) {
  return peer.uses_certificate && !peer.certificates.empty() ? crypto::hash(crypto::HashId::Sha2_256, {peer.certificates.front()}) : Bytes{};
}

ike::EndpointConfig endpoint_config(const Config& config, const ike::Credentials& credentials) {
  ike::EndpointConfig endpoint{.policy = config.policy, .settings = config.settings};
  endpoint.authorities = credentials.authorities();
  endpoint.settings.outage = config.outage_time;
  return endpoint;
}

std::vector<radius::ServerConfig> copy(const std::vector<radius::ServerConfig>& servers) {
  std::vector<radius::ServerConfig> copies;
  for (const radius::ServerConfig& server : servers) copies.push_back(server.copy());
  return copies;
}

radius::ClientConfig client_config(const Config& config, const std::vector<radius::ServerConfig>& servers) {
  radius::ClientConfig client{.servers = copy(servers), .nas = {}, .retransmission = {}};
  client.nas.add_text(radius::Type::NasIdentifier, config.name.substr(0, radius::limits::value_largest));
  return client;
}

// A login in TLS shows the certificate that IKE shows.
std::shared_ptr<const crypto::TlsContext> tls_context(const Config& config, const ike::Credentials& credentials) {
  if (!config.certificate || config.eap_methods.empty()) return nullptr;
  auto made = credentials.tls_context(crypto::TlsRole::Server, config.certificate);
  return made ? std::make_shared<const crypto::TlsContext>(*std::move(made)) : nullptr;
}

std::optional<radius::Client> radius_client(const Config& config, Random& random) {
  if (config.radius.empty()) return std::nullopt;
  auto client = client_config(config, config.radius);
  client.request_longest = limits::radius_patience;
  return std::optional<radius::Client>{std::in_place, std::move(client), random};
}

std::optional<Accountant> make_accountant(const Config& config, Random& random) {
  if (config.accounting.empty()) return std::nullopt;
  return std::optional<Accountant>{std::in_place, client_config(config, config.accounting), config.name, config.interim_interval, random};
}

std::optional<radius::DynamicAuthorization> make_dynamic_authorization(const Config& config) {
  if (config.dynamic_authorization.servers.empty()) return std::nullopt;
  auto own = config.dynamic_authorization.copy();
  own.nas_identifier = config.name;
  return std::optional<radius::DynamicAuthorization>{std::move(own)};
}

bool speaks_radius(const Config& config) {
  return !config.radius.empty() || !config.accounting.empty() || !config.dynamic_authorization.servers.empty();
}

radius::AcctTerminateCause cause_of(ike::IkeSaClosed::Reason reason) {
  using Reason = ike::IkeSaClosed::Reason;
  using Cause = radius::AcctTerminateCause;
  switch (reason) {
    case Reason::ByPeer: return Cause::UserRequest;
    case Reason::NoAnswer: return Cause::LostCarrier;
    case Reason::Replaced: return Cause::LostCarrier;  // Its client has lost it.
    case Reason::ByUs: return Cause::NasRequest;
    case Reason::Expired: return Cause::SessionTimeout;
    case Reason::AuthenticationFailed:
    case Reason::Refused: return Cause::UserError;
    case Reason::InternalError: return Cause::NasError;
  }
  return Cause::NasError;
}

}  // namespace

Gateway::Core::Core(Config config_, ike::Credentials credentials_, Random& random_)
    : config(std::make_shared<const Config>(std::move(config_))),
      credentials(std::move(credentials_)),
      tls(tls_context(*config, credentials)),
      random(random_),
      leases(config->pools),
      endpoint(endpoint_config(*config, credentials), random),
      radius(radius_client(*config, random)),
      accountant(make_accountant(*config, random)),
      dynamic_authorization(make_dynamic_authorization(*config)) {
  if (speaks_radius(*config)) accounting_prefix = static_cast<std::uint32_t>(random.public_u64());
}

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
  const auto keep_servers = [&](auto& to, const auto& from, std::string what) {
    if (to != from) unchanged.push_back(std::move(what));
    to = copy(from);
  };
  keep_servers(fresh.radius, config->radius, "which RADIUS servers decide");
  keep_servers(fresh.accounting, config->accounting, "which RADIUS servers take accounting");
  if (fresh.dynamic_authorization != config->dynamic_authorization) unchanged.emplace_back("which RADIUS servers may give orders");
  if (fresh_credentials.authorities() != credentials.authorities()) unchanged.push_back("which CAs clients are told of");
  config = std::make_shared<const Config>(std::move(fresh));
  credentials = std::move(fresh_credentials);
  tls = tls_context(*config, credentials);
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
    } else if (const auto lost = accountant ? accountant->radius().poll_event() : std::nullopt) {
      events.push_back(*lost);
    } else if (const auto order = dynamic_authorization ? dynamic_authorization->poll_ask() : std::nullopt) {
      obey(now, *order);
    } else if (const auto dropped = dynamic_authorization ? dynamic_authorization->poll_event() : std::nullopt) {
      events.push_back(*dropped);
    } else {
      return;
    }
  }
}

// ---- What the engine asks.

void Gateway::Core::answer(Instant now, ike::AskId id, const ike::AuthenticatePeer& peer) {
  if (peer.uses_eap) return begin_login(now, id, peer);
  const auto asks = [](const ConnectionRule& rule) { return rule.certificate && rule.revocation != ike::Revocation::Off; };
  if (!peer.uses_certificate || std::ranges::none_of(config->rules, asks)) return decide(now, id, peer, nullptr);
  revocations.add(id, peer);
  revocation_asks.push_back({id, peer.peer, peer.certificates});
}

void Gateway::Core::handle_revocation(Instant now, ike::AskId id, const ike::RevocationAnswer& answer) {
  if (const auto peer = revocations.take(id)) decide(now, id, *peer, &answer);
}

void Gateway::Core::decide(Instant now, ike::AskId id, const ike::AuthenticatePeer& peer, const ike::RevocationAnswer* revocation) {
  auto admitted = admit(*config, credentials, peer, calendar(now), revocation);
  if (!admitted) {
    NotAdmitted& refusal = admitted.error();
    refuse_peer({peer.peer, peer.path, refusal.reason, peer.ike_sa, refusal.cause, std::move(refusal.certificate)}, fingerprint_of(peer));
    return endpoint.handle_answer(now, id, ike::Refused{NotifyType::AuthenticationFailed, std::move(refusal.reason), {}});
  }
  Session session = new_session(now, peer.ike_sa, {config, admitted->rule}, peer.peer, peer.uses_certificate ? "certificate" : "psk");
  session.fingerprint = fingerprint_of(peer);
  session.from = peer.path.peer.address;
  sessions.admit(peer.ike_sa, std::move(session));
  endpoint.handle_answer(now, id, std::move(admitted->answer));
}

WallTime Gateway::Core::calendar(Instant now) const {
  return wall_time_at_start + std::chrono::floor<WallTime::duration>(now.time_since_epoch());
}

void Gateway::Core::answer(Instant now, ike::AskId id, const ike::Sign& question) {
  if (auto signature = credentials.sign(question)) return endpoint.handle_answer(now, id, *std::move(signature));
  asks.push_back({id, question});
}

void Gateway::Core::take_over(Instant now, const ike::AssignAddresses& question) {
  const auto wants = [&](ike::IkeSaId id) {
    return (question.wished_ipv4 && leases.holds(id, *question.wished_ipv4)) ||
           (question.wished_ipv6 && leases.holds(id, *question.wished_ipv6));
  };
  for (const auto& [id, session] : sessions.all()) {
    if (id == question.ike_sa || session.peer != question.peer || !wants(id)) continue;
    if (!is_silent(now, id, limits::forgotten_silence)) continue;
    release(id);
    close(now, id, {radius::AcctTerminateCause::LostCarrier, std::string{replaced}});
  }
}

void Gateway::Core::release_older(const ike::AssignAddresses& question) {
  for (const auto& [id, session] : sessions.all()) {
    if (id == question.ike_sa || session.peer != question.peer || !session.is_established) continue;
    release(id);
    sessions.end(id, {radius::AcctTerminateCause::PortPreempted, std::string{replaced}});
  }
}

// ---- What the engine says.

void Gateway::Core::note(Instant now, const ike::IkeSaEstablished& fact) {
  forget_login(fact.ike_sa);
  Session* session = sessions.start(now, fact.ike_sa);
  if (!session) return;
  const auto info = endpoint.find(fact.ike_sa);
  session->path = fact.path;
  if (info) session->lease = info->lease;
  events.push_back(SessionStarted{fact.ike_sa, fact.peer, session->rule->name, fact.path, session->lease});
  if (accountant) accountant->start(now, calendar(now), fact.ike_sa, *session);
  user_asks.push_back({fact.ike_sa, NoteLogin{.peer = fact.peer, .fingerprint = session->fingerprint, .user = session->user_id,
                                             .device = session->device, .from = fact.path.peer.address, .failure = {}}});
}

void Gateway::Core::note(Instant now, const ike::PathChanged& fact) {
  resume(now, fact.ike_sa, fact.to);
  Session* session = sessions.find(fact.ike_sa);
  if (!session || session->path == fact.to) return;
  session->path = fact.to;
  if (accountant && session->is_established) accountant->interim(now, calendar(now), fact.ike_sa, *session);
}

void Gateway::Core::note(Instant now, const ike::PathUnresponsive& fact) {
  Session* session = sessions.find(fact.ike_sa);
  if (!session || !session->is_established || session->dormant_since || fact.attempts < limits::dormant_attempts) return;
  if (!is_silent(now, fact.ike_sa, limits::dormant_silence)) return;
  session->dormant_since = now;
  events.push_back(SessionDormant{fact.ike_sa, session->peer, config->outage_time});
}

void Gateway::Core::note(Instant now, const ike::IkeSaClosed& fact) {
  release(fact.ike_sa);
  openings.erase(fact.ike_sa);
  note_abandoned(fact);
  forget_login(fact.ike_sa);
  const Session* session = sessions.remove(fact.ike_sa);
  if (!session) return;
  if (!session->is_established) {
    note_unproved(*session, fact);
    return static_cast<void>(sessions.bury(fact.ike_sa));
  }
  endings[fact.ike_sa] = {now, session->ending ? session->ending->cause : cause_of(fact.reason)};
  events.push_back(SessionEnded{.ike_sa = fact.ike_sa, .peer = session->peer, .rule = session->rule->name,
                                .reason = session->ending ? session->ending->why : fact.detail, .duration = now - session->since});
}

std::optional<Event> Gateway::Core::next_event() {
  auto event = pop(events);
  if (auto* ended = event ? std::get_if<SessionEnded>(&*event) : nullptr) complete(*ended);
  return event;
}

void Gateway::Core::complete(SessionEnded& fact) {
  const auto ended = endings.extract(fact.ike_sa);
  const auto session = sessions.bury(fact.ike_sa);
  if (!ended || !session) return;
  fact.bytes_in = session->traffic.bytes_in();
  fact.bytes_out = session->traffic.bytes_out();
  if (!accountant) return;
  const auto [now, cause] = ended.mapped();
  accountant->stop(now, calendar(now), fact.ike_sa, *session, cause);
  if (is_over()) accountant->end(now, calendar(now));
}

// Its certificate or identity was let in, and then it did not prove that they are its own.
void Gateway::Core::note_unproved(const Session& session, const ike::IkeSaClosed& fact) {
  if (session.is_refused || fact.reason != ike::IkeSaClosed::Reason::AuthenticationFailed) return;
  user_asks.push_back({{}, NoteLogin{.peer = session.peer, .fingerprint = session.fingerprint, .device = {},
                                     .from = session.from, .failure = fact.detail}});
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

void Gateway::Core::close(Instant now, ike::IkeSaId id, Ending why) {
  sessions.end(id, std::move(why));
  endpoint.close(now, id);
}

void Gateway::Core::close_due(Instant now) {
  for (const ike::IkeSaId id : sessions.all_due(now)) {
    const Session& session = *sessions.find(id);
    const bool is_idle = session.idle_timeout > Duration{0} && now >= session.last_traffic + session.idle_timeout;
    const auto limit = is_idle ? session.idle_timeout : session.session_timeout;
    const auto cause = is_idle ? radius::AcctTerminateCause::IdleTimeout : radius::AcctTerminateCause::SessionTimeout;
    close(now, id, {cause, fmt::format("{} {} s", is_idle ? "idle for" : "its time is up:", std::chrono::floor<std::chrono::seconds>(limit).count())});
  }
}

void Gateway::Core::account_due(Instant now) {
  if (!accountant) return;
  accountant->radius().handle_timeout(now);
  for (const ike::IkeSaId id : accountant->take_due(now))
    if (const Session* session = sessions.find(id)) accountant->interim(now, calendar(now), id, *session);
}

Session Gateway::Core::new_session(Instant now, ike::IkeSaId id, std::shared_ptr<const ConnectionRule> rule, 
                                   ike::wire::Identity peer, std::string method) const {
  const Duration idle = rule->idle_timeout.value_or(config->idle_timeout);
  const Duration whole = rule->session_timeout;
  const std::string group = rule->name;
  return {.rule = std::move(rule), .peer = peer, .fingerprint = {}, .method = std::move(method), .since = now, .last_traffic = now,
          .idle_timeout = idle, .session_timeout = whole, .accounting_id = accounting_id(id), .login = std::move(peer), .login_group = group};
}

std::string Gateway::Core::accounting_id(ike::IkeSaId id) const { return fmt::format("{:08x}-{}", accounting_prefix, id.value); }

std::optional<Instant> Gateway::Core::next_timeout() const {
  auto next = endpoint.poll_timeout();
  if (radius) take_earlier(next, radius->poll_timeout());
  if (accountant) take_earlier(next, accountant->poll_timeout());
  if (!held_steps.empty()) take_earlier(next, held_steps.begin()->first);
  take_earlier(next, sessions.first_deadline());
  return next;
}

SessionInfo Gateway::Core::describe(ike::IkeSaId id, const Session& session) const {
  SessionInfo info{.id = id,
                   .peer = session.peer,
                   .user = session.user,
                   .device = session.device,
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
