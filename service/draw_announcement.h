#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "network/event.h"

namespace lottery {

/// Wakes everything that waits for a draw when a draw happens. A waiter polls a descriptor,
/// together with its socket, so a thousand waiters cost nothing. All waiters for the same draw
/// share one descriptor.
///
/// Subscribe first and ask for the draw's result afterwards; otherwise a draw in between is missed.
///
/// A draw must be in the log before anybody is told of it, but the ledger shows it as soon as it is
/// committed. Therefore:
///
/// 1. expect() is called before the commit.
/// 2. announce() is called when the draw is durable and in the log.
/// 3. wait_until_announced() is called before an answer is sent.
///
/// Any thread may call.
class DrawAnnouncement {
 public:
  /// The event that the next draw has happened.
  using NextDraw = Event;

  /// Throws std::system_error if the process has reached its limit of descriptors.
  std::shared_ptr<const NextDraw> subscribe();

  /// How long wait_until_announced() waits for a draw to be durable and in the log.
  static constexpr std::chrono::milliseconds wait_max{10};

  /// A draw is about to be committed.
  void expect();

  /// The draw that was expected was not committed.
  void cancel() noexcept;

  /// A draw has happened. It is durable, and in the log.
  void announce() noexcept;

  /// A draw may have happened at another service. Wakes all waiters.
  void wake() noexcept;

  /// Returns when no draw is expected, or after `wait_max`. Stops waiting for a draw that has not
  /// been announced within a second of expect().
  void wait_until_announced();

 private:
  /// Counts one expected draw less.
  void end_expectation() noexcept;

  std::mutex mutex_;
  std::weak_ptr<NextDraw> next_draw_;  // kept alive by its waiters
  std::condition_variable ended_;
  std::atomic<int> expected_ = 0;  // number of draws
  std::chrono::steady_clock::time_point expected_until_;
};

}  // namespace lottery
