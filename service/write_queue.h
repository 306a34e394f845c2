#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>

namespace lottery {

/// Gives every piece of work its turn to write, one at a time, in the order in which they came.
///
/// Whoever has the turn does the work of those who wait too, some pieces at a time. A turn that was
/// handed from thread to thread would lie idle each time until the next thread runs: on two cores
/// that took a fifth of all the time there was.
///
/// Any thread may call.
class WriteQueue {
 public:
  /// Does `work` when its turn has come, on this thread or on another that has the turn, and
  /// returns when it is done. Throws what it throws.
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
  bool is_taken_ = false;  // the turn, by a thread
};

}  // namespace lottery
