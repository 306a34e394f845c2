#pragma once

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

namespace lottery {

/// Logs `accept_connection` failures that may repeat without end, such as a limit on open files
/// that is reached: once when they begin, and once more, with how often they came, before other
/// failures are logged or when this ends. So they can't fill the log. Any thread.
class RepeatedFailure {
 public:
  using Clock = std::chrono::steady_clock;

  /// Failures with the same error, each less than this long after the last, are one.
  static constexpr std::chrono::seconds quiet_between{10};

  RepeatedFailure() = default;
  ~RepeatedFailure();
  RepeatedFailure(const RepeatedFailure&) = delete;
  RepeatedFailure& operator=(const RepeatedFailure&) = delete;

  /// `connections` is how many the failure has met; 0 if that is not known.
  void happened(const std::string& error, std::int64_t connections, Clock::time_point now);

 private:
  /// Logs how often the failure came, if that was not only once. Under the mutex.
  void log_count() const;

  std::mutex mutex_;
  std::string error_;
  std::int64_t times_ = 0;
  Clock::time_point last_at_;
};

}  // namespace lottery
