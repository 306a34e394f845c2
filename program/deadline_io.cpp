#include "program/deadline_io.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <system_error>

namespace lottery {
namespace {

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// Rounded up, so that a wait never ends before its deadline.
int milliseconds_until(Deadline deadline) {
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
  return static_cast<int>(
      std::clamp<std::chrono::milliseconds::rep>(left.count(), 0, std::numeric_limits<int>::max()));
}

/// Calls poll(2) until a descriptor is ready; false at the deadline. poll(2) ignores negative
/// descriptors.
bool poll_until(std::span<pollfd> watched, Deadline deadline) {
  for (;;) {
    const int timeout_ms = milliseconds_until(deadline);
    const int found = ::poll(watched.data(), watched.size(), timeout_ms);
    if (found < 0 && errno != EINTR) throw_errno("poll");
    if (found > 0) return true;
    if (found == 0 && timeout_ms == 0) return false;
  }
}

/// True if `descriptor` is ready, false at the deadline.
bool ready(int descriptor, short events, Deadline deadline, int interruption) {
  std::array<pollfd, 2> watched{{{descriptor, events, 0}, {interruption, POLLIN, 0}}};
  const bool is_ready = poll_until(watched, deadline);
  if (watched[1].revents != 0) throw Interrupted();
  return is_ready;
}

}  // namespace

void pause_until(Deadline deadline, int interruption) {
  ready(no_interruption, 0, deadline, interruption);
}

void wait_for(int descriptor, short events, Deadline deadline, int interruption) {
  if (!ready(descriptor, events, deadline, interruption)) throw TimedOut();
}

EventWait wait_for_event(int event, int socket, Deadline deadline) {
  // poll(2) reports errors and hang-ups without being asked.
  std::array<pollfd, 2> watched{{{event, POLLIN, 0}, {socket, POLLRDHUP, 0}}};
  if (!poll_until(watched, deadline)) return EventWait::deadline;
  return watched[0].revents != 0 ? EventWait::happened : EventWait::peer_ended;
}

std::size_t receive_some(int socket, std::span<char> into, Deadline deadline, int interruption) {
  for (;;) {
    const ssize_t received = ::recv(socket, into.data(), into.size(), MSG_DONTWAIT);
    if (received >= 0) return static_cast<std::size_t>(received);
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) throw_errno("receive");
    wait_for(socket, POLLIN, deadline, interruption);
  }
}

std::optional<std::size_t> receive_now(int socket, std::span<char> into) noexcept {
  const ssize_t received = ::recv(socket, into.data(), into.size(), MSG_DONTWAIT);
  if (received < 0) return {};
  return static_cast<std::size_t>(received);
}

void send_all(int socket, std::string_view bytes, Deadline deadline, int interruption) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) throw_errno("send");
    wait_for(socket, POLLOUT, deadline, interruption);
  }
}

}  // namespace lottery
