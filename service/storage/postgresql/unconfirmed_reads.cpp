#include "service/storage/postgresql/unconfirmed_reads.h"

#include "service/storage/postgresql/errors.h"

namespace lottery::postgresql {

void UnconfirmedReads::confirm(Deadline deadline,
                               const std::function<void(Deadline)>& write_durably) {
  std::unique_lock lock(mutex_);
  const std::uint64_t wanted = reads_;
  const bool is_in_time =
      ended_.wait_until(lock, deadline, [&] { return confirmed_ >= wanted || !is_writing_; });
  if (confirmed_ >= wanted) return;
  if (!is_in_time) throw ConnectionLost("the database has not answered in time");
  const std::uint64_t before_the_write = reads_;
  is_writing_ = true;
  lock.unlock();
  const auto end = [&](std::uint64_t confirmed) {
    lock.lock();
    is_writing_ = false;
    confirmed_ = confirmed;
    lock.unlock();
    ended_.notify_all();
  };
  try {
    write_durably(deadline);
  } catch (...) {
    end(confirmed_);
    throw;
  }
  end(before_the_write);
}

}  // namespace lottery::postgresql
