#include "sim/play.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sim/agreement.h"
#include "sim/trouble.h"

namespace agilevpn::sim {

namespace {

constexpr Duration settling = 6min;         // Longer than any pause between two attempts of a client.
constexpr Duration longest_outage = 20min;  // Well below the network outage time of both roles.
constexpr Duration aftermath = 3h;          // Everything that may be remembered for a while is forgotten then.

class Play {
 public:
  Play(std::uint64_t seed, const std::function<void(const std::string&)>& log);
  Played run();

 private:
  struct Watched {
    std::optional<ike::IkeSaId> session;  // Its newest.
    bool is_excused = false;              // It may end without a bug.
    std::optional<Instant> without_path_since;
    std::optional<ike::Lease> lease;
  };
  using Client = RandomWorld::Client;

  void watch_paths();
  void note(const Client& client, const client::Event& event);
  void note(Watched& watched, const Client& client, const ike::Event& event);
  void expect_all_connected();
  std::vector<std::string> disagreements() const;
  std::vector<std::string> disagreements(const Client& client) const;
  void expect_pings();
  void end_everything();
  void count(const Packet& packet);
  void tell(const std::string& who, const EventRecord& record);
  void say(const std::string& what);
  void fail(const std::string& what);

  RandomWorld world_;
  Trouble trouble_;
  std::function<void(const std::string&)> log_;
  std::map<std::string, Watched> watched_;
  bool is_over_ = false;  // Sessions may end now.
  Played played_;
};

Play::Play(std::uint64_t seed, const std::function<void(const std::string&)>& log)
    : world_(seed), trouble_(world_), log_(log) {
  world_.on_client_event = [this](const Client& client, const client::Event& event) { note(client, event); };
  world_.on_gateway_event = [this](const gateway::Event& event) {
    if (log_) tell("the gateway", gateway::to_record(event));
  };
  trouble_.on_trouble = [this](const std::string& what) {
    ++played_.troubles;
    say(what);
  };
  trouble_.on_excuse = [this](const Client& client) { watched_[client.identity].is_excused = true; };
  world_.world.on_packet = [this, seen = std::move(world_.world.on_packet)](const Packet& packet) {
    seen(packet);
    count(packet);
  };
}

Played Play::run() {
  world_.world.run_for(5s);
  watch_paths();
  const std::uint64_t count = 5 + world_.dice(40);
  for (std::uint64_t i = 0; i < count; ++i) {
    trouble_.cause();
    // Now and then one on the other's heels.
    world_.world.run_for(world_.chance(0.3) ? world_.between(1ms, 500ms) : world_.between(1s, 60s));
  }
  say("the trouble is over");
  world_.heal();
  world_.world.run_for(settling);
  if (!world_.gateway) world_.start_gateway();
  expect_all_connected();
  expect_pings();
  end_everything();
  for (const std::string& violation : world_.ledger.violations()) fail(violation);
  played_.packets_sent = world_.ledger.sent_count();
  played_.packets_arrived = world_.ledger.arrived_count();
  played_.virtual_time = world_.world.now() - Instant{};
  return std::move(played_);
}

// ---- While it goes on

void Play::watch_paths() {
  for (const Client& client : world_.clients) {
    Watched& watched = watched_[client.identity];
    if (world_.has_path(client)) {
      watched.without_path_since.reset();
    } else if (!watched.without_path_since) {
      watched.without_path_since = world_.world.now();
    } else if (world_.world.now() > *watched.without_path_since + longest_outage) {
      watched.is_excused = true;
    }
  }
  if (!is_over_) world_.world.events().schedule_in(1s, [this] { watch_paths(); });
}

void Play::note(const Client& client, const client::Event& event) {
  if (log_) tell(client.identity, client::to_record(event, "office"));
  Watched& watched = watched_[client.identity];
  if (const auto* fact = std::get_if<ike::Event>(&event)) note(watched, client, *fact);
  if (std::holds_alternative<client::Moved>(event)) ++played_.moves;
}

void Play::note(Watched& watched, const Client& client, const ike::Event& event) {
  if (std::holds_alternative<ike::IkeSaRekeyed>(event) || std::holds_alternative<ike::ChildSaEstablished>(event))
    ++played_.rekeys;
  if (const auto* established = std::get_if<ike::IkeSaEstablished>(&event)) {
    ++played_.sessions;
    watched.session = established->ike_sa;
    watched.is_excused = false;
  }
  const auto* closed = std::get_if<ike::IkeSaClosed>(&event);
  if (closed == nullptr || !closed->was_established || is_over_ || !client.is_up) return;
  if (!watched.is_excused && watched.session == closed->ike_sa)
    fail(fmt::format("the session of {} ended although it could have lived: {}, {}", client.identity,
                     ike::to_string(closed->reason), closed->detail));
}

// ---- When the trouble is over

// An exchange may be under way at any time: what is wrong must stay so for a while.
void Play::expect_all_connected() {
  std::vector<std::string> wrong = disagreements();
  for (int times = 0; times < 10 && !wrong.empty(); ++times) {
    world_.world.run_for(2s);
    wrong = disagreements();
  }
  for (const std::string& what : wrong) fail(what);
  for (const Client& client : world_.clients)
    if (client.program)
      for (const std::string& mistake : client.program->data_plane().mistakes()) fail(client.identity + ": " + mistake);
  for (const std::string& mistake : world_.gateway->data_plane().mistakes()) fail("the gateway: " + mistake);
}

std::vector<std::string> Play::disagreements() const {
  std::vector<std::string> all;
  for (const Client& client : world_.clients) {
    if (!client.is_up || !client.program) continue;
    const auto session = client.program->role().session();
    if (session.state == client::State::Connected)
      std::ranges::move(disagreements(client), std::back_inserter(all));
    else
      all.push_back(fmt::format("{} is not connected in the end but {}: {}", client.identity,
                                client::to_string(session.state), session.reason));
  }
  return all;
}

std::vector<std::string> Play::disagreements(const Client& client) const {
  const auto ours = client.program->role().session().ike_sa;
  const auto sessions = world_.gateway->role().sessions();
  const auto theirs = std::ranges::find_if(sessions, [&](const gateway::SessionInfo& session) {
    return session.ike_sa && ours && session.ike_sa->spi_i == ours->spi_i && session.ike_sa->spi_r == ours->spi_r;
  });
  if (theirs == sessions.end()) return {"the gateway does not have the IKE SA of " + client.identity};
  std::vector<std::string> all;
  if (theirs->ike_sa->lease != ours->lease) all.push_back("the gateway leased something else to " + client.identity);
  for (const auto& [id, child] : client.program->data_plane().child_sas()) {
    const auto* other = counterpart(child, world_.gateway->data_plane());
    if (other == nullptr)
      all.push_back(fmt::format("the gateway does not have the Child SA {} of {}", child.spi_inbound.to_string(),
                                client.identity));
    else if (const auto difference = mismatch(child, *other))
      all.push_back(client.identity + ": " + *difference);
  }
  return all;
}

void Play::expect_pings() {
  std::map<std::string, std::uint64_t> before;
  for (const Client& client : world_.clients) before[client.identity] = client.answers;
  world_.world.run_for(20s);
  for (const Client& client : world_.clients)
    if (client.is_up && client.answers == before[client.identity])
      fail("no ping of " + client.identity + " is answered in the end");
}

void Play::end_everything() {
  say("everybody leaves");
  is_over_ = true;
  world_.stop_pings();
  for (Client& client : world_.clients) world_.disconnect(client);
  world_.world.run_for(aftermath);
  for (const Client& client : world_.clients) {
    if (!client.program) continue;
    if (!client.program->data_plane().child_sas().empty()) fail(client.identity + " has Child SAs left");
    if (client.program->poll_timeout()) fail(client.identity + " has a timer left");
  }
  if (!world_.gateway->role().sessions().empty()) fail("the gateway has sessions left");
  if (world_.gateway->role().half_open_count() != 0) fail("the gateway has half-open IKE SAs left");
  if (!world_.gateway->data_plane().child_sas().empty()) fail("the gateway has Child SAs left");
  if (world_.gateway->poll_timeout()) fail("the gateway has a timer left");
}

// ---- Helpers

void Play::count(const Packet& packet) {
  constexpr std::uint64_t prime = 0x100000001b3;  // FNV-1a
  for (const std::uint64_t part : {static_cast<std::uint64_t>(world_.world.now().time_since_epoch().count()),
                                   std::uint64_t{packet.size()}, std::uint64_t{packet.to.port}})
    played_.trace = (played_.trace ^ part) * prime;
}

void Play::tell(const std::string& who, const EventRecord& record) {
  say(fmt::format("  {}: {}", who, record.sentence));
}

void Play::say(const std::string& what) {
  if (log_)
    log_(fmt::format("{:10.3f} s  {}", std::chrono::duration<double>(world_.world.now() - Instant{}).count(), what));
}

void Play::fail(const std::string& what) {
  say("FAILED: " + what);
  if (std::ranges::find(played_.failures, what) == played_.failures.end()) played_.failures.push_back(what);
}

}  // namespace

Played play(std::uint64_t seed, const std::function<void(const std::string&)>& log) { return Play{seed, log}.run(); }

}  // namespace agilevpn::sim
