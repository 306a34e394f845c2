#pragma once

#include <Poco/Net/StreamSocket.h>

#include <list>
#include <mutex>

namespace lottery {

/// The connections to the status page, from accept to close. Limits their number, and lets a stop
/// end them. Any thread.
class OpenConnections {
 public:
  explicit OpenConnections(int max) noexcept : max_(max) {}

  /// Registers a new connection. Returns false if there is no room for it.
  bool accept() noexcept;

  /// The accepted connection is being served on `socket`, which must live until leave().
  using Entry = std::list<Poco::Net::StreamSocket>::iterator;
  Entry enter(const Poco::Net::StreamSocket& socket);
  void leave(Entry entry) noexcept;

  /// Ends the reads and writes of every connection, including those that enter later.
  void cut();

 private:
  const int max_;
  std::mutex mutex_;
  int count_ = 0;
  bool is_cut_ = false;
  std::list<Poco::Net::StreamSocket> sockets_;
};

}  // namespace lottery
