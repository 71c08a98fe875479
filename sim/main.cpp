// agilevpn-sim: plays random worlds from their seeds. A failure prints the command that repeats it.
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <malloc.h>
#include <unistd.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <functional>
#include <limits>
#include <optional>

#include "sim/play.h"
#include "sim/stock/visit.h"

namespace {

using namespace std::chrono_literals;
using agilevpn::sim::Played;
namespace stock = agilevpn::sim::stock;

constexpr const char* usage =
    "Plays random simulated worlds of clients, gateways and broken networks from their seeds.\n"
    "\n"
    "  agilevpn-sim [--seed N] [--count M] [--seconds S] [--verbose]\n"
    "  agilevpn-sim --stock [--kind NAME] [--days D] [--count M] [--seed N]\n"
    "\n"
    "  --seed N      the first seed (default 1)\n"
    "  --count M     how many seeds, one after the other (default 1)\n"
    "  --seconds S   stop after this time, however many seeds are left\n"
    "  --verbose     tell what happens in each world; of stock clients, what was so far at the end of each day\n"
    "\n"
    "  --stock       plays the clients that people have (Windows, iOS, Android ...) at one gateway of ours instead\n"
    "  --kind NAME   only those of this kind (default: all of them at once); of a gateway, \"rras-custom\": our own "
    "client\n"
    "                at it\n"
    "  --days D      so many simulated days (default 7)\n"
    "  --count M     so many of each kind (default 1)\n"
    "\n"
    "Examples: agilevpn-sim --seed 1 --count 10000\n"
    "          agilevpn-sim --stock --days 30 --count 3\n"
    "          agilevpn-sim --stock --days 7 --kind rras-custom\n";

constexpr int largest_packets = 16 << 20;  // Octets.

struct Options {
  std::uint64_t seed = 1;
  std::uint64_t count = 1;
  std::optional<std::uint64_t> seconds;
  bool is_verbose = false;
  bool is_stock = false;
  std::string kind;
  std::uint64_t days = 7;
};

std::optional<std::uint64_t> number(const char* text) {
  std::uint64_t value = 0;
  const char* const end = text + std::strlen(text);
  const auto [rest, error] = std::from_chars(text, end, value);
  return error == std::errc{} && rest == end ? std::optional{value} : std::nullopt;
}

bool is_known(const std::string& kind) {
  return kind.empty() || stock::find_kind(kind) || stock::find_gateway_kind(kind);
}

std::vector<std::string> names_of_kinds() {
  std::vector<std::string> names;
  for (const auto& kind : stock::kinds()) names.push_back(kind.name);
  for (const auto& gateway : stock::gateway_kinds()) names.push_back(gateway.kind.name);
  return names;
}

std::optional<Options> parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--verbose" || word == "--stock") {
      (word == "--stock" ? options.is_stock : options.is_verbose) = true;
      continue;
    }
    if (word == "--kind" && i + 1 < argc) {
      options.kind = argv[++i];
      continue;
    }
    const auto value = i + 1 < argc ? number(argv[++i]) : std::nullopt;
    if (!value) return std::nullopt;
    if (word == "--seed")
      options.seed = *value;
    else if (word == "--count")
      options.count = *value;
    else if (word == "--seconds")
      options.seconds = *value;
    else if (word == "--days")
      options.days = *value;
    else
      return std::nullopt;
  }
  if (is_known(options.kind)) return options;
  fmt::print(stderr, "there is no kind {}; there are: {}\n\n", options.kind, fmt::join(names_of_kinds(), ", "));
  return std::nullopt;
}

void add(Played& sum, const Played& one) {
  sum.troubles += one.troubles;
  sum.sessions += one.sessions;
  sum.moves += one.moves;
  sum.rekeys += one.rekeys;
  sum.packets_sent += one.packets_sent;
  sum.packets_arrived += one.packets_arrived;
  sum.virtual_time += one.virtual_time;
}

// The seeds that failed.
std::uint64_t play_all(const Options& options, Played& sum, std::uint64_t& played) {
  const auto start = std::chrono::steady_clock::now();
  std::uint64_t failed = 0;
  for (played = 0; played < options.count; ++played) {
    if (options.seconds && std::chrono::steady_clock::now() - start > *options.seconds * 1s) break;
    const std::uint64_t seed = options.seed + played;
    const auto log = [&](const std::string& line) { fmt::print("{}\n", line); };
    const Played one = options.is_verbose ? agilevpn::sim::play(seed, log) : agilevpn::sim::play(seed);
    add(sum, one);
    if (one.failures.empty()) continue;
    ++failed;
    for (const std::string& failure : one.failures) fmt::print("seed {}: {}\n", seed, failure);
    fmt::print("repeat it with: agilevpn-sim --seed {} --verbose\n", seed);
    std::fflush(stdout);
  }
  return failed;
}

void print(const stock::Played& played, std::uint64_t days, double seconds) {
  const auto& counts = played.counts;
  fmt::print(
      "{} clients, {} days, {} unwanted drops: {} logins, {} Child SA and {} IKE SA rekeys, {} and {} by the gateway, "
      "{} idle, {} moves, {} of {} pings answered; {} and {} KiB in the halves; {:.2f} client weeks a second\n",
      played.clients, days, played.complaints.size(), played.logins, counts.child_rekeys, counts.ike_rekeys,
      counts.peer_child_rekeys, counts.peer_ike_rekeys, counts.idle_deletes, counts.moves, played.answers, played.pings,
      played.heap.first_half / 1024, played.heap.second_half / 1024,
      static_cast<double>(played.clients * days) / 7 / seconds);
  std::fflush(stdout);
}

int play_stock(const Options& options) {
  using Seconds = std::chrono::duration<double>;
  const auto start = std::chrono::steady_clock::now();
  const auto seconds = [&] { return Seconds(std::chrono::steady_clock::now() - start).count(); };
  const stock::Plan plan{
      .seed = options.seed, .kind = options.kind, .count = options.count, .duration = std::chrono::days{options.days}};
  std::uint64_t hours = 0;
  const bool has_watcher = ::isatty(STDERR_FILENO) == 1;
  const auto progress = [&](const stock::Played& so_far) {
    const bool is_day = ++hours % 24 == 0;
    if (has_watcher) fmt::print(stderr, "\rday {} of {} ", hours / 24 + 1, options.days);
    if (options.is_verbose && is_day && hours / 24 < options.days) print(so_far, hours / 24, seconds());
  };
  const auto played = stock::find_gateway_kind(options.kind) ? stock::play_visits(plan) : stock::play(plan, progress);
  if (has_watcher && hours > 0) fmt::print(stderr, "\n");
  for (const std::string& complaint : played.complaints) fmt::print("{}\n", complaint);
  print(played, options.days, seconds());
  return played.complaints.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  // Worlds free and want the same memory again and again: given back to the system, each time costs half as much again.
  ::mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
  ::mallopt(M_MMAP_THRESHOLD, largest_packets);
  const auto options = parse(argc, argv);
  if (!options) {
    fmt::print(stderr, "{}", usage);
    return 2;
  }
  if (options->is_stock) return play_stock(*options);
  Played sum;
  std::uint64_t played = 0;
  const std::uint64_t failed = play_all(*options, sum, played);
  fmt::print(
      "{} worlds, {} failed: {} troubles, {} sessions, {} moves, {} rekeys, {} of {} packets arrived, {:.1f} virtual "
      "hours\n",
      played, failed, sum.troubles, sum.sessions, sum.moves, sum.rekeys, sum.packets_arrived, sum.packets_sent,
      std::chrono::duration<double, std::ratio<3600>>(sum.virtual_time).count());
  return failed == 0 ? 0 : 1;
}
