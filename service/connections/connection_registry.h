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

/// All connections of the service, on all its ports, from accept to end. It admits them, counts
/// them, and ends them when the service stops.
///
/// A new connection takes one of the service's places, waits for its own thread, is served, and
/// leaves at its end. The places of one address are limited, so that one peer can't take all. If
/// all places are taken, a connection that has sent no valid message yet loses its place to the new
/// one: among the addresses with such connections, the one that holds the most of them loses its
/// oldest. Any thread may call.
class ConnectionRegistry {
 public:
  /// What happens to a new connection.
  enum class Acceptance : std::uint8_t {
    accepted,      ///< gets a thread, which serves it or tells it that the service is full
    full,          ///< not registered: no place is left, and no thread to say so
    address_full,  ///< not registered: likewise, for the places of its address
    no_threads,    ///< not registered: the system starts no more threads
  };

  /// What happens to a connection that has got its thread.
  enum class Admission : std::uint8_t {
    served,        ///< has a place
    full,          ///< has no place, and must be told
    address_full,  ///< its address has no place left, and it must be told
    closed,        ///< the service is stopping or has already closed it
  };

  /// How a connection is counted.
  enum class Place : std::uint8_t {
    none,
    taken,         ///< has one of the limited places
    full,          ///< has none, because all are taken
    address_full,  ///< has none, because its address has taken all it may
    lost,          ///< lost its place to another connection, and was cut
  };

  /// The present and past numbers of connections.
  struct Counts {
    int served = 0;            ///< have a place; some still wait for a thread
    int served_max = 0;        ///< the number of places
    int turned_away = 0;       ///< have no place, and are being told
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

  /// There are `served_max` places, at most `served_per_address_max` of them for one address. A few
  /// more connections get threads to tell them that the service is full.
  ConnectionRegistry(int served_max, int served_per_address_max) noexcept;

  /// The number of threads that the connections need.
  int threads_max() const noexcept;

  /// Registers a new connection from `address`.
  Acceptance accept(const Poco::Net::StreamSocket& socket, Dialect dialect, AddressGroup address);

  /// The connection of `socket` has got its thread. It must call leave() at its end, whatever its
  /// admission.
  MemberId enter(const Poco::Net::StreamSocket& socket, std::unique_ptr<Stream> stream);
  void leave(MemberId member) noexcept;

  /// The connection has sent a valid message, so it keeps its place from now on.
  void has_sent_valid_message(MemberId member) noexcept;

  /// Waits until some connections have waited for a thread for `patience`. Removes and returns
  /// them; the caller must end them. Returns none if `stop` is requested.
  std::vector<Waiting> wait_for_overdue(std::chrono::milliseconds patience,
                                        const std::stop_token& stop);

  /// Cuts the connections that their streams would refuse now (revoked certificates), and logs why.
  void close_refused();

  Counts counts() const;

  /// True once begin_stop() has been called.
  bool is_stopping() const noexcept { return is_stopping_; }

  /// From now on, no connection is served that has not begun yet.
  void begin_stop();

  /// Ends all connections, and returns when none is left. Call begin_stop() before, and accept no
  /// more connections. Peers can send nothing more. For 3 seconds they get their last answers; then
  /// this calls `end_long_work`, which makes connections with long work answer soon; half a second
  /// later it cuts all connections.
  void end_all(const std::function<void()>& end_long_work);

 private:
  Place place_for(const AddressGroup& address);

  /// Takes a place from a connection and cuts it. Returns false if every connection may keep its
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
  int taken_ = 0;                           // places taken by waiting_ and members_
  std::map<AddressGroup, int> taken_of_{};  // the same for each address
  int turned_away_ = 0;                     // connections without a place in both
  int lost_ = 0;                            // connections in members_ that lost their place
  std::int64_t refused_ = 0;                // since the start
  bool is_short_of_threads_ = false;        // the last connection got no thread in time
  std::atomic<bool> is_stopping_ = false;
};

/// Registers a connection that has a thread, for the lifetime of this object.
class Registration {
 public:
  /// `stream` must be the stream of `socket`, which was accepted. `registry` must outlive this.
  Registration(ConnectionRegistry& registry, const Poco::Net::StreamSocket& socket,
               std::unique_ptr<Stream> stream)
      : registry_(registry), member_(registry.enter(socket, std::move(stream))) {}
  ~Registration() { registry_.leave(member_); }
  Registration(const Registration&) = delete;
  Registration& operator=(const Registration&) = delete;

  ConnectionRegistry::Admission admission() const noexcept { return member_->admission; }

  Stream& stream() const noexcept { return *member_->stream; }

  /// From now on, the connection keeps its place.
  void has_sent_valid_message() noexcept { registry_.has_sent_valid_message(member_); }

 private:
  ConnectionRegistry& registry_;
  ConnectionRegistry::MemberId member_;
};

}  // namespace lottery
