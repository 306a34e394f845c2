#pragma once

#include <Poco/Net/StreamSocket.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <stop_token>
#include <utility>
#include <vector>

#include "network/stream.h"
#include "protocol/request.h"

namespace lottery {

/// Every connection of the service on all its ports, from its accept to its end: admits them,
/// counts them, and ends them when the service stops.
///
/// A connection first waits for a thread of its own, then has one, and leaves at its end. Any
/// thread.
class ConnectionRegistry {
 public:
  /// What becomes of a connection that has come.
  enum class Acceptance : std::uint8_t {
    accepted,
    full,        ///< all threads are taken; the connection is not registered
    no_threads,  ///< the system starts no more threads; the connection is not registered
  };

  /// What becomes of a connection that has its thread.
  enum class Admission : std::uint8_t {
    served,
    full,    ///< it is to be told so
    closed,  ///< the service is stopping, or has closed the connection already
  };

  /// A connection that has a thread.
  struct Member {
    std::unique_ptr<Stream> stream;
    Admission admission = Admission::closed;
  };
  using MemberId = std::list<Member>::const_iterator;

  /// A connection that waits for a thread.
  struct Waiting {
    Poco::Net::StreamSocket socket;
    Dialect dialect = Dialect::typed;
    std::chrono::steady_clock::time_point since;
  };

  /// At most `served_max` connections are served at once, and a few more have threads that tell
  /// them that the service is full.
  explicit ConnectionRegistry(int served_max) noexcept;

  /// How many threads the connections need.
  int threads_max() const noexcept;

  /// A connection has come, and is to wait for a thread.
  Acceptance accept(const Poco::Net::StreamSocket& socket, Dialect dialect);

  /// The connection of `socket` has its thread. It must leave() at its end, whatever its admission.
  MemberId enter(const Poco::Net::StreamSocket& socket, std::unique_ptr<Stream> stream);
  void leave(MemberId member) noexcept;

  /// Waits until connections have waited for a thread for `patience`, and takes them out: they are
  /// the caller's. Returns none if `stop` is requested.
  std::vector<Waiting> wait_for_overdue(std::chrono::milliseconds patience,
                                        const std::stop_token& stop);

  /// True once begin_stop() was called.
  bool is_stopping() const noexcept { return is_stopping_; }

  /// From now on no connection is served that has not begun yet.
  void begin_stop();

  /// Ends all connections, and returns when none is left; call begin_stop() before, and accept no
  /// more. Peers send nothing more from now on. For 3 seconds they get and read their last answers;
  /// then `end_long_work` is called, which makes connections answer soon that are busy with long
  /// work; half a second later all connections are cut.
  void end_all(const std::function<void()>& end_long_work);

 private:
  const int served_max_;
  std::mutex mutex_;
  std::condition_variable left_;
  std::condition_variable_any waits_;  // there is a connection in waiting_
  std::list<Waiting> waiting_;         // the oldest first
  std::list<Member> members_;
  int served_ = 0;                    // those of members_ that are served
  bool is_short_of_threads_ = false;  // the last connection got none in time
  std::atomic<bool> is_stopping_ = false;
};

/// The registration of a connection that has a thread. It leaves the registry at its end.
class Registration {
 public:
  /// `stream` is that of `socket`, which was accepted. `registry` must outlive this.
  Registration(ConnectionRegistry& registry, const Poco::Net::StreamSocket& socket,
               std::unique_ptr<Stream> stream)
      : registry_(registry), member_(registry.enter(socket, std::move(stream))) {}
  ~Registration() { registry_.leave(member_); }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

  ConnectionRegistry::Admission admission() const noexcept { return member_->admission; }

  Stream& stream() const noexcept { return *member_->stream; }

 private:
  ConnectionRegistry& registry_;
  ConnectionRegistry::MemberId member_;
};

}  // namespace lottery
