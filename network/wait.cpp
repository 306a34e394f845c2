#include "network/wait.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <limits>
#include <system_error>
#include <vector>

namespace lottery {
namespace {

/// Rounds up, so that a wait never ends before its deadline.
int milliseconds_until(Deadline deadline) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(
      std::clamp<std::chrono::milliseconds::rep>(left.count(), 0, std::numeric_limits<int>::max()));
}

/// Returns true if `descriptor` is ready, false at the deadline.
bool ready(int descriptor, short events, Deadline deadline, Interruption interruption) {
  std::array<pollfd, 2> watched{{{descriptor, events, 0}, {interruption.descriptor(), POLLIN, 0}}};
  const bool is_ready = poll_until(watched, deadline);
  if (watched[1].revents != 0) throw Interrupted();
  return is_ready;
}

}  // namespace

bool poll_until(std::span<pollfd> watched, Deadline deadline) {
  for (;;) {
    const int timeout_ms = milliseconds_until(deadline);
    const int found = ::poll(watched.data(), watched.size(), timeout_ms);
    if (found < 0 && errno != EINTR) {
      throw std::system_error(errno, std::generic_category(), "poll");
    }
    if (found > 0) return true;
    if (found == 0 && timeout_ms == 0) return false;
  }
}

void wait_for(int descriptor, short events, Deadline deadline, Interruption interruption) {
  if (!ready(descriptor, events, deadline, interruption)) throw TimedOut();
}

void pause_until(Deadline deadline, Interruption interruption) {
  constexpr int no_descriptor = -1;
  ready(no_descriptor, 0, deadline, interruption);
}

void wait_for_any(std::span<const int> descriptors, Deadline deadline) {
  std::vector<pollfd> watched;
  for (const int descriptor : descriptors) watched.push_back({descriptor, POLLIN, 0});
  poll_until(watched, deadline);
}

}  // namespace lottery
