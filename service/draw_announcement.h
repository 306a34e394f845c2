#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "network/event.h"

namespace lottery {

/// Tells all threads that wait for a draw that the draw has happened. They poll a descriptor
/// together with their socket, so a waiting thread costs nothing; all threads that wait for the
/// same draw share one descriptor.
///
/// Subscribe first, then ask for the result of the draw. Then no draw is missed.
///
/// A draw must be in the log before anyone learns of it, but it is visible in the ledger from its
/// commit on. So: call expect() before the commit, announce() once the draw is durable and in the
/// log, and wait_until_announced() before sending an answer.
///
/// Any thread may call.
class DrawAnnouncement {
 public:
  /// Becomes readable when the next draw has happened.
  using NextDraw = Event;

  /// Throws std::system_error if the process can't open another descriptor.
  std::shared_ptr<const NextDraw> subscribe();

  /// The longest that wait_until_announced() waits for a draw to become durable and be logged.
  static constexpr std::chrono::milliseconds wait_max{10};

  /// A draw is about to be committed.
  void expect();

  /// The expected draw was not committed.
  void cancel() noexcept;

  /// A draw has happened, is durable and is in the log.
  void announce() noexcept;

  /// Another service may have drawn. Wakes all subscribers.
  void wake() noexcept;

  /// Returns when no draw is expected, or after `wait_max`. A draw that is not announced within a
  /// second of expect() no longer makes threads wait.
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
