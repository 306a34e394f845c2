#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace lottery {

/// Logs `accept_connection` failures that may repeat endlessly, such as a reached limit of open
/// files, without filling the log: one line for the first failure, and one with the number of
/// repeats, before a different failure is logged or when this object is destroyed. Any thread.
class RepeatedFailure {
 public:
  using Clock = std::chrono::steady_clock;

  /// Failures with the same error count as repeats if each comes within this time after the last.
  static constexpr std::chrono::seconds quiet_between{10};

  RepeatedFailure() = default;
  ~RepeatedFailure();
  RepeatedFailure(const RepeatedFailure&) = delete;
  RepeatedFailure& operator=(const RepeatedFailure&) = delete;

  /// `connections` is the number of connections that failed; 0 if unknown.
  void happened(const std::string& error, std::int64_t connections, Clock::time_point now);

 private:
  /// Logs the number of repeats, if there were any. Requires the mutex.
  void log_count() const;

  std::mutex mutex_;
  std::string error_;
  std::int64_t times_ = 0;
  Clock::time_point last_at_;
};

}  // namespace lottery
