#include "network/plain_stream.h"

#include <Poco/Exception.h>
#include <Poco/Net/SocketAddress.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>

#include "network/wait.h"

namespace lottery {
namespace {

[[noreturn]] void throw_errno(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

bool would_block(int error) { return error == EAGAIN || error == EWOULDBLOCK; }

std::string peer_of(const Poco::Net::StreamSocket& socket) {
  try {
    return socket.peerAddress().toString();
  } catch (const Poco::Exception&) {
    return "unknown";
  }
}

}  // namespace

PlainStream::PlainStream(const Poco::Net::StreamSocket& socket, Interruption interruption)
    : socket_(socket), interruption_(interruption), peer_(peer_of(socket_)) {}

std::size_t PlainStream::receive_some(std::span<char> into, Deadline deadline) {
  for (;;) {
    const ssize_t received = ::recv(descriptor(), into.data(), into.size(), MSG_DONTWAIT);
    if (received >= 0) return static_cast<std::size_t>(received);
    if (errno == EINTR) continue;
    if (!would_block(errno)) throw_errno("receive");
    wait_for(descriptor(), POLLIN, deadline, interruption_);
  }
}

std::optional<std::size_t> PlainStream::receive_now(std::span<char> into) noexcept {
  const ssize_t received = ::recv(descriptor(), into.data(), into.size(), MSG_DONTWAIT);
  if (received < 0) return {};
  return static_cast<std::size_t>(received);
}

void PlainStream::send_all(std::string_view bytes, Deadline deadline) {
  while (!bytes.empty()) {
    const ssize_t sent =
        ::send(descriptor(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno == EINTR) continue;
    if (!would_block(errno)) throw_errno("send");
    wait_for(descriptor(), POLLOUT, deadline, interruption_);
  }
}

EventWait PlainStream::wait_for_event(int event, Deadline deadline) {
  // poll(2) always reports errors and hang-ups, and ignores a negative descriptor.
  std::array<pollfd, 2> watched{{{event, POLLIN, 0}, {descriptor(), POLLRDHUP, 0}}};
  if (!poll_until(watched, deadline)) return EventWait::deadline;
  return watched[0].revents != 0 ? EventWait::happened : EventWait::peer_ended;
}

void PlainStream::linger(Deadline deadline) {
  ::shutdown(descriptor(), SHUT_WR);
  std::array<char, 4096> dropped{};
  while (receive_some(dropped, deadline) != 0 && std::chrono::steady_clock::now() < deadline) {
  }
}

void PlainStream::stop_receiving() noexcept { ::shutdown(descriptor(), SHUT_RD); }

void PlainStream::cut() noexcept { ::shutdown(descriptor(), SHUT_RDWR); }

}  // namespace lottery
