#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/user_password.h"
#include "cli/verb.h"
#include "control/diagnosis_json.h"
#include "control/event_text.h"
#include "control/status_json.h"

namespace agilevpn::cli {

namespace {

using control::SessionStatus;

struct UpOptions {
  std::string name;
  double timeout = 60;  // Seconds.
  bool pin_from_stdin = false;
  bool code_from_stdin = false;
  bool json = false;
};

// The session of a connection; of the only one for an empty name.
std::optional<SessionStatus> find_session(const control::Client& daemon, const std::string& name) {
  const auto answer = daemon.get("/v1/status");
  if (!answer) return std::nullopt;
  const auto status = answer->get<control::Status>();
  for (const SessionStatus& session : status.sessions) {
    if (name.empty() || session.name == name) return session;
  }
  return std::nullopt;
}

// A record's text field; empty if it has none.
std::string text_field(const EventRecord& record, std::string_view name) {
  const auto field = std::ranges::find(record.fields, name, &EventField::name);
  const auto* text = field == record.fields.end() ? nullptr : std::get_if<std::string>(&field->value);
  return text ? *text : "";
}

// Why a connection that is up is not connected, and that nobody has to do anything.
std::string waiting_text(const SessionStatus& session) {
  const bool is_asleep = session.state != "Connecting";  // "Dormant" or "Dormant: waiting to reconnect".
  const std::string why =
      session.reason.empty() ? "the gateway has not answered yet" : control::printable(session.reason);
  return (is_asleep ? "the session sleeps, " : "") + why + "; it goes on by itself";
}

bool is_waiting(const SessionStatus& session) {
  return session.state != "Off" && session.state != "Connected" && session.state != "Failed";
}

// Follows the event stream, one line for each step with the seconds since the start, until the connection is up or has
// failed, or the time is over. A reason runs through several events; it is said with the first of them.
class Progress {
 public:
  // Shows what comes after the event `after`.
  Progress(const UpOptions& options, const control::Client& daemon, std::uint64_t after)
      : options_(options),
        daemon_(daemon),
        began_(wall_now()),
        start_(std::chrono::steady_clock::now()),
        shown_(after) {}

  // The session when it is connected, or why not.
  Result<SessionStatus, Error> wait() {
    TRY(follow());
    while (is_asked()) {
      TRY(answer_question());
      TRY(follow());
    }
    // The daemon may be further than the stream: the last steps too.
    TRY(daemon_.stream(fmt::format("/v1/events?after={}", shown_), [this](std::string_view line) {
      show(line);
      return true;
    }));
    return outcome();
  }

  // Said before the steps, which may be none: what it waits for.
  void show_wait(const SessionStatus& session) {
    if (options_.json || !is_waiting(session) || !reasons_.insert(session.reason).second) return;
    fmt::print("[{:.2f}] {}\n", seconds(), waiting_text(session));
    std::fflush(stdout);
  }

  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

 private:
  Result<void, Error> follow() {
    if (is_decided()) return {};
    return daemon_.stream(
        fmt::format("/v1/events?follow=true&after={}", shown_),
        [this](std::string_view line) {
          show(line);
          return !is_decided() && !is_asked();
        },
        start_ +
            std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::duration<double>(options_.timeout)));
  }

  void show(std::string_view line) {
    const auto event = control::event_from_json(nlohmann::json::parse(line, nullptr, false));
    if (!event) return;
    shown_ = event->number;
    if (options_.json || !control::shows(control::LogDetail::Steps, event->record)) return;
    const std::string sentence = without_known_reason(event->record);
    if (!sentence.empty()) fmt::print("[{:.2f}] {}\n", seconds(), sentence);
    std::fflush(stdout);
  }

  // "Failed" of "Failed: the password is wrong", if that was said before.
  std::string without_known_reason(const EventRecord& record) {
    std::string sentence = record.sentence;
    for (const char* name : {"reason", "detail"}) {
      const std::string reason = text_field(record, name);
      const auto place = reason.empty() ? std::string::npos : sentence.find(reason);
      if (place == std::string::npos || reasons_.insert(reason).second) continue;
      sentence.erase(place, reason.size());
    }
    const auto first = sentence.find_first_not_of(" ;:,"), last = sentence.find_last_not_of(" ;:,");
    return first == std::string::npos ? "" : sentence.substr(first, last - first + 1);
  }

  bool is_decided() {
    session_ = find_session(daemon_, options_.name);
    return (session_ && (session_->state == "Connected" || session_->state == "Failed")) ||
           seconds() > options_.timeout;
  }

  // Whether the gateway asks for more than the password.
  bool is_asked() const { return session_ && !session_->question.empty(); }

  // The time that the user takes does not count.
  Result<void, Error> answer_question() {
    const auto begun = std::chrono::steady_clock::now();
    const std::string prompt = control::printable(session_->question);
    if (!options_.code_from_stdin && !is_at_terminal())
      return Failure{Error{fmt::format("the gateway asks '{}', and nobody is here to answer", prompt),
                           "give the answer by --code-stdin"}};
    TRY_ASSIGN(const Secret answer, known_password(prompt + " ", options_.code_from_stdin, "--code-stdin"));
    start_ += std::chrono::steady_clock::now() - begun;
    TRY(daemon_.post("/v1/answer", {{"name", session_->name}, {"answer", to_text(answer.view())}}));
    return {};
  }

  Result<SessionStatus, Error> outcome() const {
    if (session_ && session_->state == "Connected") return *session_;
    if (!session_) return Failure{Error{"not connected: it is not up any more", "see: agilevpn why, agilevpn log -f"}};
    const std::string why = "agilevpn why " + session_->name;
    if (session_->state == "Failed") {
      const bool is_said = session_->reason.empty() || reasons_.contains(session_->reason);
      return Failure{
          Error{is_said ? "not connected" : "not connected: " + session_->reason, cure("what to do about it: " + why)}};
    }
    if (!is_waiting(*session_))
      return Failure{Error{"not connected: it is not up any more", "see: " + why + ", agilevpn log -f"}};
    return Failure{Error{fmt::format("not connected after {:.0f} s: {}", seconds(), waiting_text(*session_)),
                         cure("see: " + why + ", agilevpn log -f")}};
  }

  // What `agilevpn why` says of an attempt since the start, and where there is more; only this, if it says nothing.
  std::string cure(const std::string& more) const {
    const auto answer = daemon_.post("/v1/why", {{"who", session_->name}});
    const auto found = answer ? answer->value("diagnosis", nlohmann::json{}) : nlohmann::json{};
    if (found.is_null()) return more;
    const auto diagnosis = found.get<diagnosis::Diagnosis>();
    if (diagnosis.at < began_ || diagnosis.explanations.empty()) return more;
    const diagnosis::Explanation& first = diagnosis.explanations.front();
    std::string text = "cause: " + control::printable(first.title);
    for (const std::string& line : first.cures) text += "\n  cure:  " + control::printable(line);
    return text + "\n  " + more;
  }

  const UpOptions& options_;
  const control::Client& daemon_;
  WallTime began_;
  std::chrono::steady_clock::time_point start_;
  std::uint64_t shown_;  // The number of the last event.
  std::optional<SessionStatus> session_;
  std::set<std::string> reasons_;  // That were said.
};

// The number of the newest event, so that only what follows is shown.
std::uint64_t last_event(const control::Client& daemon) {
  std::uint64_t number = 0;
  (void)daemon.stream("/v1/events?limit=1", [&](std::string_view line) {
    if (const auto event = control::event_from_json(nlohmann::json::parse(line, nullptr, false)))
      number = event->number;
    return true;
  });
  return number;
}

// Begins; if the connection's token asks for a PIN that nobody has given, its user is asked here.
Result<void, Error> begin(const UpOptions& options, const control::Client& daemon) {
  TRY_ASSIGN(const auto answer, daemon.post("/v1/up", {{"name", options.name}}));
  if (!answer.contains("pin_wanted")) return {};
  const auto token = control::printable(answer["pin_wanted"].get<std::string>());
  if (!options.pin_from_stdin && !is_at_terminal())
    return Failure{
        Error{fmt::format("the token '{}' asks for its PIN, and none is given", token),
              "write pin = \"...\" or pin-file = \"...\" beside the certificate, or give it by --pin-stdin"}};
  TRY_ASSIGN(const Secret pin,
             known_password(fmt::format("PIN of the token {}: ", token), options.pin_from_stdin, "--pin-stdin"));
  if (pin.empty()) return Failure{Error{"no PIN was given", ""}};
  TRY(daemon.post("/v1/up", {{"name", options.name}, {"pin", to_text(pin.view())}}));
  return {};
}

void run(const UpOptions& options, Context& context) {
  const control::Client daemon = context.daemon();
  Progress progress(options, daemon, last_event(daemon));
  const auto before = find_session(daemon, options.name);
  const bool was_connected = before && before->state == "Connected";
  if (const auto begun = begin(options, daemon); !begun) return context.fail(begun.error());
  if (before) progress.show_wait(*before);
  const auto session = progress.wait();
  if (!session) return context.fail(session.error());
  if (options.json) return print_json(*session);
  if (was_connected) return fmt::print("already connected\n");
  fmt::print("connected in {:.2f} s\n", progress.seconds());
}

}  // namespace

void add_up(CLI::App& app, Context& context) {
  auto options = std::make_shared<UpOptions>();
  CLI::App* verb = add_verb(app, "up", "Connect, and say each step until the tunnel is there", "  agilevpn up office");
  verb->add_option("NAME", options->name, "A connection of client.toml; not needed if there is only one");
  verb->add_option("--timeout", options->timeout, "Seconds to wait")
      ->check(CLI::Range(0.0, 86400.0))
      ->capture_default_str();
  verb->add_flag("--pin-stdin", options->pin_from_stdin,
                 "If its token asks for a PIN: the first line of standard input; else it is asked for");
  verb->add_flag("--code-stdin", options->code_from_stdin,
                 "If a password or a code is asked for: the next line of standard input; else you type it");
  add_json_flag(verb, options->json);
  verb->callback([options, &context] { run(*options, context); });
}

}  // namespace agilevpn::cli
