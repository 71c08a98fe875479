// agilevpn-sim: plays random worlds from their seeds. A failure prints the command that repeats it.
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <optional>

#include "sim/play.h"

namespace {

using namespace std::chrono_literals;
using agilevpn::sim::Played;

constexpr const char* usage =
    "Plays random simulated worlds of clients, gateways and broken networks from their seeds.\n"
    "\n"
    "  agilevpn-sim [--seed N] [--count M] [--seconds S] [--verbose]\n"
    "\n"
    "  --seed N      the first seed (default 1)\n"
    "  --count M     how many seeds, one after the other (default 1)\n"
    "  --seconds S   stop after this time, however many seeds are left\n"
    "  --verbose     tell what happens in each world\n"
    "\n"
    "Example: agilevpn-sim --seed 1 --count 10000\n";

struct Options {
  std::uint64_t seed = 1;
  std::uint64_t count = 1;
  std::optional<std::uint64_t> seconds;
  bool is_verbose = false;
};

std::optional<std::uint64_t> number(const char* text) {
  std::uint64_t value = 0;
  const char* const end = text + std::strlen(text);
  const auto [rest, error] = std::from_chars(text, end, value);
  return error == std::errc{} && rest == end ? std::optional{value} : std::nullopt;
}

std::optional<Options> parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--verbose") {
      options.is_verbose = true;
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
    else
      return std::nullopt;
  }
  return options;
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

}  // namespace

int main(int argc, char** argv) {
  const auto options = parse(argc, argv);
  if (!options) {
    fmt::print(stderr, "{}", usage);
    return 2;
  }
  Played sum;
  std::uint64_t played = 0;
  const std::uint64_t failed = play_all(*options, sum, played);
  fmt::print("{} worlds, {} failed: {} troubles, {} sessions, {} moves, {} rekeys, {} of {} packets arrived, {:.1f} virtual hours\n",
             played, failed, sum.troubles, sum.sessions, sum.moves, sum.rekeys, sum.packets_arrived, sum.packets_sent,
             std::chrono::duration<double, std::ratio<3600>>(sum.virtual_time).count());
  return failed == 0 ? 0 : 1;
}
