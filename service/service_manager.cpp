#include "service/service_manager.h"

#include <systemd/sd-daemon.h>
#include <time.h>

#include <cstdint>
#include <string>

namespace lottery::service_manager {
namespace {

/// Ignores a failure: there is nobody to report it to.
void tell(const std::string& state) {
  const bool forget_manager = false;
  ::sd_notify(forget_manager, state.c_str());
}

/// The clock that MONOTONIC_USEC requires.
std::int64_t monotonic_microseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
}

}  // namespace

void tell_ready() { tell("READY=1"); }

void tell_stopping() { tell("STOPPING=1"); }

void tell_reloading() {
  tell("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(monotonic_microseconds()));
}

void tell_alive() { tell("WATCHDOG=1"); }

std::optional<std::chrono::microseconds> watchdog_time() {
  std::uint64_t microseconds = 0;
  const bool forget_manager = false;
  if (::sd_watchdog_enabled(forget_manager, &microseconds) <= 0) return {};
  return std::chrono::microseconds(microseconds);
}

}  // namespace lottery::service_manager
