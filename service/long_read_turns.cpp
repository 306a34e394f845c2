#include "service/long_read_turns.h"

#include <algorithm>

#include "service/ledger.h"

namespace lottery {

LongReadTurns::Turn::Turn(LongReadTurns& turns, AgencyId agency)
    : turns_(turns), agency_(agency), was_obliged_(turns.take(agency)), begun_at_(Clock::now()) {}

LongReadTurns::Turn::~Turn() {
  if (obliges_to_rest_) turns_.begin_rest(agency_, Clock::now() - begun_at_);
  turns_.give_back(agency_, was_obliged_);
}

void LongReadTurns::books_closed(AgencyId agency) {
  const std::lock_guard lock(mutex_);
  obliged_to_rest_.erase(agency);
  closed_since_turn_.insert(agency);
  if (!is_over_) hand_out(Clock::now());
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

bool LongReadTurns::take(AgencyId agency) {
  Waiter own;
  std::unique_lock lock(mutex_);
  if (is_over_) throw LedgerUnavailable("the service is stopping");
  const auto [found, is_new] = agencies_.try_emplace(agency);
  found->second.push_back(&own);
  if (is_new) next_.push_back(agency);
  for (;;) {
    // A rest may end between two looks at the clock. Without this, nobody would give out the turn
    // then.
    const auto now = Clock::now();
    hand_out(now);
    if (own.has_turn || is_over_) break;
    if (obliged_to_rest_.contains(agency) && now < rest_ends_at_) {
      own.wake.wait_until(lock, rest_ends_at_);
    } else {
      own.wake.wait(lock);  // begin_rest() also ends this wait
    }
  }
  if (own.has_turn) return own.is_obliged;
  std::erase(agencies_.at(agency), &own);
  throw LedgerUnavailable("the service is stopping");
}

void LongReadTurns::give_back(AgencyId agency, bool was_obliged) noexcept {
  const std::lock_guard lock(mutex_);
  ++free_;
  if (was_obliged) obliged_has_turn_ = false;
  if (is_over_) return;
  if (agencies_.at(agency).empty()) {
    agencies_.erase(agency);
  } else {
    next_.push_back(agency);
  }
  hand_out(Clock::now());
}

void LongReadTurns::begin_rest(AgencyId agency, Clock::duration turn) {
  const std::lock_guard lock(mutex_);
  if (closed_since_turn_.contains(agency)) return;
  obliged_to_rest_.insert(agency);
  const Clock::duration rest = std::min(rests_ * turn, rest_max_);
  rest_ends_at_ = std::max(rest_ends_at_, Clock::now() + rest);
  for (const AgencyId obliged : obliged_to_rest_) {
    const auto waiting = agencies_.find(obliged);
    if (waiting == agencies_.end()) continue;
    for (Waiter* const waiter : waiting->second) waiter->wake.notify_one();
  }
}

bool LongReadTurns::rests(AgencyId agency, Clock::time_point now) const {
  return obliged_to_rest_.contains(agency) && (obliged_has_turn_ || now < rest_ends_at_);
}

void LongReadTurns::hand_out(Clock::time_point now) {
  auto next = next_.begin();
  while (free_ > 0 && next != next_.end()) {
    if (rests(*next, now)) {
      ++next;
      continue;
    }
    const AgencyId agency = *next;
    std::deque<Waiter*>& waiters = agencies_.at(agency);
    next = next_.erase(next);
    Waiter& first = *waiters.front();
    waiters.pop_front();
    --free_;
    closed_since_turn_.erase(agency);
    first.is_obliged = obliged_to_rest_.contains(agency);
    if (first.is_obliged) obliged_has_turn_ = true;
    first.has_turn = true;
    first.wake.notify_one();
  }
}

}  // namespace lottery
