#include "sim/stock/crowd.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <malloc.h>

#include <algorithm>

#include "esp/sample_packet.h"
#include "ike/policy.h"
#include "sim/require.h"

namespace agilevpn::sim::stock {

namespace {

constexpr Duration settling = 3min;  // After a move or a nap, pings may get lost for so long.
constexpr Duration day = 24h;

std::string when(Instant instant) {
  return fmt::format("day {} {:%H:%M:%S}", instant.time_since_epoch() / day,
                     std::chrono::floor<std::chrono::seconds>(instant.time_since_epoch() % day));
}

}  // namespace

std::shared_ptr<const crypto::MsChap> loaded_mschap() {
  static const auto loaded = [] {
    auto made = crypto::MsChap::load();
    require(made.has_value(), "MSCHAPv2 needs OpenSSL's legacy provider");
    return std::make_shared<const crypto::MsChap>(*std::move(made));
  }();
  return loaded;
}

CrowdOptions options_for(const Kind& kind) {
  const bool is_modern = kind.policy == "modern";
  return {.policy = kind.policy, .gateway_key = is_modern ? crypto::KeyType::EcdsaP256 : crypto::KeyType::Rsa};
}

gateway::Config gateway_config(const CrowdOptions& options) {
  const auto credentials = Credentials::with_certificate(name_of_gateway, options.gateway_key);
  gateway::Config config{.name = name_of_gateway, .identity = credentials.identity};
  config.certificate = std::get<ike::CertificateAuth>(credentials.local_auth());
  config.pools = {{"v4", *IpPrefix::parse(options.pool), {inner_v4_of_gateway}},
                  {"v6", *IpPrefix::parse("fd00:66::/64"), {*IpAddress::parse("fd00:66::1")}}};
  config.rules.resize(1);
  config.rules[0].name = "staff";
  config.rules[0].pools = {"v4", "v6"};
  config.rules[0].certificate.emplace().purpose = crypto::CertificateRules::Purpose::Client;
  config.rules[0].dns = {IpAddress::v4(10, 99, 0, 53)};
  config.rules[0].nbns = {IpAddress::v4(10, 99, 0, 137)};
  config.policy = options.typed ? *options.typed : *ike::find_policy(options.policy);
  config.settings = options.settings;
  config.uniqueness = options.uniqueness;
  config.eap_methods = options.eap_methods;
  config.mschap = loaded_mschap();
  return config;
}

Crowd::Crowd(CrowdOptions options) : world(options.seed), options_(std::move(options)), dice_(options_.seed) {
  Segment& datacenter = world.add_segment({.name = "datacenter", .v4 = IpPrefix::parse("192.0.2.0/24")});
  provider_ = &world.add_segment({.name = "provider",
                                  .v4 = IpPrefix::parse("100.64.0.0/16"),
                                  .nat = NatOptions{.outside = IpAddress::v4(198, 51, 100, 9)}});
  office_ = &world.add_segment({.name = "office", .v4 = IpPrefix::parse("198.18.0.0/16")});
  mobile_ = &world.add_segment(
      {.name = "mobile",
       .v4 = IpPrefix::parse("10.128.0.0/16"),
       .uplink = {.latency = 40ms},
       .nat = NatOptions{.outside = IpAddress::v4(198, 51, 100, 10), .is_endpoint_dependent = true}});
  Host& host = world.add_host("gateway");
  host.add_interface(datacenter);
  gateway = std::make_unique<GatewayHost>(
      host, std::make_unique<gateway::Gateway>(
                gateway_config(options_), Credentials::with_certificate(name_of_gateway, options_.gateway_key).trust(),
                world.random()));
  gateway->report_interval = 10s;
  gateway->on_packet = [this](const DataPlane::Opened& packet) { answer(packet); };
  gateway->users = [this](const gateway::UserQuestion& question) { return answer(question); };
  gateway->authorize = [this](const gateway::Authorize& question) -> gateway::Authorization {
    const std::string user = question.peer.to_string();
    const auto id = user_ids_.try_emplace(user, user_ids_.size() + 1).first->second;
    return gateway::Authorized{
        .user = user, .id = static_cast<std::int64_t>(id), .device = {}, .group = {.name = question.group}};
  };
  gateway->on_event = [this](const gateway::Event& event) {
    if (const auto* out = std::get_if<gateway::PeerRefused>(&event)) refused.push_back(out->reason);
    const auto* engine = std::get_if<ike::Event>(&event);
    const auto* no = engine ? std::get_if<ike::ExchangeRefused>(engine) : nullptr;
    if (no && no->by_peer) ++gateway_requests_refused;
    const auto* in = engine ? std::get_if<ike::PeerAuthenticated>(engine) : nullptr;
    if (in) methods.insert(in->method);
  };
}

Crowd::Member& Crowd::add(const Kind& kind, Tamper tamper) {
  Owner owner{.user = fmt::format("user{}@example.org", members.size()), .gateway_name = name_of_gateway};
  if (kind.sign_in == SignIn::MsChapV2)  // It has no certificate; making one takes time.
    owner.credentials.anchors = Credentials::with_certificate(name_of_gateway, options_.gateway_key).anchors;
  else
    owner.credentials = Credentials::with_certificate(owner.user, options_.gateway_key);
  owner.sends_fragments_reversed = members.size() % 2 == 1;
  owner.tamper = std::move(tamper);
  return add(kind, std::move(owner));
}

Crowd::Member& Crowd::add(const Kind& kind, Owner owner) {
  const std::size_t number = members.size();
  auto member = std::make_unique<Member>();
  member->number = number;
  member->user = owner.user;
  Segment& home = world.add_segment({.name = fmt::format("home {}", number),
                                     .v4 = IpPrefix::parse("192.168.1.0/24"),
                                     .nat = NatOptions{.outside = *IpAddress::v4(100, 64, 1, 0).plus(number)}},
                                    *provider_);
  member->host = &world.add_host(fmt::format("{} of {}", kind.name, member->user));
  member->host->add_interface(home);
  member->host->add_interface(*office_).unplug();
  member->host->add_interface(*mobile_).unplug();
  owner.gateway = gateway->host().interface(0).addresses().front();
  owner.mschap = loaded_mschap();
  member->client = std::make_unique<StockClient>(*member->host, kind, std::move(owner), world.random());
  member->client->on_packet = [m = member.get()](ByteView) { ++m->answers; };
  member->disturbed = world.now();
  member->client->connect();
  return *members.emplace_back(std::move(member));
}

void Crowd::later(Duration delay, std::function<void()> action) {
  world.events().schedule_in(delay, std::move(action));
}

void Crowd::move(Member& member, Place to, Duration without_network) {
  member.disturbed = world.now() + without_network;
  member.host->interface(static_cast<std::size_t>(member.place)).unplug();
  member.place = to;
  later(without_network, [&member, to] { member.host->interface(static_cast<std::size_t>(to)).plug(); });
}

void Crowd::nap(Member& member, Duration duration) {
  member.is_awake = false;
  member.disturbed = world.now() + duration;
  member.client->sleep();
  later(duration, [&member] {
    member.is_awake = true;
    member.client->wake();
  });
}

// Everybody is known, and has the same password.
gateway::UserAnswer Crowd::answer(const gateway::UserQuestion& question) const {
  const Secret password{to_bytes("secret")};
  const auto user = [&](const std::string& name) {
    return gateway::User{
        name, "staff", options_.keeps_nt_hashes ? *loaded_mschap()->nt_password_hash(password) : Secret{}, {}};
  };
  if (const auto* find = std::get_if<gateway::FindUser>(&question)) return user(find->name);
  const auto& check = std::get<gateway::CheckPassword>(question);
  if (equal(check.password.view(), password.view())) return user(check.name);
  return Failure{gateway::NoUser{.reason = "its password is wrong", .cause = gateway::Refusal::WrongPassword}};
}

// ---- Traffic

void Crowd::ping(Member& member, std::size_t octets) {
  const auto& lease = member.client->lease();
  if (!lease || !member.is_awake) return;
  ++member.pings;
  member.client->send(
      esp::SamplePacket{.source = *lease->ipv4, .destination = IpAddress::v4(10, 99, 0, 1), .payload = Bytes(octets)}
          .build());
}

void Crowd::answer(const DataPlane::Opened& packet) {
  const auto ip = esp::IpPacket::decode(packet.inner_packet);
  if (ip)
    gateway->send(esp::SamplePacket{.source = ip->selectors.destination, .destination = ip->selectors.source}.build());
}

void Crowd::note_lease(Member& member) {
  const auto& lease = member.client->lease();
  if (!lease || !lease->ipv4 || !member.client->is_connected() || !member.is_awake) return;
  Member*& holder = holders_[*lease->ipv4];
  if (holder && holder != &member && holder->is_awake && holder->client->is_connected() &&
      holder->client->lease()->ipv4 == lease->ipv4)
    shared_leases_.push_back(member.user + " has the address of " + holder->user + " on " + when(world.now()));
  holder = &member;
}

void Crowd::burst(Member& member, std::size_t count, std::size_t octets) {
  note_lease(member);
  const Instant begin = world.now();
  const std::uint64_t answered = member.answers;
  for (std::size_t i = 0; i < count; ++i) later(i * 2s, [this, &member, octets] { ping(member, octets); });
  later(count * 2s + 20s, [&member, begin, answered] {
    const bool is_undisturbed = member.is_awake && member.disturbed + settling < begin;
    if (is_undisturbed && member.answers == answered)
      member.silences.push_back("no answer to what it sent on " + when(begin));
  });
}

// ---- Life

void Crowd::let_live(Member& member) {
  later(between(10s, 60s), [this, &member] { live_traffic(member); });
  later(between(1h, 5h), [this, &member] { live_moves(member); });
  later(between(2h, 6h), [this, &member] { live_sleeps(member); });
}

// Hours with something every few minutes, and hours with next to nothing; at times much.
void Crowd::live_traffic(Member& member) {
  if (!is_living_) return;
  if (world.now() >= member.mood_ends) {
    member.is_busy = !member.is_busy;
    member.mood_ends = world.now() + between(1h, 5h);
  }
  if (dice_.below(100) < 3)
    burst(member, 10, 60000);
  else
    burst(member, 2 + dice_.below(4), 64);
  later(member.is_busy ? between(30s, 4min) : between(6min, 50min), [this, &member] { live_traffic(member); });
}

void Crowd::live_moves(Member& member) {
  if (!is_living_) return;
  const auto step = 1 + dice_.below(2);
  const auto to = (static_cast<std::size_t>(member.place) + step) % static_cast<std::size_t>(Place::Count);
  if (member.is_awake) move(member, Place{to}, between(0s, 30s));
  later(between(2h, 7h), [this, &member] { live_moves(member); });
}

// Naps, and every fourth time a night.
void Crowd::live_sleeps(Member& member) {
  if (!is_living_) return;
  const bool is_night = dice_.below(4) == 0;
  const Duration duration = is_night ? between(5h, 9h) : between(1min, 20min);
  nap(member, duration);
  later(duration + between(3h, 7h), [this, &member] { live_sleeps(member); });
}

// ---- What came of it

std::vector<std::string> Crowd::complaints() const {
  std::vector<std::string> all;
  for (const auto& member : members) {
    const std::string who = member->client->kind().name + ", " + member->user + ": ";
    for (const Drop& drop : member->client->drops()) all.push_back(who + when(drop.when) + ": " + drop.reason);
    for (const std::string& silence : member->silences) all.push_back(who + silence);
    for (const std::string& mistake : member->client->data_plane().mistakes()) all.push_back(who + mistake);
  }
  all.insert(all.end(), shared_leases_.begin(), shared_leases_.end());
  for (const std::string& mistake : gateway->data_plane().mistakes()) all.push_back("gateway: " + mistake);
  return all;
}

Session::Counts Crowd::counts() const {
  Session::Counts sum;
  for (const auto& member : members) sum += member->client->counts();
  return sum;
}

std::size_t Crowd::logins() const {
  std::size_t sum = 0;
  for (const auto& member : members) sum += member->client->logins();
  return sum;
}

namespace {

Crowd crowd_of(const Plan& plan) {
  const Kind* only = plan.kind.empty() ? nullptr : find_kind(plan.kind);
  require(only || plan.kind.empty(), "there is no kind " + plan.kind);
  CrowdOptions options = only ? options_for(*only) : CrowdOptions{.policy = "legacy-windows"};
  options.seed = plan.seed;
  const bool may_connect_anew = !only || !only->habits.has_mobike;
  if (may_connect_anew) options.uniqueness = gateway::Uniqueness::Replace;
  return Crowd{std::move(options)};
}

void populate(Crowd& crowd, const Plan& plan) {
  for (std::size_t i = 0; i < plan.count; ++i)
    for (const Kind& kind : kinds())
      if (plan.kind.empty() || kind.name == plan.kind) {
        crowd.let_live(crowd.add(kind));
        crowd.world.run_for(500ms);
      }
}

// In octets; 0 under a sanitizer, whose heap is another.
std::size_t heap_in_use() {
  const auto heap = ::mallinfo2();
  return heap.uordblks + heap.hblkhd;
}

Played so_far(const Crowd& crowd, const HeapUse& heap) {
  Played played{.clients = crowd.members.size(),
                .logins = crowd.logins(),
                .counts = crowd.counts(),
                .heap = heap,
                .complaints = crowd.complaints()};
  for (const auto& member : crowd.members) {
    played.pings += member->pings;
    played.answers += member->answers;
  }
  return played;
}

HeapUse live(Crowd& crowd, Duration duration, const std::function<void(const Played&)>& after_hour) {
  HeapUse heap;
  const Instant begin = crowd.world.now();
  while (crowd.world.now() < begin + duration) {
    crowd.world.run_for(1h);
    std::size_t& half = crowd.world.now() <= begin + duration / 2 ? heap.first_half : heap.second_half;
    half = std::max(half, heap_in_use());
    if (after_hour) after_hour(so_far(crowd, heap));
  }
  return heap;
}

}  // namespace

Played play(const Plan& plan, const std::function<void(const Played&)>& after_hour) {
  Crowd crowd = crowd_of(plan);
  populate(crowd, plan);
  const HeapUse heap = live(crowd, plan.duration, after_hour);
  Played played = so_far(crowd, heap);
  if (heap.second_half > heap.first_half + heap.first_half / 10)
    played.complaints.push_back(fmt::format("memory grew from {} to {} octets", heap.first_half, heap.second_half));
  return played;
}

}  // namespace agilevpn::sim::stock
