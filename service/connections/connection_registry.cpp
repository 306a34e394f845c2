#include "service/connections/connection_registry.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "program/log.h"

namespace lottery {
namespace {

using std::chrono::steady_clock;

// Connections beyond the limit that are told so at the same time, each on a thread of its own.
constexpr int turned_away_at_once = 16;

// How a stop spends its 5 seconds.
constexpr std::chrono::milliseconds last_answers_max{3000};
constexpr std::chrono::milliseconds last_errors_max{500};

}  // namespace

ConnectionRegistry::ConnectionRegistry(int served_max) noexcept : served_max_(served_max) {}

int ConnectionRegistry::threads_max() const noexcept { return served_max_ + turned_away_at_once; }

ConnectionRegistry::Acceptance ConnectionRegistry::accept(const Poco::Net::StreamSocket& socket,
                                                          Dialect dialect) {
  const std::lock_guard lock(mutex_);
  // One connection may try whether there are threads again. The others need not wait for that.
  if (is_short_of_threads_ && !waiting_.empty()) return Acceptance::no_threads;
  if (waiting_.size() + members_.size() >= static_cast<std::size_t>(threads_max())) {
    return Acceptance::full;
  }
  waiting_.push_back({socket, dialect, steady_clock::now()});
  if (waiting_.size() == 1) waits_.notify_one();
  return Acceptance::accepted;
}

ConnectionRegistry::MemberId ConnectionRegistry::enter(const Poco::Net::StreamSocket& socket,
                                                       std::unique_ptr<Stream> stream) {
  const std::lock_guard lock(mutex_);
  const auto member = members_.insert(members_.end(), {std::move(stream), Admission::closed});
  const auto found = std::find_if(waiting_.begin(), waiting_.end(), [&](const Waiting& waiting) {
    return waiting.socket.impl() == socket.impl();
  });
  if (found == waiting_.end()) return member;
  waiting_.erase(found);
  is_short_of_threads_ = false;
  if (is_stopping_) return member;
  member->admission = served_ == served_max_ ? Admission::full : Admission::served;
  if (member->admission == Admission::served) ++served_;
  return member;
}

void ConnectionRegistry::leave(MemberId member) noexcept {
  const std::lock_guard lock(mutex_);
  if (member->admission == Admission::served) --served_;
  if (is_stopping_) {
    log().information(
        LogLine("close_connection", "success").field("peer", member->stream->peer()).text());
  }
  members_.erase(member);
  left_.notify_all();
}

std::vector<ConnectionRegistry::Waiting> ConnectionRegistry::wait_for_overdue(
    std::chrono::milliseconds patience, const std::stop_token& stop) {
  std::vector<Waiting> overdue;
  std::unique_lock lock(mutex_);
  while (overdue.empty() && !stop.stop_requested()) {
    if (!waits_.wait(lock, stop, [this] { return !waiting_.empty(); })) break;
    const auto due = waiting_.front().since + patience;
    // Wakes up early only for a stop: connections that come later are due later.
    waits_.wait_until(lock, stop, due, [] { return false; });
    const auto now = steady_clock::now();
    while (!waiting_.empty() && waiting_.front().since + patience <= now) {
      overdue.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
  }
  if (!overdue.empty()) is_short_of_threads_ = true;
  return overdue;
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
  if (!left_.wait_for(lock, last_answers_max, all_left)) end_long_work();
  if (!left_.wait_for(lock, last_errors_max, all_left)) {
    for_all(&Stream::cut);
    left_.wait(lock, all_left);
  }
}

}  // namespace lottery
