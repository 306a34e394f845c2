#include "service/connections/connection_registry.h"

#include <algorithm>
#include <utility>

#include "program/log.h"
#include "program/stop_budget.h"

namespace lottery {
namespace {

using std::chrono::steady_clock;

// The number of connections beyond the limit that are told so at the same time, each on its own
// thread.
constexpr int turned_away_at_once = 16;

// The number of connections that have lost their places and still have threads. They have been cut,
// so each leaves as soon as its thread runs, or has finished its current message.
constexpr int losers_at_once = 16;

ConnectionRegistry::Admission admission_with(ConnectionRegistry::Place place) noexcept {
  using Place = ConnectionRegistry::Place;
  using Admission = ConnectionRegistry::Admission;
  switch (place) {
    case Place::taken:
      return Admission::served;
    case Place::full:
      return Admission::full;
    case Place::address_full:
      return Admission::address_full;
    case Place::none:
    case Place::lost:
      break;
  }
  return Admission::closed;
}

}  // namespace

ConnectionRegistry::ConnectionRegistry(int served_max, int served_per_address_max) noexcept
    : served_max_(served_max), served_per_address_max_(served_per_address_max) {}

int ConnectionRegistry::threads_max() const noexcept {
  return served_max_ + turned_away_at_once + losers_at_once;
}

ConnectionRegistry::Acceptance ConnectionRegistry::accept(const Poco::Net::StreamSocket& socket,
                                                          Dialect dialect, AddressGroup address) {
  const std::lock_guard lock(mutex_);
  // One connection may test whether threads can be started again. Others need not wait for that.
  if (is_short_of_threads_ && !waiting_.empty()) {
    ++refused_;
    return Acceptance::no_threads;
  }
  const Place place = place_for(address);
  if (place != Place::taken) ++refused_;
  if (place != Place::taken && turned_away_ == turned_away_at_once) {
    return place == Place::full ? Acceptance::full : Acceptance::address_full;
  }
  count(place, address);
  waiting_.push_back({socket, dialect, steady_clock::now(), place, std::move(address)});
  if (waiting_.size() == 1) waits_.notify_one();
  return Acceptance::accepted;
}

ConnectionRegistry::MemberId ConnectionRegistry::enter(const Poco::Net::StreamSocket& socket,
                                                       std::unique_ptr<Stream> stream) {
  const std::lock_guard lock(mutex_);
  const auto member = members_.insert(members_.end(), {.stream = std::move(stream)});
  const auto found = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& waiting) {
    return waiting.socket.impl() == socket.impl();
  });
  if (found == waiting_.end()) return member;
  member->place = found->place;
  member->address = std::move(found->address);
  waiting_.erase(found);
  is_short_of_threads_ = false;
  if (!is_stopping_) member->admission = admission_with(member->place);
  return member;
}

void ConnectionRegistry::leave(MemberId member) noexcept {
  const std::lock_guard lock(mutex_);
  release(member->place, member->address);
  if (is_stopping_) {
    log().information(
        LogLine("close_connection", "success").field("peer", member->stream->peer()).text());
  }
  members_.erase(member);
  left_.notify_all();
}

void ConnectionRegistry::has_sent_valid_message(MemberId member) noexcept {
  const std::lock_guard lock(mutex_);
  member->has_sent_valid_message = true;
}

ConnectionRegistry::Place ConnectionRegistry::place_for(const AddressGroup& address) {
  if (served_per_address_max_ < served_max_) {
    const auto taken = taken_of_.find(address);
    if (taken != taken_of_.end() && taken->second >= served_per_address_max_) {
      return Place::address_full;
    }
  }
  if (taken_ == served_max_ && !make_room()) return Place::full;
  return Place::taken;
}

bool ConnectionRegistry::make_room() {
  if (lost_ == losers_at_once) return false;
  const auto may_lose = [](const Member& member) {
    return member.place == Place::taken && !member.has_sent_valid_message;
  };
  std::map<AddressGroup, int> losers_of;
  int losers_max = 0;
  for (const Member& member : members_) {
    if (may_lose(member)) losers_max = std::max(losers_max, ++losers_of[member.address]);
  }
  // The first one is the oldest.
  const auto loser = std::find_if(members_.begin(), members_.end(), [&](const Member& member) {
    return may_lose(member) && losers_of[member.address] == losers_max;
  });
  if (loser == members_.end()) return false;
  release(loser->place, loser->address);
  loser->place = Place::lost;
  ++refused_;
  count(loser->place, loser->address);
  loser->stream->cut();
  return true;
}

void ConnectionRegistry::count(Place place, const AddressGroup& address) {
  switch (place) {
    case Place::none:
      break;
    case Place::taken:
      ++taken_of_[address];
      ++taken_;
      break;
    case Place::full:
    case Place::address_full:
      ++turned_away_;
      break;
    case Place::lost:
      ++lost_;
      break;
  }
}

void ConnectionRegistry::release(Place place, const AddressGroup& address) noexcept {
  switch (place) {
    case Place::none:
      break;
    case Place::taken: {
      const auto taken = taken_of_.find(address);
      if (--taken->second == 0) taken_of_.erase(taken);
      --taken_;
      break;
    }
    case Place::full:
    case Place::address_full:
      --turned_away_;
      break;
    case Place::lost:
      --lost_;
      break;
  }
}

std::vector<ConnectionRegistry::Waiting> ConnectionRegistry::wait_for_overdue(
    std::chrono::milliseconds patience, const std::stop_token& stop) {
  std::vector<Waiting> overdue;
  std::unique_lock lock(mutex_);
  while (overdue.empty() && !stop.stop_requested()) {
    if (!waits_.wait(lock, stop, [this] { return !waiting_.empty(); })) break;
    const auto due = waiting_.front().since + patience;
    // Only a stop wakes this early; later connections are due later.
    waits_.wait_until(lock, stop, due, [] { return false; });
    const auto now = steady_clock::now();
    while (!waiting_.empty() && waiting_.front().since + patience <= now) {
      release(waiting_.front().place, waiting_.front().address);
      if (waiting_.front().place == Place::taken) ++refused_;
      overdue.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
  }
  if (!overdue.empty()) is_short_of_threads_ = true;
  return overdue;
}

void ConnectionRegistry::close_refused() {
  const std::lock_guard lock(mutex_);
  for (const Member& member : members_) {
    const auto reason = member.stream->why_refused_now();
    if (!reason) continue;
    log().warning(LogLine("close_connection", "success")
                      .field("peer", member.stream->peer())
                      .field("reason", "its certificate is no longer accepted: " + *reason)
                      .text());
    member.stream->cut();
  }
}

ConnectionRegistry::Counts ConnectionRegistry::counts() const {
  const std::lock_guard lock(mutex_);
  return {.served = taken_,
          .served_max = served_max_,
          .turned_away = turned_away_,
          .refused = refused_};
}

void ConnectionRegistry::begin_stop() {
  const std::lock_guard lock(mutex_);
  is_stopping_ = true;
}

void ConnectionRegistry::end_all(const std::function<void()>& end_long_work) {
  std::unique_lock lock(mutex_);
  waiting_.clear();
  const auto for_all = [this](void (Stream::*end)() noexcept) {
    for (const Member& member : members_) (*member.stream.*end)();
  };
  const auto all_left = [this] { return members_.empty(); };
  for_all(&Stream::stop_receiving);
  if (!left_.wait_for(lock, stop_budget::last_answers, all_left)) end_long_work();
  if (!left_.wait_for(lock, stop_budget::last_errors, all_left)) {
    for_all(&Stream::cut);
    left_.wait(lock, all_left);
  }
}

}  // namespace lottery
