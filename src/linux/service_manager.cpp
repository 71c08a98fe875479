#include "linux/service_manager.h"

#include <fmt/format.h>
#include <systemd/sd-daemon.h>

#include <ctime>

namespace agilevpn::linux {

void notify_ready() { sd_notify(0, "READY=1"); }
void notify_stopping() { sd_notify(0, "STOPPING=1"); }
void notify_status(const std::string& sentence) { sd_notify(0, ("STATUS=" + sentence).c_str()); }
void notify_watchdog() { sd_notify(0, "WATCHDOG=1"); }

void notify_reloading() {
  // Type=notify-reload wants to know since when.
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  const long long microseconds = time.tv_sec * 1000000LL + time.tv_nsec / 1000;
  sd_notify(0, fmt::format("RELOADING=1\nMONOTONIC_USEC={}", microseconds).c_str());
}

std::optional<Duration> watchdog_interval() {
  std::uint64_t microseconds = 0;
  if (sd_watchdog_enabled(0, &microseconds) <= 0) return std::nullopt;
  return std::chrono::microseconds{microseconds} / 2;  // Half, as the manual advises.
}

}  // namespace agilevpn::linux
