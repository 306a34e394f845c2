#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>

#include "protocol/agency_id.h"

namespace lottery {

/// Gives those who read whole books their turns, so that nobody can take all the readers.
///
/// 1. At most `at_once` turns are taken at the same time.
/// 2. An agency has at most one of them, however many connections ask in its name.
/// 3. Agencies that wait are served round robin. Those who ask in the name of one agency are served
///    in the order in which they came.
///
/// Any thread may call.
class LongReadTurns {
 public:
  /// A turn, which lasts until this object goes. The LongReadTurns must outlive it.
  class Turn {
   public:
    /// Waits for a turn. Throws LedgerUnavailable after LongReadTurns::end().
    Turn(LongReadTurns& turns, AgencyId agency);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

   private:
    LongReadTurns& turns_;
    AgencyId agency_;
  };

  explicit LongReadTurns(int at_once) : free_(at_once) {}

  /// From now on nobody gets a turn, and nobody waits for one.
  void end() noexcept;

  /// How many wait for a turn.
  std::size_t waiting() const;

 private:
  struct Waiter {
    bool has_turn = false;
    std::condition_variable wake{};
  };

  void take(AgencyId agency);
  void give_back(AgencyId agency) noexcept;

  /// Gives the free turns to those who are next. Under the mutex.
  void hand_out();

  mutable std::mutex mutex_;
  int free_;
  std::map<AgencyId, std::deque<Waiter*>> agencies_;  // that have a turn or wait for one
  std::deque<AgencyId> next_;                         // of these, those that have no turn
  bool is_over_ = false;
};

}  // namespace lottery
