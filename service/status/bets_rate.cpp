#include "service/status/bets_rate.h"

#include <algorithm>
#include <numeric>

namespace lottery {
namespace {

constexpr std::size_t seconds_of_now = 5;

}  // namespace

void BetsRate::record(const Overview& overview, std::size_t seconds) {
  std::optional<Total> total;
  if (overview.newest) {
    total = Total{.draw = overview.newest->draw.draw};
    for (const AgencyOverview& agency : overview.newest->agencies) total->bets += agency.bets;
  }
  const bool is_first = is_first_;
  is_first_ = false;
  // The difference is negative if another program has removed bets.
  const std::int64_t bets =
      total ? std::max<std::int64_t>(bets_since_last(overview, *total), 0) : 0;
  last_ = total;
  if (is_first) return;

  const auto count = static_cast<std::int64_t>(seconds);
  for (std::int64_t second = 0; second < count; ++second) {
    history_.push_back(bets * (second + 1) / count - bets * second / count);
  }
  while (history_.size() > seconds_max) history_.pop_front();
}

std::int64_t BetsRate::bets_since_last(const Overview& overview, const Total& total) const {
  if (!last_) return total.bets;
  if (last_->draw == total.draw) return total.bets - last_->bets;
  // The rest of the last draw, and all draws after it.
  std::int64_t bets = total.bets;
  for (const PastDraw& past : overview.past) {
    if (past.draw.draw == last_->draw) bets += past.bets - last_->bets;
    if (past.draw.draw > last_->draw) bets += past.bets;
  }
  return bets;
}

double BetsRate::now() const noexcept {
  const std::size_t seconds = std::min(history_.size(), seconds_of_now);
  if (seconds == 0) return 0;
  const auto bets = std::accumulate(history_.end() - static_cast<std::ptrdiff_t>(seconds),
                                    history_.end(), std::int64_t{0});
  return static_cast<double>(bets) / static_cast<double>(seconds);
}

}  // namespace lottery
