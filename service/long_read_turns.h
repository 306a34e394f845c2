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

/// Schedules the reading of whole books among agencies, so that no agency can occupy all readers.
///
/// 1. At most `at_once` turns are taken at the same time.
/// 2. An agency has at most one of them, however many connections ask in its name.
/// 3. Agencies that wait are served round robin. Those who ask in the name of one agency are served
///    in the order in which they came.
/// 4. A turn may oblige its agency to rest. Until its books are closed, that agency gets no further
///    turn while a rest lasts. A rest lasts `rests` times as long as the turn before it, but not
///    longer than `rest_max`. All agencies that are obliged share it, and have at most one turn at
///    the same time: together they read for a quarter of the time. Between two of their turns the
///    WAL can begin anew. Without rests, one peer that declared wrong books without end, for an
///    agency with 500,000 bets, let the WAL grow to 1.4 GiB in 15 s; with them, to 43 MiB.
///
/// Any thread may call.
class LongReadTurns {
 public:
  using Clock = std::chrono::steady_clock;

  /// An agency's own DONE may have to wait for a rest, and its client waits for 60 seconds.
  static constexpr std::chrono::seconds usual_rest_max{10};

  /// A turn, which lasts until this object goes. The LongReadTurns must outlive it.
  class Turn {
   public:
    /// Waits for a turn. Throws LedgerUnavailable after LongReadTurns::end().
    Turn(LongReadTurns& turns, AgencyId agency);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    /// Obliges the agency to rest after this turn, unless its books are closed.
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

  /// The agency's books are closed: what it has read was of use, and it need not rest.
  void books_closed(AgencyId agency);

  /// From now on no turn is given, and every waiting thread returns.
  void end() noexcept;

  /// How many wait for a turn.
  std::size_t waiting() const;

 private:
  struct Waiter {
    bool has_turn = false;
    bool is_obliged = false;  // when it has got its turn
    std::condition_variable wake{};
  };

  /// Returns once the agency has a turn: true if it is obliged to rest.
  bool take(AgencyId agency);
  void give_back(AgencyId agency, bool was_obliged) noexcept;

  /// Begins a rest for all agencies that are obliged to, `agency` among them from now on.
  void begin_rest(AgencyId agency, Clock::duration turn);

  /// True if the agency gets no turn at this time. Under the mutex.
  bool rests(AgencyId agency, Clock::time_point now) const;

  /// Gives the free turns to those who are next and do not rest. Under the mutex.
  void hand_out(Clock::time_point now);

  mutable std::mutex mutex_;
  int free_;
  const int rests_;
  const Clock::duration rest_max_;
  std::map<AgencyId, std::deque<Waiter*>> agencies_;  // that have a turn or wait for one
  std::deque<AgencyId> next_;                         // of these, those that have no turn
  std::set<AgencyId> obliged_to_rest_;
  bool obliged_has_turn_ = false;  // one of those that were obliged when they got it
  Clock::time_point rest_ends_at_{};
  bool is_over_ = false;
};

}  // namespace lottery
