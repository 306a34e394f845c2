#include "service/status/bounded_socket.h"

#include <Poco/Exception.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocketImpl.h>
#include <Poco/Net/SocketAddress.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace lottery {
namespace {

using std::chrono::steady_clock;

// The pause after a failed accept(2), for example without a free descriptor: the connection is
// still waiting, and the next call would fail at once.
constexpr int after_failed_accept_ms = 250;

/// Returns true when the socket is ready for `events`, and false at the deadline.
bool is_ready(int descriptor, short events, Deadline deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
    pollfd socket{.fd = descriptor, .events = events, .revents = 0};
    const int ready = ::poll(&socket, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
    if (ready >= 0 || errno != EINTR) return ready != 0;
  }
}

/// Limits how much, and how long, the system buffers for a peer that does not read. Events are
/// small: filling the usual buffer would take an hour, and the peer would remain a listener for all
/// that time.
void bound_buffers(int descriptor) {
  constexpr int send_buffer_bytes = 128 * 1024;
  const auto unread_ms =
      static_cast<unsigned>(std::chrono::milliseconds(BoundedSocket::unread_time).count());
  // If these fail, the peer only stays longer.
  ::setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &send_buffer_bytes, sizeof(send_buffer_bytes));
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_USER_TIMEOUT, &unread_ms, sizeof(unread_ms));
}

class BoundedServerSocket : public Poco::Net::ServerSocketImpl {
 public:
  /// `descriptor` must be bound; this object closes it.
  explicit BoundedServerSocket(int descriptor) { reset(descriptor); }

  Poco::Net::SocketImpl* acceptConnection(Poco::Net::SocketAddress& client) override {
    for (;;) {
      sockaddr_storage address{};
      socklen_t length = sizeof(address);
      const int descriptor =
          ::accept4(sockfd(), reinterpret_cast<sockaddr*>(&address), &length, SOCK_CLOEXEC);
      if (descriptor >= 0) {
        client = Poco::Net::SocketAddress(reinterpret_cast<sockaddr*>(&address), length);
        bound_buffers(descriptor);
        return new BoundedSocket(descriptor);  // Poco counts references
      }
      if (errno == EINTR) continue;
      const int failure = errno;
      // The peer may have disconnected again, or the next one may not have arrived: no reason to
      // pause.
      if (failure != ECONNABORTED) ::poll(nullptr, 0, after_failed_accept_ms);
      error(failure);
    }
  }
};

/// A ServerSocket with its own implementation class, like Poco's SecureServerSocket.
class CustomServerSocket : public Poco::Net::ServerSocket {
 public:
  explicit CustomServerSocket(Poco::Net::SocketImpl* implementation)
      : ServerSocket(implementation, true) {}
};

}  // namespace

BoundedSocket::BoundedSocket(int descriptor)
    : StreamSocketImpl(descriptor),
      request_deadline_(steady_clock::now() + request_time),
      send_deadline_(request_deadline_) {}

BoundedSocket::~BoundedSocket() {
  // The code that opens a descriptor also closes it: tools that track descriptors see this file,
  // but not Poco's library.
  ::close(sockfd());
  reset();
}

int BoundedSocket::sendBytes(const void* buffer, int length, int flags) {
  const char* const begin = static_cast<const char*>(buffer);
  int sent = 0;
  while (sent < length) {
    const ssize_t now = ::send(sockfd(), begin + sent, static_cast<std::size_t>(length - sent),
                               flags | MSG_DONTWAIT | MSG_NOSIGNAL);
    if (now >= 0) {
      sent += static_cast<int>(now);
    } else if (errno == EAGAIN) {
      if (!is_ready(sockfd(), POLLOUT, send_deadline_)) {
        throw Poco::TimeoutException("the peer does not read its answer");
      }
    } else if (errno != EINTR) {
      error(errno);
    }
  }
  return sent;
}

int BoundedSocket::receiveBytes(void* buffer, int length, int flags) {
  if (request_bytes_left_ == 0) throw Poco::IOException("the request is too large");
  for (;;) {
    if (!is_ready(sockfd(), POLLIN, request_deadline_)) {
      throw Poco::TimeoutException("the request does not end");
    }
    const std::size_t room = std::min(static_cast<std::size_t>(length), request_bytes_left_);
    const ssize_t received = ::recv(sockfd(), buffer, room, flags | MSG_DONTWAIT);
    if (received >= 0) {
      request_bytes_left_ -= static_cast<std::size_t>(received);
      return static_cast<int>(received);
    }
    if (errno != EINTR && errno != EAGAIN) error(errno);
  }
}

Poco::Net::ServerSocket bounded(const Poco::Net::ServerSocket& socket) {
  const int descriptor = ::fcntl(socket.impl()->sockfd(), F_DUPFD_CLOEXEC, 0);
  if (descriptor < 0) {
    throw std::system_error(errno, std::generic_category(), "a socket can't be duplicated");
  }
  return CustomServerSocket(new BoundedServerSocket(descriptor));
}

}  // namespace lottery
