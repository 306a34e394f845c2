#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace lottery {

/// Logs `accept_connection` failures that may repeat endlessly, for example when the limit on open
/// files is reached. Logs a failure once when it begins, and once more with the number of
/// repetitions: before another failure is logged, or when this object ends. So failures can't fill
/// the log. Any thread may call.
class RepeatedFailure {
 public:
  using Clock = std::chrono::steady_clock;

  /// Failures with the same error count as one failure if less than this lies between them.
  static constexpr std::chrono::seconds quiet_between{10};

  RepeatedFailure() = default;
  ~RepeatedFailure();
  RepeatedFailure(const RepeatedFailure&) = delete;
  RepeatedFailure& operator=(const RepeatedFailure&) = delete;

  /// `connections` is the number of connections that failed; 0 if unknown.
  void happened(const std::string& error, std::int64_t connections, Clock::time_point now);

 private:
  /// Logs the number of repetitions, if there were any. Call with the mutex locked.
  void log_count() const;

  std::mutex mutex_;
  std::string error_;
  std::int64_t times_ = 0;
  Clock::time_point last_at_;
};

}  // namespace lottery
