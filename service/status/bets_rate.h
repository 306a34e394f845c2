#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "service/draw_overview.h"

namespace lottery {

/// Counts the bets stored in each of the last seconds. One thread at a time.
class BetsRate {
 public:
  static constexpr std::size_t seconds_max = 300;

  /// Records that the draws are at `overview`, `seconds` after the last call (1 or more). Bets that
  /// exist at the first call do not count.
  void record(const Overview& overview, std::size_t seconds = 1);

  /// Bets in each of the last seconds, oldest first, at most seconds_max entries.
  const std::deque<std::int64_t>& history() const noexcept { return history_; }

  /// Bets per second, averaged over the last five seconds.
  double now() const noexcept;

 private:
  struct Total {
    DrawId draw;
    std::int64_t bets = 0;
  };

  /// The number of bets stored since `last_`.
  std::int64_t bets_since_last(const Overview& overview, const Total& total) const;

  bool is_first_ = true;
  std::optional<Total> last_;
  std::deque<std::int64_t> history_;
};

}  // namespace lottery
