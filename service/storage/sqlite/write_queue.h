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
/// A turn that is handed on lies idle until the thread that it was handed to runs. A thread that
/// comes in the meantime takes it, and does the work of those before it, then its own. It does no
/// more than that, for its own answer waits: doing the next ones too gained nothing, and made the
/// slowest in a hundred batches a fifth slower.
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
