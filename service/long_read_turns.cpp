#include "service/long_read_turns.h"

#include "service/ledger.h"

namespace lottery {

LongReadTurns::Turn::Turn(LongReadTurns& turns, AgencyId agency) : turns_(turns), agency_(agency) {
  turns_.take(agency_);
}

LongReadTurns::Turn::~Turn() { turns_.give_back(agency_); }

void LongReadTurns::end() noexcept {
  const std::lock_guard lock(mutex_);
  is_over_ = true;
  for (const auto& [agency, waiters] : agencies_) {
    for (Waiter* const waiter : waiters) waiter->wake.notify_one();
  }
}

std::size_t LongReadTurns::waiting() const {
  const std::lock_guard lock(mutex_);
  std::size_t count = 0;
  for (const auto& [agency, waiters] : agencies_) count += waiters.size();
  return count;
}

void LongReadTurns::take(AgencyId agency) {
  Waiter own;
  std::unique_lock lock(mutex_);
  if (is_over_) throw LedgerUnavailable("the service is stopping");
  const auto [found, is_new] = agencies_.try_emplace(agency);
  found->second.push_back(&own);
  if (is_new) next_.push_back(agency);
  hand_out();
  own.wake.wait(lock, [&] { return own.has_turn || is_over_; });
  if (own.has_turn) return;
  std::erase(agencies_.at(agency), &own);
  throw LedgerUnavailable("the service is stopping");
}

void LongReadTurns::give_back(AgencyId agency) noexcept {
  const std::lock_guard lock(mutex_);
  ++free_;
  if (is_over_) return;
  if (agencies_.at(agency).empty()) {
    agencies_.erase(agency);
  } else {
    next_.push_back(agency);
  }
  hand_out();
}

void LongReadTurns::hand_out() {
  while (free_ > 0 && !next_.empty()) {
    std::deque<Waiter*>& waiters = agencies_.at(next_.front());
    next_.pop_front();
    Waiter& first = *waiters.front();
    waiters.pop_front();
    --free_;
    first.has_turn = true;
    first.wake.notify_one();
  }
}

}  // namespace lottery
