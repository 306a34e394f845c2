#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>

namespace lottery {

/// Runs pieces of work one at a time, in the order in which they were queued.
///
/// When the turn passes to a sleeping thread, a running thread may take it first. That thread runs
/// all queued work before its own, then its own, and no more, because its own answer is waiting:
/// running later work too gained nothing, and made the slowest batch in a hundred a fifth slower.
///
/// A fair lock, which leaves the turn to the sleeping thread, stored 0.93 times as many bets a
/// second with five agencies (71 rounds in turn with this queue, standard error 0.03). A std::mutex
/// was as fast as this queue (0.975, standard error 0.03), but does not bound a thread's wait.
///
/// Any thread may call.
class WriteQueue {
 public:
  /// Runs `work` when its turn has come, on this thread or on another one, and returns when it has
  /// finished. Throws what `work` throws.
  void run(const std::function<void()>& work);

 private:
  struct Waiter {
    const std::function<void()>* work = nullptr;
    bool is_done = false;
    std::exception_ptr failure{};
    std::condition_variable wake{};
  };

  std::mutex mutex_;
  std::deque<Waiter*> waiting_;
  bool is_taken_ = false;  // whether a thread holds the turn
};

}  // namespace lottery
