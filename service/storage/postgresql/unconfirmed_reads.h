#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>

#include "network/deadline.h"

namespace lottery::postgresql {

/// Counts the transactions that have read without a durable commit of their own, and makes durable
/// what they have seen: a write that is durable makes everything before it durable, because the
/// server and its replicas flush their log in order. Many threads share one write. Any thread.
class UnconfirmedReads {
 public:
  /// A transaction ends that has read and has committed nothing.
  void add() noexcept { ++reads_; }

  /// Returns when everything is durable that the transactions counted before this call have seen;
  /// at once if a write after them has been made durable already. `write_durably` makes a write
  /// durable by its deadline, or throws. Throws what it throws, and ConnectionLost at `deadline`.
  void confirm(Deadline deadline, const std::function<void(Deadline)>& write_durably);

 private:
  std::atomic<std::uint64_t> reads_ = 0;
  std::mutex mutex_;
  std::condition_variable ended_;
  bool is_writing_ = false;
  std::uint64_t confirmed_ = 0;  // of reads_
};

}  // namespace lottery::postgresql
