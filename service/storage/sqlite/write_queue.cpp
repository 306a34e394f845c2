#include "service/storage/sqlite/write_queue.h"

namespace lottery {

void WriteQueue::run(const std::function<void()>& work) {
  Waiter own{.work = &work};
  std::unique_lock lock(mutex_);
  waiting_.push_back(&own);
  own.wake.wait(lock, [&] { return own.is_done || !is_taken_; });

  if (!own.is_done) {
    is_taken_ = true;
    while (!own.is_done) {
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
