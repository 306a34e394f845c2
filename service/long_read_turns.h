#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <set>

#include "protocol/agency_id.h"

namespace lottery {

/// Schedules reads of whole books among agencies, so that no agency can occupy all readers.
///
/// 1. At most `at_once` turns are taken at the same time.
/// 2. An agency holds at most one turn, however many connections ask in its name.
/// 3. Waiting agencies are served round robin. Connections of one agency are served in the order of
///    arrival.
/// 4. After a turn, the agency may have to rest: until its books are closed, it gets no turn during
///    a rest. A rest lasts `rests` times as long as the turn before it, at most `rest_max`. All
///    agencies that must rest share one rest, and hold at most one turn at a time, so together they
///    read for a quarter of the time. Between their turns the WAL can begin anew. Without rests,
///    one peer that kept declaring wrong books for an agency with 500,000 bets let the WAL grow to
///    1.4 GiB in 15 s; with them, to 43 MiB.
///
/// Any thread may call.
class LongReadTurns {
 public:
  using Clock = std::chrono::steady_clock;

  /// The default of `rest_max`. An agency's own DONE may have to wait for a rest, and its client
  /// waits for 60 seconds.
  static constexpr std::chrono::seconds usual_rest_max{10};

  /// A turn to read. It lasts as long as this object. The LongReadTurns must outlive it.
  class Turn {
   public:
    /// Waits for a turn. Throws LedgerUnavailable after LongReadTurns::end().
    Turn(LongReadTurns& turns, AgencyId agency);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    /// The agency must rest after this turn, and after later ones until books_closed().
    void oblige_to_rest() noexcept { obliges_to_rest_ = true; }

   private:
    LongReadTurns& turns_;
    AgencyId agency_;
    bool was_obliged_;
    Clock::time_point begun_at_;  // after the wait for the turn
    bool obliges_to_rest_ = false;
  };

  explicit LongReadTurns(int at_once, int rests = 3, Clock::duration rest_max = usual_rest_max)
      : free_(at_once), rests_(rests), rest_max_(rest_max) {}

  /// The agency's books were closed, so what it read was of use and it need not rest.
  void books_closed(AgencyId agency);

  /// From now on no turn is given, and all waiting threads return.
  void end() noexcept;

  /// The number of threads that wait for a turn.
  std::size_t waiting() const;

 private:
  struct Waiter {
    bool has_turn = false;
    bool is_obliged = false;  // at the moment when it got its turn
    std::condition_variable wake{};
  };

  /// Waits until the agency has a turn. Returns true if it must rest afterwards.
  bool take(AgencyId agency);
  void give_back(AgencyId agency, bool was_obliged) noexcept;

  /// Begins a rest for `agency` and all other agencies that must rest, unless the agency's books
  /// were closed during its turn.
  void begin_rest(AgencyId agency, Clock::duration turn);

  /// True if the agency can get no turn now. Call with the mutex locked.
  bool rests(AgencyId agency, Clock::time_point now) const;

  /// Gives the free turns to the next agencies that need not rest. Call with the mutex locked.
  void hand_out(Clock::time_point now);

  mutable std::mutex mutex_;
  int free_;
  const int rests_;
  const Clock::duration rest_max_;
  std::map<AgencyId, std::deque<Waiter*>> agencies_;  // that hold a turn or wait for one
  std::deque<AgencyId> next_;                         // of these, those that hold no turn
  std::set<AgencyId> obliged_to_rest_;
  std::set<AgencyId> closed_since_turn_;  // whose books were closed after their last turn began
  bool obliged_has_turn_ = false;         // whether an agency that must rest holds a turn
  Clock::time_point rest_ends_at_{};
  bool is_over_ = false;
};

}  // namespace lottery
