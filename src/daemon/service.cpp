#include "daemon/service.h"

#include <boost/asio/io_context.hpp>
#include <csignal>

#include "linux/service_manager.h"

namespace agilevpn::daemon {

Result<std::unique_ptr<Service>, Error> Service::open(const Options& options,
                                                      const control::config::HostOptions& host) {
  std::unique_ptr<Service> service{new Service(host)};
  service->since_ = linux::wall_now();
  TRY_ASSIGN(service->outputs_, EventOutputs::open(service->events_, options.detail, options.events));
  if (host.save_keys) TRY(service->save_keys(host.save_keys));
  return service;
}

void Service::report(EventRecord record) { events_.append(linux::wall_now(), std::move(record)); }

void Service::report(Severity severity, std::string name, std::string sentence, std::string subject) {
  report({severity, "daemon", std::move(name), std::move(sentence), std::move(subject), {}});
}

void Service::report(const std::vector<control::config::Mistake>& warnings) {
  for (const auto& warning : warnings) report(Severity::Warning, "ConfigurationDoubtful", warning.to_string());
}

void Service::refuse_configuration(const std::vector<Error>& mistakes) {
  for (const Error& mistake : mistakes) report(Severity::Error, "ConfigurationRefused", mistake.to_string());
  report(Severity::Warning, "ConfigurationKept", "the configuration before stays in force");
}

void Service::show(std::string sentence) {
  if (sentence == shown_) return;
  shown_ = std::move(sentence);
  linux::notify_status(shown_);
}

Result<void, Error> Service::save_keys(const std::optional<std::filesystem::path>& directory) {
  if (!directory) {
    key_files_.reset();
    return {};
  }
  TRY_ASSIGN(key_files_, control::KeyLogFiles::open(*directory));
  report(Severity::Warning, "KeysAreSaved",
         "the keys of SAs are written to " + directory->string() + ": whoever has them reads the traffic");
  return {};
}

void Service::write_key(const ike::KeyLogEntry& entry) {
  if (!key_files_) return;
  if (const auto written = key_files_->write(entry); !written) {
    report(Severity::Warning, "KeysNotSaved", written.error().to_string());
    key_files_.reset();
  }
}

Result<void, Error> Service::serve(control::Backend& backend) {
  TRY_ASSIGN(server_,
             control::Server::start(loop_.context().get_executor(), {.socket = host_.socket}, backend, events_));
  return {};
}

void Service::run(std::function<void()> terminate, std::function<void()> reload) {
  loop_.on_signals({SIGTERM, SIGINT, SIGHUP}, [&](int number) { handle_signal(number, terminate, reload); });
  std::optional<Periodic> watchdog;
  if (const auto interval = linux::watchdog_interval()) watchdog.emplace(loop_, *interval, &linux::notify_watchdog);
  linux::notify_ready();
  loop_.run();
  server_.reset();  // Before the backend goes.
}

void Service::handle_signal(int number, const std::function<void()>& terminate, const std::function<void()>& reload) {
  if (number == SIGHUP) {
    linux::notify_reloading();
    reload();
    linux::notify_ready();
  } else {
    linux::notify_stopping();
    terminate();
  }
}

}  // namespace agilevpn::daemon
