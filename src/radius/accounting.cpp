#include "radius/accounting.h"

#include <set>

#include "base/pop.h"
#include "base/timers.h"

namespace agilevpn::radius {

namespace {

void add_text(Attributes& attributes, Type type, std::string_view text) {
  if (!text.empty()) attributes.add_text(type, text.substr(0, limits::value_largest));
}

Attributes attributes_of(const AccountedSession& session) {
  Attributes attributes;
  add_text(attributes, Type::AcctSessionId, session.session_id);
  add_text(attributes, Type::UserName, session.user_name);
  for (const Bytes& one : session.classes) attributes.add(Type::Class, one);
  add_text(attributes, Type::CalledStationId, session.called_station);
  add_text(attributes, Type::CallingStationId, session.calling_station);
  add_text(attributes, Type::NasPortId, session.port_id);
  add_text(attributes, Type::TunnelClientEndpoint, session.calling_station);
  attributes.add_enum(Type::NasPortType, NasPortType::Virtual).add_enum(Type::ServiceType, ServiceType::Framed);
  attributes.add_enum(Type::TunnelType, TunnelType::EspTunnel).add_enum(Type::AcctAuthentic, session.authentic);
  if (session.framed_ip) attributes.add_address(Type::FramedIpAddress, *session.framed_ip);
  if (session.framed_ipv6) attributes.add_address(Type::FramedIpv6Address, *session.framed_ipv6);
  if (session.framed_ipv6_prefix) attributes.add_prefix(Type::FramedIpv6Prefix, *session.framed_ipv6_prefix);
  return attributes;
}

// RFC 2869 §5.1: the counters have 32 bits; how often they wrapped stands beside them.
void add_octets(Attributes& attributes, Type octets, Type gigawords, std::uint64_t count) {
  attributes.add_integer(octets, static_cast<std::uint32_t>(count));
  if (count >> 32 != 0) attributes.add_integer(gigawords, static_cast<std::uint32_t>(count >> 32));
}

void add_use(Attributes& attributes, const AccountedUse& use) {
  attributes.add_integer(Type::AcctSessionTime, static_cast<std::uint32_t>(use.time.count()));
  add_octets(attributes, Type::AcctInputOctets, Type::AcctInputGigawords, use.input_octets);
  add_octets(attributes, Type::AcctOutputOctets, Type::AcctOutputGigawords, use.output_octets);
  if (use.input_packets) attributes.add_integer(Type::AcctInputPackets, static_cast<std::uint32_t>(*use.input_packets));
  if (use.output_packets)
    attributes.add_integer(Type::AcctOutputPackets, static_cast<std::uint32_t>(*use.output_packets));
}

void add_date(Attributes& attributes, WallTime date) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(date.time_since_epoch()).count();
  attributes.add_integer(Type::EventTimestamp, static_cast<std::uint32_t>(seconds));
}

Bytes packet_of(Attributes attributes) {
  return encode({.code = Code::AccountingRequest, .attributes = std::move(attributes)});
}

// As if it had been made then in our time. The calendar may have been set back since.
Instant instant_of(Instant now, WallTime date, WallTime made) {
  return now - std::max<Duration>(date - made, Duration{0});
}

}  // namespace

Accounting::Accounting(ClientConfig config, Random& random, std::size_t queue_max)
    : client_(std::move(config), random), queue_max_(queue_max) {}

// ---- What was before us

void Accounting::restore(Instant now, WallTime date, const KeptAccounting& kept) {
  is_kept_ = false;  // What is kept is said anew when all is here.
  for (const KeptRecord& one : kept.records) {
    const auto packet = decode(one.packet);
    if (!packet) continue;
    push({one.session_id, one.status, packet->attributes, instant_of(now, date, one.made), {}, one.made, next_id_++});
  }
  for (const KeptRecord& stand : kept.stands) {
    const auto packet = decode(stand.packet);
    if (!packet) continue;
    Attributes attributes = packet->attributes;
    attributes.add_enum(Type::AcctTerminateCause, AcctTerminateCause::NasReboot);
    attributes.add_enum(Type::AcctStatusType, AcctStatusType::Stop);
    add_date(attributes, stand.made);
    push({stand.session_id,
          AcctStatusType::Stop,
          std::move(attributes),
          instant_of(now, date, stand.made),
          {},
          stand.made,
          next_id_++});
  }
  is_kept_ = true;
  keep_anew();
}

void Accounting::keep_anew() {
  note(ForgetAll{});
  for (const Record& record : records_) keep(record);
}

void Accounting::stand(WallTime date, const AccountedSession& session, const AccountedUse& use) {
  if (!is_kept_) return;
  Attributes attributes = attributes_of(session);
  add_use(attributes, use);
  note(KeepStand{{0, session.session_id, AcctStatusType::InterimUpdate, date, packet_of(std::move(attributes))}});
}

void Accounting::keep(const Record& record) {
  if (!is_kept_ || record.status == AcctStatusType::InterimUpdate) return;  // The stand says that.
  note(KeepRecord{{record.id, record.session_id, record.status, record.date, packet_of(record.attributes)}});
}

void Accounting::note(AccountingNote what) {
  if (is_kept_) notes_.push_back(std::move(what));
}

std::optional<AccountingNote> Accounting::poll_note() { return pop(notes_); }

// ---- Records

void Accounting::on(Instant now, WallTime date) { add(now, date, {}, AcctStatusType::AccountingOn, {}); }
void Accounting::off(Instant now, WallTime date) { add(now, date, {}, AcctStatusType::AccountingOff, {}); }

void Accounting::start(Instant now, WallTime date, const AccountedSession& session) {
  stand(date, session, {});
  add(now, date, session.session_id, AcctStatusType::Start, attributes_of(session));
}

void Accounting::interim(Instant now, WallTime date, const AccountedSession& session, const AccountedUse& use) {
  // One that waits is out of date: this one says more.
  std::erase_if(records_, [&](const Record& one) {
    return one.session_id == session.session_id && one.status == AcctStatusType::InterimUpdate && !one.request;
  });
  stand(date, session, use);
  Attributes attributes = attributes_of(session);
  add_use(attributes, use);
  add(now, date, session.session_id, AcctStatusType::InterimUpdate, std::move(attributes));
}

void Accounting::stop(Instant now, WallTime date, const AccountedSession& session, const AccountedUse& use,
                      AcctTerminateCause cause) {
  Attributes attributes = attributes_of(session);
  add_use(attributes, use);
  attributes.add_enum(Type::AcctTerminateCause, cause);
  note(ForgetStand{session.session_id});
  add(now, date, session.session_id, AcctStatusType::Stop, std::move(attributes));
}

void Accounting::add(Instant now, WallTime date, const std::string& session_id, AcctStatusType status,
                     Attributes attributes) {
  attributes.add_enum(Type::AcctStatusType, status);
  add_date(attributes, date);
  push({session_id, status, std::move(attributes), now, std::nullopt, date, next_id_++});
  send_what_may_go(now);
}

void Accounting::push(Record record) {
  if (records_.size() >= queue_max_) make_room();
  keep(record);
  records_.push_back(std::move(record));
}

std::deque<Accounting::Record>::iterator Accounting::erase(std::deque<Record>::iterator record) {
  if (record->status != AcctStatusType::InterimUpdate) note(ForgetRecord{record->id});
  return records_.erase(record);
}

void Accounting::make_room() {
  auto victim = std::ranges::find(records_, AcctStatusType::InterimUpdate, &Record::status);
  if (victim == records_.end()) victim = records_.begin();
  if (victim->request) client_.cancel(*victim->request);
  erase(victim);
  events_.push_back(AccountingLost{++lost_});
}

// ---- The way to the servers

void Accounting::send_what_may_go(Instant now) {
  if (retry_at_) return;
  std::set<std::string_view> busy;  // Sessions with an earlier record that is not acknowledged.
  bool is_stuck = true;             // All before, if any.
  for (Record& record : records_) {
    if (client_.outstanding() >= limits::accounting_parallel) return;
    const bool is_next = busy.insert(record.session_id).second;
    // On and off keep their place among all: a server ends what it knows of us when it hears one. What no server wants to
    // take holds them up no longer.
    if (record.session_id.empty() && (!is_stuck || record.request)) return;
    is_stuck = is_stuck && record.failures >= limits::accounting_order_failures;
    if (!is_next || record.request) continue;
    Request request{.code = Code::AccountingRequest, .attributes = record.attributes};
    const auto delay = std::chrono::duration_cast<std::chrono::seconds>(now - record.made).count();
    request.attributes.add_integer(Type::AcctDelayTime, static_cast<std::uint32_t>(delay));
    record.request = client_.send(now, std::move(request));
    if (record.session_id.empty()) return;
  }
}

void Accounting::take_answers(Instant now) {
  while (const auto answer = client_.poll_answer()) {
    const auto record = std::ranges::find(records_, std::optional{answer->id}, &Record::request);
    if (record == records_.end()) continue;
    if (std::holds_alternative<Accounted>(answer->result)) {
      erase(record);
      retry_at_.reset();
      retry_wait_ = limits::accounting_retry_first;
    } else {
      record->request.reset();
      ++record->failures;
      if (retry_at_) continue;
      retry_at_ = now + retry_wait_;
      retry_wait_ = std::min<Duration>(2 * retry_wait_, limits::accounting_retry_longest);
    }
  }
  send_what_may_go(now);
}

void Accounting::handle_datagram(Instant now, Channel channel, ByteView datagram) {
  client_.handle_datagram(now, channel, datagram);
  take_answers(now);
}

void Accounting::handle_timeout(Instant now) {
  client_.handle_timeout(now);
  if (is_due(retry_at_, now)) retry_at_.reset();
  take_answers(now);
}

void Accounting::handle_refusal(Instant now, std::size_t server, const std::string& why) {
  client_.handle_refusal(now, server, why);
  take_answers(now);
}

void Accounting::handle_disconnect(Instant now, Channel channel, const std::string& why) {
  client_.handle_disconnect(now, channel, why);
  take_answers(now);
}

std::optional<Event> Accounting::poll_event() {
  auto event = client_.poll_event();
  return event ? event : pop(events_);
}

std::optional<Instant> Accounting::poll_timeout() const {
  std::optional<Instant> next = client_.poll_timeout();
  take_earlier(next, retry_at_);
  return next;
}

}  // namespace agilevpn::radius
