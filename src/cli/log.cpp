#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "cli/verb.h"
#include "control/event_text.h"

namespace agilevpn::cli {

namespace {

struct LogOptions {
  bool follow = false;
  std::size_t lines = 200;
  bool ike = false;
  bool json = false;
  std::string save_keys;
};

void show(std::string_view line, const LogOptions& options) {
  const auto event = control::event_from_json(nlohmann::json::parse(line, nullptr, false));
  const auto detail = options.ike ? control::LogDetail::Ike : control::LogDetail::Steps;
  if (!event || !control::shows(detail, event->record)) return;
  fmt::print("{}\n", options.json ? std::string(line) : control::to_line(*event, detail));
  std::fflush(stdout);
}

// Asks the daemon to write keys, or to stop.
void save_keys(const std::string& directory, Context& context) {
  const bool is_off = directory == "off";
  const nlohmann::json where =
      is_off ? nlohmann::json(nullptr) : nlohmann::json(std::filesystem::absolute(directory).string());
  const auto done = context.daemon().post("/v1/save-keys", {{"directory", where}});
  if (!done) return context.fail(done.error());
  if (is_off) return fmt::print(stderr, "no more keys are written; remove those that were\n");
  fmt::print(stderr,
             "WARNING: the keys of the IKE SAs and of every new Child SA are written to {}.\nWhoever has these files "
             "can read the "
             "traffic. What is in a tunnel that is up can be read from its next rekey on: agilevpn rekey\n"
             "Stop it with: agilevpn log --save-keys off\n",
             where.get<std::string>());
}

void run(const LogOptions& options, Context& context) {
  if (!options.save_keys.empty()) {
    save_keys(options.save_keys, context);
    if (!options.follow || context.exit_status != 0) return;
  }
  const auto target = fmt::format("/v1/events?limit={}&severity={}&follow={}", options.lines,
                                  options.ike ? "detail" : "info", options.follow);
  const auto ended = context.daemon().stream(target, [&](std::string_view line) {
    show(line, options);
    return true;
  });
  if (!ended) return context.fail(ended.error());
  if (options.follow)  // Nobody else ends that.
    context.fail(
        {"agilevpnd has stopped, and the log ends here", "see: systemctl status agilevpn-client, or agilevpn-gateway"});
}

}  // namespace

void add_log(CLI::App& app, Context& context) {
  auto options = std::make_shared<LogOptions>();
  CLI::App* verb = add_verb(app, "log", "Show what happened, one line for each step",
                            "  agilevpn log -f\n  agilevpn log --ike -n 1000\n  agilevpn log --save-keys keys/");
  verb->add_flag("-f,--follow", options->follow, "Go on as things happen");
  verb->add_option("-n,--lines", options->lines, "Begin with the newest so many events")->capture_default_str();
  verb->add_flag("--ike", options->ike, "Every message and payload too");
  add_json_flag(verb, options->json);
  verb->add_option("--save-keys", options->save_keys,
                   "Let the daemon write keys to this directory as Wireshark's tables; `off` stops it");
  verb->callback([options, &context] { run(*options, context); });
}

}  // namespace agilevpn::cli
