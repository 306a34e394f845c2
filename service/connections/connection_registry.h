#pragma once

#include <Poco/Net/StreamSocket.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <utility>
#include <vector>

#include "network/stream.h"
#include "protocol/request.h"
#include "service/connections/address_group.h"

namespace lottery {

/// Every connection of the service on all its ports, from its accept to its end: admits them,
/// counts them, and ends them when the service stops.
///
/// A connection takes one of the service's places when it comes, if it may. It waits for a thread
/// of its own, then has one, and leaves at its end. So that one peer can't have all places, those
/// of one address are limited. If all places are taken, a connection that has sent no valid message
/// loses its place to the one that has come: the oldest such connection of the address that has the
/// most of them. Any thread.
class ConnectionRegistry {
 public:
  /// What becomes of a connection that has come.
  enum class Acceptance : std::uint8_t {
    accepted,      ///< it gets a thread, which serves it or tells it that the service is full
    full,          ///< no place is left, and no thread to say so; it is not registered
    address_full,  ///< the same, for the places of its address
    no_threads,    ///< the system starts no more threads; it is not registered
  };

  /// What becomes of a connection that has its thread.
  enum class Admission : std::uint8_t {
    served,        ///< it has a place
    full,          ///< it is to be told so
    address_full,  ///< it is to be told so
    closed,        ///< the service is stopping, or has closed the connection already
  };

  /// What a connection is counted as.
  enum class Place : std::uint8_t {
    none,
    taken,         ///< one of those that are limited
    full,          ///< it has none because all are taken
    address_full,  ///< it has none because all of its address are taken
    lost,          ///< to another connection; this one was cut
  };

  /// How many connections there are, and were.
  struct Counts {
    int served = 0;            ///< have a place, and a thread or wait for one
    int served_max = 0;        ///< how many may have a place at once
    int turned_away = 0;       ///< have none, and are being told so
    std::int64_t refused = 0;  ///< got no place, or lost it, since the start
  };

  /// A connection that has a thread.
  struct Member {
    std::unique_ptr<Stream> stream;
    Admission admission = Admission::closed;  ///< does not change
    Place place = Place::none;
    AddressGroup address{};
    bool has_sent_valid_message = false;
  };
  using MemberId = std::list<Member>::iterator;

  /// A connection that waits for a thread.
  struct Waiting {
    Poco::Net::StreamSocket socket;
    Dialect dialect = Dialect::typed;
    std::chrono::steady_clock::time_point since;
    Place place = Place::none;
    AddressGroup address{};
  };

  /// At most `served_max` connections have a place at once, and at most `served_per_address_max` of
  /// one address. A few more have threads that tell them that the service is full.
  ConnectionRegistry(int served_max, int served_per_address_max) noexcept;

  /// How many threads the connections need.
  int threads_max() const noexcept;

  /// A connection has come from `address`.
  Acceptance accept(const Poco::Net::StreamSocket& socket, Dialect dialect, AddressGroup address);

  /// The connection of `socket` has its thread. It must leave() at its end, whatever its admission.
  MemberId enter(const Poco::Net::StreamSocket& socket, std::unique_ptr<Stream> stream);
  void leave(MemberId member) noexcept;

  /// The connection has sent a valid message, and keeps its place from now on.
  void has_sent_valid_message(MemberId member) noexcept;

  /// Waits until connections have waited for a thread for `patience`, and takes them out: they are
  /// the caller's. Returns none if `stop` is requested.
  std::vector<Waiting> wait_for_overdue(std::chrono::milliseconds patience,
                                        const std::stop_token& stop);

  /// Cuts the connections whose peers their streams would refuse now, and logs why.
  void close_refused();

  Counts counts() const;

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
  Place place_for(const AddressGroup& address);

  /// Takes a place away from a connection, and cuts it. False if every connection keeps its place.
  bool make_room();

  void count(Place place, const AddressGroup& address);
  void release(Place place, const AddressGroup& address) noexcept;

  const int served_max_;
  const int served_per_address_max_;
  mutable std::mutex mutex_;
  std::condition_variable left_;
  std::condition_variable_any waits_;  // there is a connection in waiting_
  std::list<Waiting> waiting_;         // the oldest first
  std::list<Member> members_;
  int taken_ = 0;                           // places, by those in waiting_ and members_
  std::map<AddressGroup, int> taken_of_{};  // the same of each address that has one
  int turned_away_ = 0;                     // those in waiting_ and members_ that get no place
  int lost_ = 0;                            // those in members_ that have lost theirs
  std::int64_t refused_ = 0;                // since the start
  bool is_short_of_threads_ = false;        // the last connection got none in time
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

  /// The connection keeps its place from now on.
  void has_sent_valid_message() noexcept { registry_.has_sent_valid_message(member_); }

 private:
  ConnectionRegistry& registry_;
  ConnectionRegistry::MemberId member_;
};

}  // namespace lottery
