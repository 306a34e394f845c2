#pragma once

#include <chrono>
#include <optional>

/// Tells systemd the state of the service, with the protocol of sd_notify(3). Does nothing if no
/// service manager started the service. Main thread only.
namespace lottery::service_manager {

/// The ports listen.
void tell_ready();

/// The service is stopping.
void tell_stopping();

/// The certificates are being reread. tell_ready() ends this state.
void tell_reloading();

/// The service is alive. If this is not called for watchdog_time(), systemd kills and restarts the
/// service.
void tell_alive();

/// The watchdog's timeout; nothing if there is no watchdog.
std::optional<std::chrono::microseconds> watchdog_time();

}  // namespace lottery::service_manager
