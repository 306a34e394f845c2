#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "service/draw_overview.h"

namespace lottery {

/// How many bets were stored in each of the last seconds. One thread at a time.
class BetsRate {
 public:
  static constexpr std::size_t seconds_max = 300;

  /// The draws are at `overview` now, `seconds` after the last call (1 or more). Bets that are
  /// there at the first call are no rate.
  void record(const Overview& overview, std::size_t seconds = 1);

  /// Bets in each of the last seconds, the oldest first, at most seconds_max of them.
  const std::deque<std::int64_t>& history() const noexcept { return history_; }

  /// Bets a second, over the last five.
  double now() const noexcept;

 private:
  struct Total {
    DrawId draw;
    std::int64_t bets = 0;
  };

  /// How many bets have come since `last_`.
  std::int64_t bets_since_last(const Overview& overview, const Total& total) const;

  bool is_first_ = true;
  std::optional<Total> last_;
  std::deque<std::int64_t> history_;
};

}  // namespace lottery
