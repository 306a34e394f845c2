#pragma once

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/StreamSocketImpl.h>

#include <chrono>
#include <cstddef>

#include "network/deadline.h"

namespace lottery {

/// A connection to the status page, under Poco's HTTP server. Poco gives each read and each write a
/// timeout of its own, and puts no limit on a request's header as a whole. Here the whole request
/// has one deadline and one size, and each answer has one deadline, however the peer spreads its
/// bytes. Reads and writes beyond them throw Poco::TimeoutException or Poco::IOException.
class BoundedSocket : public Poco::Net::StreamSocketImpl {
 public:
  static constexpr std::chrono::seconds request_time{5};
  static constexpr std::chrono::seconds unread_time{5};  ///< for what the peer does not take
  static constexpr std::size_t request_bytes = 16UL * 1024;

  /// `descriptor` is a connected socket, which this closes. The time of the request begins now.
  explicit BoundedSocket(int descriptor);

  ~BoundedSocket() override;

  /// Until when all that is sent from now on must have been sent.
  void send_until(Deadline deadline) noexcept { send_deadline_ = deadline; }

  /// Does nothing. The connection is closed with its last reference, after its place was freed.
  void close() override {}

  int sendBytes(const void* buffer, int length, int flags) override;
  int receiveBytes(void* buffer, int length, int flags) override;

 private:
  // For clang: they would be hidden.
  using StreamSocketImpl::receiveBytes;
  using StreamSocketImpl::sendBytes;

  const Deadline request_deadline_;
  Deadline send_deadline_;
  std::size_t request_bytes_left_ = request_bytes;
};

/// `socket` itself, which takes its connections as BoundedSocket.
Poco::Net::ServerSocket bounded(const Poco::Net::ServerSocket& socket);

}  // namespace lottery
