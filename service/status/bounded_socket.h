#pragma once

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocketImpl.h>

#include <chrono>
#include <cstddef>

#include "network/deadline.h"

namespace lottery {

/// A connection to the status page, below Poco's HTTP server. Poco gives each read and each write
/// its own timeout, and does not limit the total time or size of a request's header. This class
/// gives the whole request one deadline and one size limit, and each answer one deadline, however
/// the peer spreads its bytes. Reads and writes beyond these limits throw Poco::TimeoutException or
/// Poco::IOException.
class BoundedSocket : public Poco::Net::StreamSocketImpl {
 public:
  static constexpr std::chrono::seconds request_time{5};
  static constexpr std::chrono::seconds unread_time{5};  ///< for data that the peer does not read
  static constexpr std::size_t request_bytes = 16UL * 1024;

  /// `descriptor` is a connected socket; this object closes it. The time of the request begins now.
  explicit BoundedSocket(int descriptor);

  ~BoundedSocket() override;

  /// Sets the deadline for everything that is sent from now on.
  void send_until(Deadline deadline) noexcept { send_deadline_ = deadline; }

  /// Does nothing. The connection is closed when its last reference goes, after its place was
  /// freed.
  void close() override {}

  int sendBytes(const void* buffer, int length, int flags) override;
  int receiveBytes(void* buffer, int length, int flags) override;

 private:
  // Without these lines, clang warns that they are hidden.
  using StreamSocketImpl::receiveBytes;
  using StreamSocketImpl::sendBytes;

  const Deadline request_deadline_;
  Deadline send_deadline_;
  std::size_t request_bytes_left_ = request_bytes;
};

/// The same listening socket, which accepts its connections as BoundedSocket.
Poco::Net::ServerSocket bounded(const Poco::Net::ServerSocket& socket);

}  // namespace lottery
