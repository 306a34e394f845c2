#pragma once

#include <chrono>
#include <optional>

/// Messages to the service manager that has started the service: systemd's protocol, sd_notify(3).
/// Without a service manager, these functions do nothing. Main thread only.
namespace lottery::service_manager {

/// The ports are listening.
void tell_ready();

/// The service is stopping.
void tell_stopping();

/// The certificates are being reread. tell_ready() ends this state.
void tell_reloading();

/// The service is alive. If this is not sent within watchdog_time(), the manager kills and restarts
/// the service.
void tell_alive();

/// Empty if there is no watchdog.
std::optional<std::chrono::microseconds> watchdog_time();

}  // namespace lottery::service_manager
