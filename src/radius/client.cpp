#include "radius/client.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/check.h"
#include "base/pop.h"
#include "base/timers.h"
#include "radius/dictionary.h"
#include "radius/hidden.h"

namespace agilevpn::radius {

namespace {

bool answers(Code answer, Code request) {
  switch (answer) {
    case Code::AccessAccept: return request == Code::AccessRequest || request == Code::StatusServer;
    case Code::AccessReject:
    case Code::AccessChallenge: return request == Code::AccessRequest;
    case Code::AccountingResponse: return request == Code::AccountingRequest || request == Code::StatusServer;
    default: return false;
  }
}

decltype(Answer::result) result_of(Packet packet, const Authenticator& of_request, const Secret& secret) {
  if (packet.code == Code::AccountingResponse) return Accounted{};
  if (const Attribute* const invalid = find_invalid_size(packet.attributes)) {
    return Reject{.attributes = {}, .why = fmt::format("the server sent {}", to_string(*invalid))};
  }
  if (packet.code == Code::AccessReject) return Reject{.attributes = std::move(packet.attributes), .why = {}};
  if (packet.code == Code::AccessChallenge) return Challenge{std::move(packet.attributes)};
  Accept accept{.attributes = std::move(packet.attributes), .msk = std::nullopt};
  accept.msk = reveal_msk(accept.attributes, of_request, secret);
  accept.attributes.remove(MicrosoftType::MppeRecvKey);
  accept.attributes.remove(MicrosoftType::MppeSendKey);
  return accept;
}

}  // namespace

Client::Client(ClientConfig config, Random& random)
    : servers_(std::move(config.servers), config.dead_time),
      config_(std::move(config)),
      random_(random),
      identifiers_(servers_.size(), IdentifierSpace{config_.sources_per_server}) {
  CHECK(servers_.size() > 0 && config_.sources_per_server > 0);
}

// ---- Commands

RequestId Client::send(Instant now, Request request) {
  const RequestId id{next_id_++};
  if (const auto why = obstacle(request)) {
    answers_.push_back({id, 0, Unreachable{*why}});
    return id;
  }
  pending_.emplace(id, Pending{.request = std::move(request),
                               .started = now,
                               .deadline = now + config_.request_longest,
                               .attempts = {},
                               .tried = {}});
  attempt_next(now, id);
  return id;
}

std::optional<std::string> Client::obstacle(const Request& request) const {
  if (pending_.size() >= config_.outstanding_max) {
    return fmt::format("{} requests are waiting for RADIUS servers already", pending_.size());
  }
  if (request.server && *request.server >= servers_.size()) return "there is no such RADIUS server";
  const std::size_t password = request.user_password ? request.user_password->size() : 0;
  if (password > password_largest) return fmt::format("a password of {} octets is too long for RADIUS", password);
  constexpr std::size_t added = 2 + 16 + 2 + password_largest;  // Message-Authenticator and User-Password.
  const Packet packet{.attributes = request.attributes};
  const Packet nas{.attributes = config_.nas};
  const std::size_t size = encoded_size(packet) + encoded_size(nas) - header_size + added;
  if (size > limits::packet_largest) return fmt::format("{} octets are too many for a RADIUS packet", size);
  return std::nullopt;
}

void Client::cancel(RequestId id) {
  const auto found = pending_.find(id);
  if (found == pending_.end()) return;
  unwatch(id, found->second);
  release(found->second);
  pending_.erase(found);
}

// ---- The way of a request through the servers

void Client::attempt_next(Instant now, RequestId id) {
  while (const auto server = next_server(now, pending_.at(id))) {
    pending_.at(id).tried.push_back(*server);
    if (begin_attempt(now, id, *server)) return;
  }
  fail(now, id);
}

std::optional<std::size_t> Client::next_server(Instant now, const Pending& pending) {
  if (!pending.request.server) return servers_.choose(now, pending.tried);
  return pending.tried.empty() ? pending.request.server : std::nullopt;
}

bool Client::begin_attempt(Instant now, RequestId id, std::size_t server) {
  const auto slot = identifiers_[server].take();
  if (!slot) return false;
  Pending& pending = pending_.at(id);
  slots_[{server, *slot}] = id;
  Attempt attempt = make_attempt(now, pending.request, server, *slot);
  const bool is_last = pending.request.server || pending.tried.size() == servers_.size();
  const int tries = servers_.is_dead(server) ? 1 : config_.tries_before_failover;
  attempt.tries_at_most = is_last ? config_.retransmission.count : std::min(tries, config_.retransmission.count);
  transmit(now, attempt);
  pending.attempts.push_back(std::move(attempt));
  watch(id, pending);
  return true;
}

Client::Attempt Client::make_attempt(Instant now, const Request& request, std::size_t server, Slot slot) {
  Packet packet{
      .code = request.code, .identifier = slot.identifier, .authenticator = {}, .attributes = request.attributes};
  packet.attributes.append(config_.nas);
  random_.fill_public(packet.authenticator);
  const Secret& secret = servers_[server].secret;
  if (request.user_password) {
    packet.attributes.add(Type::UserPassword,
                          hide_password(request.user_password->view(), packet.authenticator, secret));
  }
  Attempt attempt{.server = server, .slot = slot, .first_sent = now};
  attempt.datagram = seal_request(packet, secret);
  attempt.authenticator = decode(attempt.datagram)->authenticator;  // Of an Accounting-Request it is computed.
  return attempt;
}

void Client::transmit(Instant now, Attempt& attempt) {
  const bool is_again = attempt.retransmission.transmissions() > 0;
  attempt.due = now + attempt.retransmission.next(config_.retransmission, random_);
  const bool was_lost = std::exchange(attempt.is_lost, false);
  if (is_again && !was_lost && servers_[attempt.server].transport == Transport::Stream) return;
  transmit_anew(attempt);
}

void Client::transmit_anew(Attempt& attempt) {
  transmits_.push_back({{attempt.server, attempt.slot.source}, attempt.datagram});
}

// ---- Silence

void Client::handle_timeout(Instant now) {
  std::vector<RequestId> due;
  for (const auto& [at, id] : by_due_) {
    if (at > now) break;
    due.push_back(id);
  }
  for (const RequestId id : due) {
    if (pending_.contains(id)) on_due(now, id);
  }
  std::erase_if(probes_, [&](const auto& probe) {
    if (now < probe.second.due) return false;
    identifiers_[probe.first].release(probe.second.slot);
    return true;
  });
  probe(now);
}

void Client::on_due(Instant now, RequestId id) {
  Pending& pending = pending_.at(id);
  Attempt& attempt = pending.attempts.back();
  const bool is_over = now >= pending.deadline;
  if (!is_over && attempt.retransmission.transmissions() < attempt.tries_at_most) {
    transmit(now, attempt);
    return watch(id, pending);
  }
  const auto trouble = troubles_.find(attempt.server);
  give_up_server(now, attempt.server, attempt.first_sent,
                 trouble == troubles_.end() ? "no answer; it is down, or the shared secrets differ" : trouble->second);
  is_over ? fail(now, id) : attempt_next(now, id);
}

void Client::watch(RequestId id, Pending& pending) {
  unwatch(id, pending);
  pending.due = std::min(pending.attempts.back().due, pending.deadline);
  by_due_.emplace(*pending.due, id);
}

void Client::unwatch(RequestId id, Pending& pending) {
  if (pending.due) by_due_.erase({*pending.due, id});
  pending.due.reset();
}

void Client::give_up_server(Instant now, std::size_t server, Instant since, const std::string& why) {
  if (servers_.silent(now, server, since)) events_.push_back(ServerDied{servers_[server].name, why});
}

void Client::handle_refusal(Instant now, std::size_t server, const std::string& why) {
  troubles_[server] = why;
  give_up_server(now, server, now, why);
  std::vector<RequestId> waiting;
  for (auto& [id, pending] : pending_) {
    if (pending.attempts.back().server != server) continue;
    pending.attempts.back().is_lost = true;
    const bool has_other = !pending.request.server && pending.tried.size() < servers_.size();
    if (has_other) waiting.push_back(id);  // The others send again: it may restart.
  }
  for (const RequestId id : waiting) attempt_next(now, id);
}

void Client::handle_disconnect(Instant now, Channel channel, const std::string& why) {
  bool is_given_up = false;
  for (auto& [id, pending] : pending_) {
    Attempt& attempt = pending.attempts.back();
    if (attempt.server != channel.server || attempt.slot.source != channel.source) continue;
    if (attempt.retransmission.transmissions() >= attempt.tries_at_most) {
      is_given_up = true;
      continue;
    }
    attempt.due = now + attempt.retransmission.next(config_.retransmission, random_);
    transmit_anew(attempt);
    watch(id, pending);
  }
  if (is_given_up) handle_refusal(now, channel.server, why);
}

void Client::fail(Instant now, RequestId id) {
  const Pending& pending = pending_.at(id);
  std::vector<std::string> names;
  for (const std::size_t server : pending.tried) names.push_back(name_of(server));
  const auto waited = std::chrono::duration<double>(now - pending.started).count();
  const std::string why = pending.attempts.empty()
                              ? fmt::format("all identifiers towards {} are in use", fmt::join(names, ", "))
                              : fmt::format("no answer from {} within {:.0f} s", fmt::join(names, ", "), waited);
  finish(id, {id, 0, Unreachable{why}});
}

std::string Client::name_of(std::size_t server) const {
  const auto trouble = troubles_.find(server);
  const std::string& name = servers_[server].name;
  return trouble == troubles_.end() ? name : fmt::format("{} ({})", name, trouble->second);
}

void Client::finish(RequestId id, Answer answer) {
  cancel(id);
  answers_.push_back(std::move(answer));
}

void Client::release(const Pending& pending) {
  for (const Attempt& attempt : pending.attempts) {
    slots_.erase({attempt.server, attempt.slot});
    identifiers_[attempt.server].release(attempt.slot);
  }
}

// ---- Is a dead server back? (RFC 5997 §2.1)

void Client::probe(Instant now) {
  while (const auto server = servers_.take_probe(now)) {
    if (probes_.contains(*server)) continue;
    const auto slot = identifiers_[*server].take();
    if (!slot) continue;
    Attempt attempt = make_attempt(now, {.code = Code::StatusServer}, *server, *slot);
    transmit(now, attempt);
    attempt.due = now + limits::probe_wait;
    probes_.emplace(*server, std::move(attempt));
  }
}

void Client::end_probe(std::size_t server) {
  identifiers_[server].release(probes_.at(server).slot);
  probes_.erase(server);
}

void Client::heard(Instant now, std::size_t server) {
  troubles_.erase(server);
  if (servers_.heard(now, server)) events_.push_back(ServerIsBack{servers_[server].name});
}

// ---- Answers

void Client::handle_datagram(Instant now, Channel channel, ByteView datagram) {
  const auto packet = decode(datagram);
  if (!packet) return drop(channel.server, "sent what is no RADIUS packet: " + packet.error().to_string());
  const Slot slot{channel.source, packet->identifier};
  const auto probe = probes_.find(channel.server);
  if (probe != probes_.end() && probe->second.slot == slot) {
    return handle_probe_answer(now, channel.server, *packet, datagram);
  }
  const auto found = slots_.find({channel.server, slot});
  if (found == slots_.end()) {
    return drop(channel.server,
                fmt::format("sent {} {}, which answers nothing that waits: late, a second time, or a replay",
                            to_string(packet->code), packet->identifier),
                true);
  }
  const RequestId id = found->second;
  const Pending& pending = pending_.at(id);
  const auto attempt = std::ranges::find_if(
      pending.attempts, [&](const Attempt& one) { return one.server == channel.server && one.slot == slot; });
  CHECK(attempt != pending.attempts.end());
  if (!is_authentic(*attempt, pending.request.code, *packet, datagram)) return;
  heard(now, channel.server);
  auto result = result_of(*packet, attempt->authenticator, servers_[channel.server].secret);
  finish(id, {id, channel.server, std::move(result)});
}

bool Client::is_authentic(const Attempt& attempt, Code request, const Packet& packet, ByteView datagram) {
  if (!answers(packet.code, request)) {
    drop(attempt.server, fmt::format("answers {} with {}", to_string(request), to_string(packet.code)));
    return false;
  }
  const ServerConfig& server = servers_[attempt.server];
  // An answer to Status-Server grants nothing, and servers from before CVE-2024-3596 do not sign it (FreeRADIUS 3.2.1).
  const bool grants_nothing = packet.code == Code::AccountingResponse || request == Code::StatusServer;
  const auto need = grants_nothing ? MessageAuthenticator::Optional : server.need;
  if (is_authentic_response(datagram, attempt.authenticator, server.secret, need)) return true;
  const ForgedReply forged{
      server.name, packet.code,
      is_authentic_response(datagram, attempt.authenticator, server.secret, MessageAuthenticator::Optional)};
  troubles_[attempt.server] = reason_of(forged);
  events_.push_back(forged);
  return false;
}

void Client::drop(std::size_t server, std::string why, bool is_stray) {
  events_.push_back(ReplyDropped{servers_[server].name, std::move(why), is_stray});
}

void Client::handle_probe_answer(Instant now, std::size_t server, const Packet& packet, ByteView datagram) {
  if (!is_authentic(probes_.at(server), Code::StatusServer, packet, datagram)) return;
  end_probe(server);
  heard(now, server);
}

// ---- Polls

std::optional<Transmit> Client::poll_transmit() { return pop(transmits_); }
std::optional<Answer> Client::poll_answer() { return pop(answers_); }
std::optional<Event> Client::poll_event() { return pop(events_); }

std::optional<Instant> Client::poll_timeout() const {
  std::optional<Instant> next = servers_.next_probe();
  if (!by_due_.empty()) take_earlier(next, by_due_.begin()->first);
  for (const auto& [server, attempt] : probes_) take_earlier(next, attempt.due);
  return next;
}

}  // namespace agilevpn::radius
