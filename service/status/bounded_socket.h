#pragma once

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocketImpl.h>

#include <chrono>
#include <cstddef>

#include "network/deadline.h"

namespace lottery {

/// A connection to the status page, below Poco's HTTP server. Poco applies a timeout to each read
/// and write, and does not limit the size of a request's header. Here the whole request has one
/// deadline and a maximum size, and each answer has one deadline, however slowly the peer sends or
/// reads. Exceeding them throws Poco::TimeoutException or Poco::IOException.
class BoundedSocket : public Poco::Net::StreamSocketImpl {
 public:
  static constexpr std::chrono::seconds request_time{5};
  static constexpr std::chrono::seconds unread_time{5};  ///< for bytes that the peer does not read
  static constexpr std::size_t request_bytes = 16UL * 1024;

  /// `descriptor` is a connected socket; this object closes it. The request's deadline starts now.
  explicit BoundedSocket(int descriptor);

  ~BoundedSocket() override;

  /// Sets the deadline for everything that is sent from now on.
  void send_until(Deadline deadline) noexcept { send_deadline_ = deadline; }

  /// Does nothing. The connection closes with its last reference, after its place was freed.
  void close() override {}

  int sendBytes(const void* buffer, int length, int flags) override;
  int receiveBytes(void* buffer, int length, int flags) override;

 private:
  // These would hide the base class's overloads; clang warns of that.
  using StreamSocketImpl::receiveBytes;
  using StreamSocketImpl::sendBytes;

  const Deadline request_deadline_;
  Deadline send_deadline_;
  std::size_t request_bytes_left_ = request_bytes;
};

/// Wraps `socket`, so that it accepts connections as BoundedSocket.
Poco::Net::ServerSocket bounded(const Poco::Net::ServerSocket& socket);

}  // namespace lottery
