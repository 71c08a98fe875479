#include "sim/stock/session.h"

#include <algorithm>

#include "base/codec.h"
#include "base/pop.h"
#include "ike/nat_detection.h"
#include "sim/stock/message.h"

namespace agilevpn::sim::stock {

namespace wire = ike::wire;
using wire::ExchangeType;

namespace {

constexpr std::size_t channels_kept =
    3;  // Of those that rekeys replaced: the gateway may repeat its last words on them.

std::optional<Instant> later(Instant now, Duration lifetime) {
  return lifetime > Duration{0} ? std::optional{now + lifetime} : std::nullopt;
}

}  // namespace

Session::Counts& Session::Counts::operator+=(const Counts& more) {
  child_rekeys += more.child_rekeys;
  ike_rekeys += more.ike_rekeys;
  peer_child_rekeys += more.peer_child_rekeys;
  peer_ike_rekeys += more.peer_ike_rekeys;
  idle_deletes += more.idle_deletes;
  recreated += more.recreated;
  moves += more.moves;
  return *this;
}

Session::Session(const Kind& kind, Random& random, Instant now, Opened opened)
    : kind_(kind),
      random_(random),
      side_(opened.side),
      local_(std::move(opened.local)),
      remote_(std::move(opened.remote)),
      path_(opened.path),
      is_behind_nat_(opened.is_behind_nat),
      has_mobike_(opened.has_mobike),
      fragment_size_(opened.fragment_size),
      last_heard_(now),
      last_traffic_(now) {
  timers_[Timer::Liveness] = later(now, kind.habits.liveness);
  use_channel(now, std::move(opened.channel));
  const Child child{opened.child.child, opened.child.spi_inbound, opened.child.spi_outbound};
  use_child(now, child, std::move(opened.child));
}

std::optional<ike::Transmit> Session::poll_transmit() { return pop(out_); }
std::optional<ike::SaChange> Session::poll_sa_change() { return pop(changes_); }

void Session::end(std::string reason, bool is_wanted) {
  if (ending_) return;
  ending_ = {std::move(reason), is_wanted};
  timers_.stop_all();
  for (const Child& child : children_) changes_.push_back(ike::RemoveChildSa{child.id});
  children_.clear();
}

// ---- SAs

void Session::use_channel(Instant now, std::shared_ptr<Channel> channel) {
  channels_.push_back(std::move(channel));
  if (channels_.size() > channels_kept) channels_.erase(channels_.begin());
  timers_[Timer::RekeyIke] = later(now, kind_.habits.ike_rekey);
  timers_[Timer::ExpireIke] = later(now, kind_.habits.ike_hard);
}

std::shared_ptr<Channel> Session::find_channel(IkeSpi spi_i) const {
  const auto found = std::ranges::find_if(channels_, [&](const auto& channel) { return channel->spi_i() == spi_i; });
  return found == channels_.end() ? nullptr : *found;
}

std::shared_ptr<Channel> Session::successor(const ike::IkeSuite& suite, IkeSpi spi_i, IkeSpi spi_r, bool is_initiator,
                                            const ike::KeySeed& seed) {
  const Channel& old = *channels_.back();
  const auto prf = crypto::Prf::find(suite.prf);
  Channel::Secrets secrets{spi_i, spi_r, is_initiator, suite, *prf, {}};
  secrets.keys = ike::derive_ike_keys(suite, *prf, ike::rekeyed_skeyseed(old.prf(), old.sk_d(), seed).view(), seed.n_i,
                                      seed.n_r, spi_i, spi_r);
  return std::make_shared<Channel>(
      secrets,
      Channel::Options{
          .pauses = kind_.habits.pauses, .fragment_above = kind_.fragment_above, .fragment_size = fragment_size_},
      random_);
}

void Session::use_child(Instant now, Child child, ike::InstallChildSa install) {
  children_.push_back(child);
  changes_.push_back(std::move(install));
  if (children_.size() == 1) last_traffic_ = now;  // A rekey is no traffic.
  timers_[Timer::RekeyChild] = later(now, kind_.habits.child_rekey);
  timers_[Timer::ExpireChild] = later(now, kind_.habits.child_hard);
  timers_[Timer::IdleDelete] = later(last_traffic_, kind_.habits.idle_delete);
}

void Session::forget_child(ike::ChildSaId id) {
  if (std::erase_if(children_, [&](const Child& child) { return child.id == id; }) == 0) return;
  changes_.push_back(ike::RemoveChildSa{id});
  if (children_.empty()) timers_.stop({Timer::RekeyChild, Timer::ExpireChild, Timer::IdleDelete});
}

// ---- The world

void Session::handle_datagram(Instant now, const Path& from, ByteView datagram) {
  const auto header = wire::decode_header(datagram);
  const auto channel = header && !ending_ ? find_channel(header->spi_i) : nullptr;
  if (!channel) return;
  auto received = channel->handle_datagram(now, datagram);
  if (!std::holds_alternative<std::monostate>(received)) heard(now);
  if (auto* response = std::get_if<Channel::Response>(&received)) {
    if (response->then) response->then(now, response->payloads);
  } else if (const auto* request = std::get_if<Channel::Request>(&received)) {
    answer(now, from, *channel, *request);
  }
  if (!header->is_response) send_from(*channel, from);
  after(now);
}

void Session::handle_traffic(Instant now, std::size_t octets) {
  last_traffic_ = now;
  Child* const child = current_child();
  const std::uint64_t most = kind_.habits.child_rekey_octets;
  if (!child || most == 0) return;
  const bool was_below = child->octets < most;
  child->octets += octets;
  if (was_below && child->octets >= most) start(now, Work::RekeyChild);
  after(now);
}

void Session::want_child(Instant now) {
  if (!ending_ && children_.empty() && work_ == Work::Nothing && kind_.habits.recreates_child)
    start(now, Work::MakeChild);
  after(now);
}

void Session::handle_timeout(Instant now) {
  if (ending_) return;
  if (timers_.take_due(now, Timer::GiveUp)) return end(peer() + " was out of reach for too long (829)");
  if (is_suspended_) return;
  for (const auto& channel : channels_) channel->handle_timeout(now);
  if (timers_.take_due(now, Timer::ExpireChild)) expire(now, "Child SA");
  if (timers_.take_due(now, Timer::ExpireIke)) expire(now, "IKE SA");
  if (ending_) return;
  if (timers_.take_due(now, Timer::Retry))
    for (const Work work : std::exchange(waiting_, {})) start(now, work);
  if (timers_.take_due(now, Timer::RekeyChild)) start(now, Work::RekeyChild);
  if (timers_.take_due(now, Timer::RekeyIke)) start(now, Work::RekeyIke);
  if (is_due(timers_[Timer::IdleDelete], now)) {
    timers_[Timer::IdleDelete] = last_traffic_ + kind_.habits.idle_delete;
    if (timers_.take_due(now, Timer::IdleDelete))
      kind_.habits.ends_when_idle ? close(now, "nothing passed inside for too long") : start(now, Work::DeleteChild);
  }
  if (is_due(timers_[Timer::Liveness], now)) {
    timers_[Timer::Liveness] = last_heard_ + kind_.habits.liveness;
    if (timers_.take_due(now, Timer::Liveness)) {
      if (channels_.back()->is_idle()) channels_.back()->ask(now, ExchangeType::Informational, {}, {});
      timers_[Timer::Liveness] = now + kind_.habits.liveness;
    }
  }
  after(now);
}

std::optional<Instant> Session::poll_timeout() const {
  if (ending_) return std::nullopt;
  if (is_suspended_) return timers_[Timer::GiveUp];
  auto next = timers_.first();
  for (const auto& channel : channels_) take_earlier(next, channel->poll_timeout());
  return next;
}

// A client forgets; a gateway says so.
void Session::expire(Instant now, const std::string& what) {
  const std::string why = "nobody rekeyed the " + what + " in its time";
  is_gateway() ? close(now, why) : end(why);
}

// What follows of anything: datagrams, and a peer that does not answer.
void Session::after(Instant now) {
  flush();
  if (ending_ || !channels_.back()->has_given_up()) return;
  if (is_closing_) return end(why_closing_, true);
  if (kind_.habits.outage == Duration{0}) return end(peer() + " does not answer");
  if (!timers_[Timer::GiveUp]) timers_[Timer::GiveUp] = now + kind_.habits.outage;
  channels_.back()->resend(now);  // Dormant: it goes on asking.
  flush();
}

void Session::heard(Instant now) {
  last_heard_ = now;
  timers_[Timer::GiveUp].reset();
}

void Session::flush() {
  for (const auto& channel : channels_) send_from(*channel, path_.path);
}

void Session::send_from(Channel& channel, const Path& path) {
  while (auto datagram = channel.poll_transmit()) out_.push_back({path, *std::move(datagram)});
}

// ---- Commands

void Session::suspend() {
  is_suspended_ = true;
  if (kind_.habits.outage != Duration{0}) timers_[Timer::GiveUp] = last_heard_ + kind_.habits.outage;
  for (const auto& channel : channels_) channel->be_silent();
}

void Session::set_path(const ike::EspPath& path) {
  path_ = path;
  changes_.push_back(ike::MoveChildSas{only_session, path});
}

void Session::move(Instant now, const Path& path) {
  is_suspended_ = false;
  ++counts_.moves;
  set_path({path, true});
  for (const auto& channel : channels_) channel->resend(now);
  const auto channel = channels_.back();
  wire::Payloads payloads{wire::notify(wire::NotifyType::UpdateSaAddresses)};
  ike::add_nat_detection(payloads, channel->spi_i(), channel->spi_r(), path);
  channel->ask(now, ExchangeType::Informational, std::move(payloads),
               [this, spi_i = channel->spi_i(), spi_r = channel->spi_r()](Instant, const wire::Payloads& response) {
                 if (const auto* error = wire::find_error(response))
                   return end(peer() + " refuses to move: " + wire::to_string(error->type));
                 const auto nat = ike::find_nat(response, spi_i, spi_r, path_.path);
                 is_behind_nat_ = nat.is_local_behind_nat;
                 set_path({path_.path, nat.is_local_behind_nat || nat.is_peer_behind_nat || kind_.fakes_nat});
               });
  after(now);
}

void Session::close(Instant now, std::string why) {
  if (is_closing_) return;
  is_closing_ = true;
  why_closing_ = std::move(why);
  if (kind_.habits.deletes_child_first)
    if (const Child* child = current_child())
      channels_.back()->ask(now, ExchangeType::Informational,
                            {wire::payload(wire::DeletePayload{wire::ProtocolId::Esp, {child->spi_inbound}})}, {});
  channels_.back()->ask(now, ExchangeType::Informational,
                        {wire::payload(wire::DeletePayload{wire::ProtocolId::Ike, {}})},
                        [this](Instant, const wire::Payloads&) { end(why_closing_, true); });
  after(now);
}

}  // namespace agilevpn::sim::stock
