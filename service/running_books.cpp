#include "service/running_books.h"

#include <utility>

namespace lottery {

std::optional<Books> RunningBooks::books(AgencyId agency, DrawId draw, std::int64_t batches,
                                         std::int64_t changes_by_others) const {
  const std::lock_guard lock(mutex_);
  const auto found = agencies_.find(agency);
  if (found == agencies_.end()) return {};
  const RunningBalance& known = found->second;
  if (known.draw != draw || known.batches != batches ||
      known.changes_by_others != changes_by_others) {
    return {};
  }
  return known.balance.books();
}

std::optional<RunningBalance> RunningBooks::take(AgencyId agency, DrawId draw,
                                                 std::int64_t batches_max,
                                                 std::int64_t changes_by_others) {
  const std::lock_guard lock(mutex_);
  auto taken = agencies_.extract(agency);
  if (!taken) return {};
  RunningBalance& known = taken.mapped();
  if (known.draw != draw || known.batches > batches_max ||
      known.changes_by_others != changes_by_others) {
    return {};
  }
  return std::move(known);
}

void RunningBooks::keep(AgencyId agency, RunningBalance balance) {
  balance.balance.release_room();
  const std::lock_guard lock(mutex_);
  agencies_.insert_or_assign(agency, std::move(balance));
}

void RunningBooks::forget(AgencyId agency) {
  const std::lock_guard lock(mutex_);
  agencies_.erase(agency);
}

void RunningBooks::forget_all() {
  const std::lock_guard lock(mutex_);
  agencies_.clear();
}

}  // namespace lottery
