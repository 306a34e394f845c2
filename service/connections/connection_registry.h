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

/// All connections of the service, on all its ports, from accept to close. Admits them, counts
/// them, and ends them when the service stops. Any thread may call.
///
/// An admitted connection takes one of the service's places. It waits for a thread, gets it, and
/// leaves the registry when it ends. The places of one address are limited, so that one peer can't
/// take all of them. If all places are taken, the new connection takes the place of a connection
/// that has sent no valid message: among the addresses with the most such connections, the oldest
/// one loses its place.
class ConnectionRegistry {
 public:
  /// The result of accept() for a new connection.
  enum class Acceptance : std::uint8_t {
    accepted,      ///< it gets a thread, which serves it or turns it away
    full,          ///< no place, and no thread to say so; not registered
    address_full,  ///< no place for its address, and no thread; not registered
    no_threads,    ///< the system starts no more threads; not registered
  };

  /// What enter() decides for a connection that has its thread.
  enum class Admission : std::uint8_t {
    served,        ///< it has a place
    full,          ///< tell the peer
    address_full,  ///< tell the peer
    closed,        ///< the service is stopping, or has closed the connection
  };

  /// How a connection is counted.
  enum class Place : std::uint8_t {
    none,
    taken,         ///< it has one of the limited places
    full,          ///< no place: all are taken
    address_full,  ///< no place: all places of its address are taken
    lost,          ///< another connection took its place; this one was cut
  };

  /// Current and past numbers of connections.
  struct Counts {
    int served = 0;            ///< have a place, and have or wait for a thread
    int served_max = 0;        ///< limit of places
    int turned_away = 0;       ///< have no place, and are being told so
    std::int64_t refused = 0;  ///< got no place or lost it, since the start
  };

  /// A connection that has a thread.
  struct Member {
    std::unique_ptr<Stream> stream;
    Admission admission = Admission::closed;  ///< never changes
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

  /// At most `served_max` connections have a place at once, of one address at most
  /// `served_per_address_max`. A few more have threads that tell them that the service is full.
  ConnectionRegistry(int served_max, int served_per_address_max) noexcept;

  /// The number of threads that the connections need.
  int threads_max() const noexcept;

  /// Handles a new connection from `address`.
  Acceptance accept(const Poco::Net::StreamSocket& socket, Dialect dialect, AddressGroup address);

  /// Call it when the connection of `socket` has its thread. The connection must call leave() when
  /// it ends, whatever its admission.
  MemberId enter(const Poco::Net::StreamSocket& socket, std::unique_ptr<Stream> stream);
  void leave(MemberId member) noexcept;

  /// The connection has sent a valid message, so it keeps its place from now on.
  void has_sent_valid_message(MemberId member) noexcept;

  /// Waits until connections have waited for a thread for `patience`. Removes and returns them; the
  /// caller owns them. Returns none if `stop` is requested.
  std::vector<Waiting> wait_for_overdue(std::chrono::milliseconds patience,
                                        const std::stop_token& stop);

  /// Cuts the connections whose certificates would be refused now, and logs why.
  void close_refused();

  Counts counts() const;

  /// True after begin_stop() was called.
  bool is_stopping() const noexcept { return is_stopping_; }

  /// From now on, connections that have not begun yet are not served.
  void begin_stop();

  /// Ends all connections, and returns when none is left. Call begin_stop() first, and accept no
  /// more connections. From now on peers can't send anything more. They have 3 seconds to get and
  /// read their last answers. Then `end_long_work` is called, which makes connections that are busy
  /// with long work answer soon. Half a second later, all connections are cut.
  void end_all(const std::function<void()>& end_long_work);

 private:
  Place place_for(const AddressGroup& address);

  /// Takes a place from a connection and cuts it. Returns false if every connection keeps its
  /// place.
  bool make_room();

  void count(Place place, const AddressGroup& address);
  void release(Place place, const AddressGroup& address) noexcept;

  const int served_max_;
  const int served_per_address_max_;
  mutable std::mutex mutex_;
  std::condition_variable left_;
  std::condition_variable_any waits_;  // waiting_ is not empty
  std::list<Waiting> waiting_;         // oldest first
  std::list<Member> members_;
  int taken_ = 0;                           // places of waiting_ and members_
  std::map<AddressGroup, int> taken_of_{};  // places of each address that has any
  int turned_away_ = 0;                     // connections in waiting_ and members_ without a place
  int lost_ = 0;                            // connections in members_ that lost their place
  std::int64_t refused_ = 0;                // since the start
  bool is_short_of_threads_ = false;        // the last connection got no thread in time
  std::atomic<bool> is_stopping_ = false;
};

/// The registration of a connection that has a thread. The destructor removes it from the registry.
class Registration {
 public:
  /// `stream` is the stream of `socket`, which was accepted. `registry` must outlive this.
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
