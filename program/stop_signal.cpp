#include "program/stop_signal.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <system_error>

namespace lottery {
namespace {

// In the order of precedence.
constexpr std::array stop_signals{SIGTERM, SIGINT, SIGQUIT};

sigset_t only(int signal) {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, signal);
  return signals;
}

sigset_t set_of_stop_signals(Hangup hangup) {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : stop_signals) sigaddset(&signals, signal);
  if (hangup == Hangup::stops) sigaddset(&signals, SIGHUP);
  return signals;
}

bool is_hangup_ignored() {
  struct sigaction action {};
  return ::sigaction(SIGHUP, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

int descriptor_of(const sigset_t& signals) {
  const int descriptor = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (descriptor < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
  return descriptor;
}

}  // namespace

void block_stop_signals() {
  // The kernel keeps a blocked signal pending even if it is ignored, but drops one that is only
  // ignored.
  const sigset_t signals =
      set_of_stop_signals(is_hangup_ignored() ? Hangup::does_not_stop : Hangup::stops);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

void end_at_stop_signals() {
  const sigset_t signals = set_of_stop_signals(Hangup::stops);
  pthread_sigmask(SIG_UNBLOCK, &signals, nullptr);
}

StopSignal::StopSignal(Hangup hangup)
    : hangup_(hangup), descriptor_(descriptor_of(set_of_stop_signals(hangup))) {}

StopSignal::~StopSignal() { ::close(descriptor_); }

std::optional<int> StopSignal::number() const noexcept {
  // Nobody reads the descriptor, so the signal stays pending.
  sigset_t pending;
  if (::sigpending(&pending) != 0) return {};
  const auto* const found = std::find_if(stop_signals.begin(), stop_signals.end(), [&](int signal) {
    return sigismember(&pending, signal) == 1;
  });
  if (found != stop_signals.end()) return *found;
  if (hangup_ == Hangup::stops && sigismember(&pending, SIGHUP) == 1) return SIGHUP;
  return {};
}

HangupSignal::HangupSignal() : descriptor_(descriptor_of(only(SIGHUP))) {}

HangupSignal::~HangupSignal() { ::close(descriptor_); }

// Not const, because it consumes the signal.
// NOLINTNEXTLINE(readability-make-member-function-const)
bool HangupSignal::take() noexcept {
  signalfd_siginfo information{};
  return ::read(descriptor_, &information, sizeof information) == sizeof information;
}

}  // namespace lottery
