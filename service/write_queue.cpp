#include "service/write_queue.h"

namespace lottery {
namespace {

// How many pieces of work a thread does before it hands the turn on: its own answer waits for them.
constexpr int works_at_once = 4;

}  // namespace

void WriteQueue::run(const std::function<void()>& work) {
  Waiter own{.work = &work};
  std::unique_lock lock(mutex_);
  waiting_.push_back(&own);
  own.wake.wait(lock, [&] { return own.is_done || !is_taken_; });

  if (!own.is_done) {
    is_taken_ = true;
    for (int done = 0; !waiting_.empty() && (!own.is_done || done < works_at_once); ++done) {
      Waiter& next = *waiting_.front();
      waiting_.pop_front();
      lock.unlock();
      try {
        (*next.work)();
      } catch (...) {
        next.failure = std::current_exception();
      }
      lock.lock();
      next.is_done = true;
      if (&next != &own) next.wake.notify_one();
    }
    is_taken_ = false;
    if (!waiting_.empty()) waiting_.front()->wake.notify_one();
  }
  if (own.failure) std::rethrow_exception(own.failure);
}

}  // namespace lottery
