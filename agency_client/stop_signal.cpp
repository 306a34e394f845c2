#include "agency_client/stop_signal.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <system_error>

#include "program/deadline_io.h"

namespace lottery {

StopSignal::StopSignal() {
  sigset_t stopping;
  sigemptyset(&stopping);
  for (const int signal : std::array{SIGTERM, SIGINT, SIGQUIT}) sigaddset(&stopping, signal);
  descriptor_ = ::signalfd(-1, &stopping, SFD_CLOEXEC);
  if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
}

StopSignal::~StopSignal() { ::close(descriptor_); }

void StopSignal::throw_if_come() const {
  pause_until(std::chrono::steady_clock::now(), descriptor_);
}

}  // namespace lottery
