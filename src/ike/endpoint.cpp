#include "ike/endpoint.h"

#include <algorithm>
#include <map>
#include <ranges>
#include <set>

#include "base/pop.h"
#include "ike/auth.h"
#include "ike/cookie_jar.h"
#include "ike/create_child.h"
#include "ike/half_open.h"
#include "ike/informational.h"
#include "ike/init.h"
#include "ike/key_log.h"
#include "ike/mobike.h"
#include "ike/rekey_ike.h"
#include "ike/resume.h"
#include "ike/session.h"

namespace agilevpn::ike {

namespace {

// [MS-AIPS] §2.2.1: main mode, quick mode and notifications of AuthIP stand behind a header like IKE's.
bool is_authip(const wire::Header& header) {
  const auto exchange = static_cast<unsigned>(header.exchange);
  return exchange >= 243 && exchange <= 245;
}

// Of a request that begins an IKE SA (§3.1).
bool may_begin(const wire::Header& header) {
  return header.spi_r.is_zero() && header.is_from_original_initiator && header.message_id == 0 &&
         !header.spi_i.is_zero();
}

}  // namespace

struct Endpoint::State {
  struct Entry {
    std::unique_ptr<Session> session;
    std::vector<IkeSpi> spis;           // Our SPIs that lead to it, as in by_spi.
    std::optional<HalfOpen::Key> init;  // As in half_open.
    std::optional<Instant> timeout;     // As in timeouts.
  };

  explicit State(EndpointConfig config, Random& random) : context{.config = std::move(config), .random = random} {}

  Session& add(Instant now, bool is_initiator, const Path& path) {
    const IkeSaId id{context.next_id()};
    Entry& entry = sessions[id];
    entry.session = std::make_unique<Session>(context, id, is_initiator, path, now);
    return *entry.session;
  }

  Session* find(IkeSaId id) {
    const auto found = sessions.find(id);
    return found == sessions.end() ? nullptr : found->second.session.get();
  }

  void answer_version(Instant now, const Path& path, const wire::Header& request);
  void handle_first_request(Instant now, const Path& path, const wire::Message& message, ByteView datagram);
  // Its session is made, if nothing is against it: else the answer that refuses it, if there is to be one.
  template <class Read, class Answer>
  std::optional<wire::Message> begin(const FirstRequest& request, std::size_t of_network, Read read, Answer answer);
  Session& add_half_open(const FirstRequest& request);
  bool has_room(const Path& path, std::size_t of_network);
  // `spared` stay.
  void replace_older(const Session& newer, bool of_login_only, const std::vector<IkeSaId>& spared);
  // After anything happened to a session: its SPIs, its deadline and its asks are as the maps say, or it is forgotten.
  void settle(IkeSaId id);
  void forget(IkeSaId id);
  void sync_spis(Entry& entry);
  bool make_room(std::size_t of_network);

  template <class Act>
  void with(IkeSaId id, Act act) {
    if (Session* session = find(id)) {
      act(*session);
      settle(id);
    }
  }

  Context context;
  CookieJar cookies;
  std::map<IkeSaId, Entry> sessions;
  std::map<IkeSpi, IkeSaId> by_spi;
  HalfOpen half_open;
  std::set<std::pair<wire::Identity, IkeSaId>> by_peer;  // Established, as responder.
  std::map<AskId, IkeSaId> asks;
  std::set<std::pair<Instant, IkeSaId>> timeouts;
  std::optional<Instant> version_answered;
};

// If all places are taken, somebody gives way. False: nobody has more of them.
bool Endpoint::State::make_room(std::size_t of_network) {
  if (half_open.size() < context.config.half_open_max) return true;
  const auto id = half_open.to_give_way(of_network);
  if (!id) return false;
  with(*id, [](Session& session) {
    session.finish(IkeSaClosed::Reason::Expired, "it went no further, and others wait for its place");
  });
  return true;
}

void Endpoint::State::sync_spis(Entry& entry) {
  const auto now_there = std::views::transform(entry.session->ike_sas, &IkeSa::local_spi);
  if (std::ranges::equal(now_there, entry.spis)) return;
  for (const IkeSpi spi : entry.spis) by_spi.erase(spi);
  for (const IkeSpi spi : now_there) by_spi[spi] = entry.session->id;
  entry.spis.assign(now_there.begin(), now_there.end());
}

void Endpoint::State::settle(IkeSaId id) {
  const auto found = sessions.find(id);
  if (found == sessions.end()) return;
  Entry& entry = found->second;
  Session& session = *entry.session;
  if (session.phase == Session::Phase::Closed) return forget(id);
  sync_spis(entry);
  if (entry.init && session.is_established()) {
    half_open.remove(*entry.init);
    entry.init.reset();
    by_peer.insert({session.peer, id});
  }
  if (const auto ask = std::exchange(session.pending_ask, std::nullopt)) asks[*ask] = id;
  const auto timeout = session.next_timeout();
  if (timeout != entry.timeout) {
    if (entry.timeout) timeouts.erase({*entry.timeout, id});
    if (timeout) timeouts.insert({*timeout, id});
    entry.timeout = timeout;
  }
  const bool of_login = std::exchange(session.replaces_resumed, false);
  const auto all_but = std::exchange(session.replaces_older, std::nullopt);
  if (all_but || of_login) replace_older(session, !all_but, all_but.value_or(std::vector<IkeSaId>{}));
}

void Endpoint::State::forget(IkeSaId id) {
  const Entry entry = std::move(sessions.at(id));
  sessions.erase(id);
  for (const IkeSpi spi : entry.spis) by_spi.erase(spi);
  if (entry.init) half_open.remove(*entry.init);
  by_peer.erase({entry.session->peer, id});
  if (entry.timeout) timeouts.erase({*entry.timeout, id});
  std::erase_if(asks, [&](const auto& ask) { return ask.second == id; });
}

void Endpoint::State::replace_older(const Session& newer, bool of_login_only, const std::vector<IkeSaId>& spared) {
  const auto is_of_login = [&](const Session& older) {
    return newer.ticket_terms && older.ticket_terms && older.ticket_terms->login == newer.ticket_terms->login;
  };
  std::vector<IkeSaId> older;
  for (auto at = by_peer.lower_bound({newer.peer, IkeSaId{}}); at != by_peer.end() && at->first == newer.peer; ++at)
    if (at->second != newer.id && std::ranges::count(spared, at->second) == 0 &&
        (!of_login_only || is_of_login(*find(at->second))))
      older.push_back(at->second);
  for (const IkeSaId id : older)
    with(id, [&](Session& session) {
      session.finish(IkeSaClosed::Reason::Replaced,
                     of_login_only ? "its client resumed the session" : "the same peer connected anew");
    });
}

// §2.5: "it MUST drop the message and SHOULD send an unauthenticated Notify message of type INVALID_MAJOR_VERSION containing the highest
// (closest) version number it supports", which is its header's.
void Endpoint::State::answer_version(Instant now, const Path& path, const wire::Header& request) {
  if (!context.config.is_responder || request.is_response || request.major_version < 2) return;
  if (version_answered && now < *version_answered + limits::version_answer_pause) return;
  version_answered = now;
  wire::Message answer{.header = request, .payloads = {wire::notify(wire::NotifyType::InvalidMajorVersion)}};
  answer.header.major_version = 2;
  answer.header.minor_version = 0;
  answer.header.has_higher_version = false;
  answer.header.is_response = true;
  answer.header.is_from_original_initiator = !request.is_from_original_initiator;
  context.transmits.push_back({path, wire::encode_message(answer)});
}

// Only behind a cookie, else whoever forges an address could keep its owner out.
bool Endpoint::State::has_room(const Path& path, std::size_t of_network) {
  using Cause = DatagramDropped::Cause;
  if (of_network >= limits::half_open_per_network_max) {
    context.events.push_back(
        DatagramDropped{path, "too many half-open IKE SAs of its network", Cause::HalfOpenOfNetwork});
    return false;
  }
  if (make_room(of_network)) return true;
  context.events.push_back(DatagramDropped{path, "too many half-open IKE SAs", Cause::HalfOpen});
  return false;
}

Session& Endpoint::State::add_half_open(const FirstRequest& request) {
  const HalfOpen::Key key{request.message.header.spi_i, request.from.peer};
  Session& session = add(request.now, false, request.from);
  sessions.at(session.id).init = key;
  half_open.add(key, session.id);
  return session;
}

template <class Read, class Answer>
std::optional<wire::Message> Endpoint::State::begin(const FirstRequest& request, std::size_t of_network, Read read,
                                                    Answer answer) {
  auto understood = read(context, request);
  if (!understood) return std::move(understood.error());
  if (!has_room(request.from, of_network)) return std::nullopt;
  Session& session = add_half_open(request);
  answer(session, request, *std::move(understood));
  settle(session.id);
  return std::nullopt;
}

void Endpoint::State::handle_first_request(Instant now, const Path& path, const wire::Message& message,
                                           ByteView datagram) {
  if (!context.config.is_responder)
    return context.events.push_back(DatagramDropped{path, "we are no responder", DatagramDropped::Cause::NoResponder});
  if (const auto known = half_open.find({message.header.spi_i, path.peer}))
    return repeat_init_response(*find(*known), path);
  const std::size_t of_network = half_open.size_of_network(path.peer.address);
  const bool asks_for_cookie =
      half_open.size() >= context.config.cookie_threshold || of_network >= limits::cookie_threshold_of_network;
  const FirstRequest request{now, path, message, datagram, asks_for_cookie ? &cookies : nullptr};
  const auto refusal = message.header.exchange == wire::ExchangeType::IkeSaInit
                           ? begin(request, of_network, read_init, answer_init)
                           : begin(request, of_network, read_resume, answer_resume);
  if (refusal) context.transmits.push_back({path, wire::encode_message(*refusal)});
}

Endpoint::Endpoint(EndpointConfig config, Random& random)
    : state_(std::make_unique<State>(std::move(config), random)) {}
Endpoint::~Endpoint() = default;

void Endpoint::handle_datagram(Instant now, const Path& path, ByteView datagram) {
  using Cause = DatagramDropped::Cause;
  const auto drop = [&](std::string reason, Cause cause = Cause::Other) {
    state_->context.events.push_back(DatagramDropped{path, std::move(reason), cause});
  };
  const auto header = wire::decode_header(datagram);
  if (!header) return drop(header.error().to_string(), Cause::Malformed);
  if (is_authip(*header)) return drop("it is AuthIP", Cause::AuthIp);
  if (header->major_version != 2) {
    state_->answer_version(now, path, *header);
    if (header->major_version == 1) return drop("it is IKEv1", Cause::Version1);
    return drop("it is IKE major version " + std::to_string(header->major_version), Cause::OtherVersion);
  }
  const auto message = wire::decode_message(datagram);
  if (!message) return drop(message.error().to_string(), Cause::Malformed);
  if (wire::is_initial(header->exchange) && !header->is_response) {
    if (!may_begin(*header))
      return drop("an " + wire::to_string(header->exchange) + " request with impossible header fields");
    return state_->handle_first_request(now, path, *message, datagram);
  }
  const IkeSpi ours = header->is_from_original_initiator ? header->spi_r : header->spi_i;
  const auto found = state_->by_spi.find(ours);
  if (found == state_->by_spi.end()) return drop("we have no IKE SA with SPI " + ours.to_string());
  state_->with(found->second, [&](Session& session) { session.handle_message(now, path, *message, datagram); });
}

void Endpoint::handle_wall_time(Instant now, WallTime date) { state_->context.calendar.set(now, date); }

void Endpoint::handle_timeout(Instant now) {
  while (!state_->timeouts.empty() && state_->timeouts.begin()->first <= now) {
    const auto [at, id] = *state_->timeouts.begin();
    state_->with(id, [&](Session& session) { session.handle_timeout(now); });
    // A deadline that its session does not move would keep us here for ever.
    const auto again = state_->timeouts.begin();
    if (again != state_->timeouts.end() && *again == std::pair{at, id}) {
      state_->timeouts.erase(again);
      state_->timeouts.insert({*(state_->sessions.at(id).timeout = now + 1s), id});
    }
  }
}

void Endpoint::handle_answer(Instant now, AskId ask, Answer answer) {
  const auto found = state_->asks.find(ask);
  if (found == state_->asks.end()) return;  // Its session is gone meanwhile.
  const IkeSaId id = found->second;
  state_->asks.erase(found);
  state_->with(id, [&](Session& session) { handle_auth_answer(session, now, std::move(answer)); });
}

void Endpoint::handle_traffic(Instant now, const TrafficReport& report) {
  const auto found = state_->context.children.find(report.child);
  if (found == state_->context.children.end()) return;
  state_->with(found->second, [&](Session& session) { session.handle_traffic(now, report); });
}

void Endpoint::refuse_new() { state_->context.config.is_responder = false; }

IkeSaId Endpoint::connect(Instant now, ConnectRequest request) {
  Session& session = state_->add(now, true, request.path);
  const IkeSaId id = session.id;
  start_init(session, now, std::move(request));
  state_->settle(id);
  return id;
}

void Endpoint::close(Instant now, IkeSaId ike_sa) {
  state_->with(ike_sa, [&](Session& session) { session.close(now); });
}

void Endpoint::abandon(Instant, IkeSaId ike_sa) {
  state_->with(ike_sa, [](Session& session) { session.finish(IkeSaClosed::Reason::ByUs, "it goes on elsewhere"); });
}

void Endpoint::set_ticket_keys(std::vector<TicketKey> keys) { state_->context.ticket_box.set_keys(std::move(keys)); }

void Endpoint::set_ticket_terms(Instant, IkeSaId ike_sa, std::optional<TicketTerms> terms) {
  state_->with(ike_sa, [&](Session& session) { session.ticket_terms = std::move(terms); });
}

void Endpoint::rekey_ike_sa(Instant now, IkeSaId ike_sa) {
  state_->with(ike_sa, [&](Session& session) { session.enqueue(now, ike::rekey_ike_sa()); });
}

void Endpoint::rekey_child_sa(Instant now, ChildSaId child) {
  const auto found = state_->context.children.find(child);
  if (found == state_->context.children.end()) return;
  state_->with(found->second, [&](Session& session) { session.enqueue(now, ike::rekey_child_sa(child)); });
}

void Endpoint::create_child_sa(Instant now, IkeSaId ike_sa, TrafficSelectors ts_local, TrafficSelectors ts_remote) {
  state_->with(ike_sa, [&](Session& session) {
    session.enqueue(now, ike::create_child_sa(std::move(ts_local), std::move(ts_remote)));
  });
}

void Endpoint::move(Instant now, IkeSaId ike_sa, const Path& path) {
  state_->with(ike_sa, [&](Session& session) { session.move(now, path); });
}

void Endpoint::check_path(Instant now, IkeSaId ike_sa, const Path& path) {
  state_->with(ike_sa, [&](Session& session) {
    const bool is_other = path != session.path;
    session.enqueue(now, liveness_check(is_other ? std::optional{path} : std::nullopt));
  });
}

void Endpoint::suspend(Instant, IkeSaId ike_sa) {
  state_->with(ike_sa, [](Session& session) { session.suspend(); });
}

void Endpoint::announce_addresses(Instant now, std::vector<IpAddress> addresses) {
  if (addresses == state_->context.addresses) return;
  state_->context.addresses = std::move(addresses);
  std::vector<IkeSaId> mobile;
  for (const auto& [id, entry] : state_->sessions)
    if (entry.session->is_established() && entry.session->is_mobike) mobile.push_back(id);
  for (const IkeSaId id : mobile)
    state_->with(id, [&](Session& session) {
      if (!session.has_queued(Exchange::Kind::AnnounceAddresses)) session.enqueue(now, ike::announce_addresses());
    });
}

void Endpoint::log_keys(bool is_wanted) {
  Context& context = state_->context;
  if (is_wanted == std::exchange(context.config.logs_keys, is_wanted)) return;
  context.key_log.clear();
  if (!is_wanted) return;
  for (const auto& [id, entry] : state_->sessions)
    for (const IkeSa& ike_sa : entry.session->ike_sas)
      if (ike_sa.cipher) log_ike_keys(context, ike_sa);
}

std::optional<Transmit> Endpoint::poll_transmit() { return pop(state_->context.transmits); }
std::optional<SaChange> Endpoint::poll_sa_change() { return pop(state_->context.sa_changes); }
std::optional<Ask> Endpoint::poll_ask() { return pop(state_->context.asks); }
std::optional<Event> Endpoint::poll_event() { return pop(state_->context.events); }
std::optional<Ticket> Endpoint::poll_ticket() { return pop(state_->context.tickets); }
std::optional<KeyLogEntry> Endpoint::poll_key_log() { return pop(state_->context.key_log); }

std::optional<Instant> Endpoint::poll_timeout() const {
  if (state_->timeouts.empty()) return std::nullopt;
  return state_->timeouts.begin()->first;
}

std::vector<IkeSaInfo> Endpoint::ike_sas() const {
  std::vector<IkeSaInfo> all;
  for (const auto& [id, entry] : state_->sessions) all.push_back(entry.session->info());
  return all;
}

std::optional<IkeSaInfo> Endpoint::find(IkeSaId ike_sa) const {
  const Session* session = state_->find(ike_sa);
  return session ? std::optional{session->info()} : std::nullopt;
}

std::size_t Endpoint::ike_sa_count() const { return state_->sessions.size(); }
std::size_t Endpoint::half_open_count() const { return state_->half_open.size(); }

}  // namespace agilevpn::ike
