#include "service/storage/batches_in_order.h"

#include <functional>
#include <limits>
#include <optional>
#include <queue>
#include <utility>

namespace lottery {
namespace {

constexpr std::int64_t before_all_numbers = std::numeric_limits<std::int64_t>::min();

}  // namespace

void each_batch_in_order(
    StoredRows& rows, std::int64_t draw_id, const std::vector<AgencyRow>& agencies,
    const std::function<void(std::size_t agency, const BatchRow& batch)>& batch) {
  if (rows.bet_ids() == BetIds::of_each_agency) {
    for (std::size_t agency = 0; agency < agencies.size(); ++agency) {
      std::int64_t number = before_all_numbers;
      while (const auto next = rows.batch_after(draw_id, agencies[agency].agency_id, number)) {
        batch(agency, *next);
        number = next->batch_number;
      }
    }
    return;
  }
  // The service stores an agency's batches in the order of their bets. Then the batch with the
  // lowest remaining bet id is always the next batch of some agency.
  std::vector<BatchRow> next_batches(agencies.size());
  using FirstBetAndAgency = std::pair<std::int64_t, std::size_t>;
  std::priority_queue<FirstBetAndAgency, std::vector<FirstBetAndAgency>, std::greater<>> waiting;
  const auto wait = [&](std::size_t agency, std::int64_t after) {
    if (auto next = rows.batch_after(draw_id, agencies[agency].agency_id, after)) {
      waiting.emplace(next->first_bet_id, agency);
      next_batches[agency] = std::move(*next);
    }
  };
  for (std::size_t agency = 0; agency < agencies.size(); ++agency) {
    wait(agency, before_all_numbers);
  }
  while (!waiting.empty()) {
    const std::size_t agency = waiting.top().second;
    waiting.pop();
    batch(agency, next_batches[agency]);
    wait(agency, next_batches[agency].batch_number);
  }
}

}  // namespace lottery
