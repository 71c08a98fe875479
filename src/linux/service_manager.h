// What systemd is told of this service (sd_notify(3)). Without systemd nothing happens.
#pragma once

#include <optional>
#include <string>

#include "base/time.h"

namespace agilevpn::linux {

void notify_ready();
void notify_stopping();
void notify_reloading();  // notify_ready() ends it.
// One line for `systemctl status`.
void notify_status(const std::string& sentence);
void notify_watchdog();
// How often notify_watchdog() must be called; nothing if nobody watches.
std::optional<Duration> watchdog_interval();

}  // namespace agilevpn::linux
