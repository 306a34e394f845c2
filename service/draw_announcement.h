#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>

#include "network/event.h"

namespace lottery {

/// Tells all who wait for a draw that one has happened, through a descriptor that they can poll
/// together with a socket: a thousand of them cost nothing while they wait. All who wait for the
/// same draw share one descriptor.
///
/// Subscribe first and ask for the draw's result afterwards: then no draw is missed.
///
/// A draw must be in the log before anybody is told of it. It can be seen in the ledger before
/// that, from its commit on. So expect() is called before the commit and announce() once the draw
/// is durable and in the log, and wait_until_announced() before an answer is sent.
///
/// Any thread may call.
class DrawAnnouncement {
 public:
  /// That the next draw has happened.
  using NextDraw = Event;

  /// Throws std::system_error if the process may have no more descriptors.
  std::shared_ptr<const NextDraw> subscribe();

  /// How long wait_until_announced() waits for a draw to be durable and in the log.
  static constexpr std::chrono::milliseconds wait_max{10};

  /// A draw is about to be committed.
  void expect();

  /// The draw that was expected was not committed.
  void cancel() noexcept;

  /// A draw has happened. It is durable, and in the log.
  void announce() noexcept;

  /// A draw may have happened at another service. Wakes those who wait for one.
  void wake() noexcept;

  /// Returns once no draw is expected, or after `wait_max`. If a draw has not been announced a
  /// second after it was expected, no thread waits for it any more.
  void wait_until_announced();

 private:
  /// One draw less is expected.
  void end_expectation() noexcept;

  std::mutex mutex_;
  std::weak_ptr<NextDraw> next_draw_;  // kept alive by those who wait for it
  std::condition_variable ended_;
  std::atomic<int> expected_ = 0;  // draws
  std::chrono::steady_clock::time_point expected_until_;
};

}  // namespace lottery
