#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <utility>

#include "cli/text.h"
#include "cli/verb.h"
#include "control/diagnosis_json.h"
#include "control/event_text.h"

namespace agilevpn::cli {

namespace {

struct WhyOptions {
  std::string who;
  bool json = false;
};

std::string local_time(WallTime time) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts{};
  localtime_r(&seconds, &parts);
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", parts);
}

// A word before the first of several lines.
void print_lines(const char* word, const std::vector<std::string>& lines) {
  for (const std::string& line : lines) fmt::print("  {:<9} {}\n", std::exchange(word, ""), control::printable(line));
}

void print(const diagnosis::Diagnosis& found) {
  const diagnosis::Explanation& first = found.explanations.front();
  fmt::print("{}  {}", local_time(found.at), control::printable(found.who.empty() ? found.address : found.who));
  if (!found.who.empty()) fmt::print("  {}", control::printable(found.address));
  if (!found.client.empty()) fmt::print("  {}", control::printable(found.client));
  fmt::print("\nstopped at step {} of 4: {}\n", static_cast<int>(found.step) + 1, to_string(found.step));
  print_lines("cause", {first.title});
  for (std::size_t i = 1; i < found.explanations.size(); ++i) print_lines("or", {found.explanations[i].title});
  print_lines("in detail", found.detail.empty() ? std::vector<std::string>{} : std::vector{found.detail});
  print_lines("offered", found.offered);
  print_lines("we allow", found.allowed);
  print_lines("user saw", found.screen);
  print_lines("cure", first.cures);
}

void run(const WhyOptions& options, Context& context) {
  const auto answer = context.daemon().post("/v1/why", {{"who", options.who}});
  if (!answer) return context.fail(answer.error());
  if (options.json) return print_json(*answer);
  const auto found = answer->value("diagnosis", nlohmann::json{});
  if (found.is_null() || found.value("explanations", nlohmann::json::array()).empty())
    return fmt::print("no failed attempt{} is known\n",
                      options.who.empty() ? "" : " of " + control::printable(options.who));
  print(found.get<diagnosis::Diagnosis>());
}

}  // namespace

void add_why(CLI::App& app, Context& context) {
  auto options = std::make_shared<WhyOptions>();
  CLI::App* verb =
      add_verb(app, "why",
               "Explain the last attempt to connect that failed: at which step, why, what the user saw, and the cure",
               "  agilevpn why\n  agilevpn why anna\n  agilevpn why 203.0.113.77");
  verb->add_option("WHO", options->who,
                   "On a gateway: only of this user, identity or address. On a client: of this connection");
  add_json_flag(verb, options->json);
  verb->callback([options, &context] { run(*options, context); });
}

}  // namespace agilevpn::cli
