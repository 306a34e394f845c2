#pragma once

#include <Poco/Net/StreamSocket.h>

#include <list>
#include <mutex>

namespace lottery {

/// The connections to the status page, from accept to close, so that there are not too many, and so
/// that a stop can end them. Any thread.
class OpenConnections {
 public:
  explicit OpenConnections(int max) noexcept : max_(max) {}

  /// A connection has come. False if there is no room for it.
  bool accept() noexcept;

  /// An accepted connection is being served on `socket`, which must stay until leave().
  using Entry = std::list<Poco::Net::StreamSocket>::iterator;
  Entry enter(const Poco::Net::StreamSocket& socket);
  void leave(Entry entry) noexcept;

  /// Ends what every connection reads and writes, also of those that enter later.
  void cut();

 private:
  const int max_;
  std::mutex mutex_;
  int count_ = 0;
  bool is_cut_ = false;
  std::list<Poco::Net::StreamSocket> sockets_;
};

}  // namespace lottery
