#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

namespace lottery {

/// Whether the service can store a bet now. Found out by a thread of its own, when somebody asks,
/// at most once a second: a database that does not answer keeps nobody waiting for long. Any thread
/// may ask.
class Readiness {
 public:
  /// `check` says why a bet could not be stored now, or nothing if one could; it may take long.
  explicit Readiness(std::function<std::optional<std::string>()> check);

  /// Waits for a check that is under way.
  ~Readiness();

  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;

  /// Why the service is not ready, in one line; nothing if it is. The answer is at most a second
  /// old. Waits for it for 3 seconds at most, and then says that there is none.
  std::optional<std::string> why_not();

  /// The same from the last check, without waiting; or that the check which is under way takes too
  /// long. If the last one is older than ten seconds, a new one begins.
  std::optional<std::string> why_not_lately();

  /// From now on the service is not ready, and nobody waits.
  void end();

 private:
  using Clock = std::chrono::steady_clock;

  void run(const std::stop_token& stop);

  std::function<std::optional<std::string>()> check_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::condition_variable checked_;
  bool is_wanted_ = false;
  bool is_over_ = false;
  std::optional<Clock::time_point> checking_since_;  // the check that is under way
  std::optional<Clock::time_point> checked_at_;      // when the last check began
  std::optional<std::string> reason_;                // that it found
  std::jthread thread_;                              // last: it uses all of the above
};

}  // namespace lottery
