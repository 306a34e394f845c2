#include "service/long_read_turns.h"

#include <algorithm>

#include "service/ledger.h"

namespace lottery {

LongReadTurns::Turn::Turn(LongReadTurns& turns, AgencyId agency) : turns_(turns), agency_(agency) {
  turns_.take(agency_);
  begun_at_ = Clock::now();
}

LongReadTurns::Turn::~Turn() {
  if (obliges_to_rest_) turns_.begin_rest(agency_, Clock::now() - begun_at_);
  turns_.give_back(agency_);
}

void LongReadTurns::books_closed(AgencyId agency) {
  const std::lock_guard lock(mutex_);
  obliged_to_rest_.erase(agency);
}

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
  while (!own.has_turn && !is_over_) {
    // A rest may begin during this wait: then begin_rest() wakes this thread.
    if (rests(agency)) {
      own.wake.wait_until(lock, rest_ends_at_);
      hand_out();
    } else {
      own.wake.wait(lock);
    }
  }
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

void LongReadTurns::begin_rest(AgencyId agency, Clock::duration turn) {
  const std::lock_guard lock(mutex_);
  obliged_to_rest_.insert(agency);
  rest_ends_at_ = std::max(rest_ends_at_, Clock::now() + rests_ * turn);
  for (const AgencyId obliged : obliged_to_rest_) {
    const auto waiting = agencies_.find(obliged);
    if (waiting == agencies_.end()) continue;
    for (Waiter* const waiter : waiting->second) waiter->wake.notify_one();
  }
}

bool LongReadTurns::rests(AgencyId agency) const {
  return obliged_to_rest_.contains(agency) && Clock::now() < rest_ends_at_;
}

void LongReadTurns::hand_out() {
  auto next = next_.begin();
  while (free_ > 0 && next != next_.end()) {
    if (rests(*next)) {
      ++next;
      continue;
    }
    std::deque<Waiter*>& waiters = agencies_.at(*next);
    next = next_.erase(next);
    Waiter& first = *waiters.front();
    waiters.pop_front();
    --free_;
    first.has_turn = true;
    first.wake.notify_one();
  }
}

}  // namespace lottery
