#pragma once

#include <chrono>
#include <optional>

/// What the service tells the service manager that has started it: systemd's protocol sd_notify(3).
/// Without one, nothing is told. Main thread.
namespace lottery::service_manager {

/// The ports listen.
void tell_ready();

/// The service is stopping.
void tell_stopping();

/// The certificates are being reread; tell_ready() says that this has ended.
void tell_reloading();

/// The service is alive. If it does not say so for watchdog_time(), it is killed and started anew.
void tell_alive();

/// Nothing if there is no watchdog.
std::optional<std::chrono::microseconds> watchdog_time();

}  // namespace lottery::service_manager
