// A world of stock clients that live their days at one gateway of ours: bursts of traffic and long idling, moves
// between home, office and phone, naps and nights. Every client is at home behind a NAT of its own with the same inside
// address as all the others, and all homes are behind one more NAT.
//
//   client ── wifi ── home (192.168.1.0/24) ── NAT ── provider (100.64.0.0/16) ── NAT ──┐
//         ├── eth ─── office (no NAT) ──────────────────────────────────────────────────┼── internet ── datacenter ──
//         gateway └── phone ─ mobile ── symmetric NAT ──────────────────────────────────────────┘
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>

#include "sim/role_host.h"
#include "sim/stock/client.h"
#include "sim/world.h"

namespace agilevpn::sim::stock {

inline constexpr const char* name_of_gateway = "vpn.example.org";
inline const IpAddress inner_v4_of_gateway = IpAddress::v4(10, 66, 0, 1);

enum class Place : std::size_t { Home, Office, Phone, Count };

struct CrowdOptions {
  std::uint64_t seed = 1;
  std::string policy = "compatible";
  std::optional<ike::Policy> typed = {};  // Instead of a named one.
  crypto::KeyType gateway_key = crypto::KeyType::Rsa;
  ike::Settings settings = {.child_rekey = 2h};  // Above any client's own.
  gateway::Uniqueness uniqueness = gateway::Uniqueness::Keep;
  std::string pool = "10.66.0.0/16";
  std::vector<eap::Type> eap_methods = {eap::Type::Tls, eap::Type::MsChapV2};
  bool keeps_nt_hashes = true;  // Else only the password itself can be compared with what is kept.
};

// What MSCHAPv2 needs, made once for a program.
std::shared_ptr<const crypto::MsChap> loaded_mschap();

// A gateway as those have it whom the policy that serves this kind is for.
CrowdOptions options_for(const Kind& kind);
gateway::Config gateway_config(const CrowdOptions& options);

class Crowd {
 public:
  struct Member {
    std::string user;
    std::size_t number = 0;
    Host* host = nullptr;
    std::unique_ptr<StockClient> client;
    Place place = Place::Home;
    bool is_awake = true;
    bool is_busy = false;
    Instant mood_ends{};
    std::uint64_t pings = 0, answers = 0;
    Instant disturbed{};                // When it last moved, slept or was told to connect.
    std::vector<std::string> silences;  // Bursts that nobody answered, without a reason.
  };

  explicit Crowd(CrowdOptions options);

  // At home, and connecting.
  Member& add(const Kind& kind, Tamper tamper = {});
  // As the one whom `owner` says; where the gateway is and what MSCHAPv2 needs is filled in.
  Member& add(const Kind& kind, Owner owner);
  void move(Member& member, Place to, Duration without_network = {});
  void nap(Member& member, Duration duration);
  // One packet that the gateway's network answers.
  void ping(Member& member, std::size_t octets = 64);
  // From now on it lives by its dice.
  void let_live(Member& member);
  // Nobody begins anything new.
  void stop_living() { is_living_ = false; }

  // Everything that a good gateway prevents, one sentence each.
  std::vector<std::string> complaints() const;
  Session::Counts counts() const;
  std::size_t logins() const;

  World world;
  std::unique_ptr<GatewayHost> gateway;
  std::vector<std::unique_ptr<Member>> members;
  std::vector<std::string> refused;          // By the gateway, in its words.
  std::size_t gateway_requests_refused = 0;  // By clients.
  std::set<std::string> methods;             // That somebody came in by: "EAP-TLS".

 private:
  gateway::UserAnswer answer(const gateway::UserQuestion& question) const;
  void answer(const DataPlane::Opened& packet);
  void note_lease(Member& member);
  Duration between(Duration least, Duration most) { return least + dice_.jitter(most - least); }
  void live_traffic(Member& member);
  void live_moves(Member& member);
  void live_sleeps(Member& member);
  void burst(Member& member, std::size_t count, std::size_t octets);
  void later(Duration delay, std::function<void()> action);

  CrowdOptions options_;
  SeededRandom dice_;
  bool is_living_ = true;
  Segment* provider_;
  Segment* office_;
  Segment* mobile_;
  std::map<IpAddress, Member*> holders_;  // Who was last seen with an inner address.
  std::vector<std::string> shared_leases_;
  std::map<std::string, std::uint64_t> user_ids_;
};

// ---- For programs

// The most that the world and everybody in it had from the heap at the end of an hour, in octets.
struct HeapUse {
  std::size_t first_half = 0, second_half = 0;
};

struct Plan {
  std::uint64_t seed = 1;
  std::string kind;       // Empty: all of them.
  std::size_t count = 1;  // Of each.
  Duration duration{};
};
struct Played {
  std::size_t clients = 0, logins = 0;
  Session::Counts counts;
  std::uint64_t pings = 0, answers = 0;
  HeapUse heap;
  std::vector<std::string> complaints;
};
// `after_hour` is called after each simulated hour, with what was played so far. It complains, too, of a second half that
// needs more memory.
Played play(const Plan& plan, const std::function<void(const Played&)>& after_hour = {});

}  // namespace agilevpn::sim::stock
