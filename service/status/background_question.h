#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

namespace lottery {

/// Asks a question that may take long on its own thread. A caller waits only as long as it wants,
/// and all callers share one answer. Any thread may call.
template <typename Answer>
class BackgroundQuestion {
 public:
  using Clock = std::chrono::steady_clock;

  /// `ask` must not throw.
  explicit BackgroundQuestion(std::function<Answer()> ask)
      : ask_(std::move(ask)), thread_([this](const std::stop_token& stop) { run(stop); }) {}

  /// Waits for a running question.
  ~BackgroundQuestion() { end(); }

  BackgroundQuestion(const BackgroundQuestion&) = delete;
  BackgroundQuestion& operator=(const BackgroundQuestion&) = delete;

  /// Returns an answer to a question that began at most `age` ago. If there is none, asks, and
  /// waits for at most `patience`. Returns nothing after that time, and after end().
  std::optional<Answer> answer(Clock::duration age, Clock::duration patience) {
    std::unique_lock lock(mutex_);
    const auto oldest = Clock::now() - age;
    const auto is_there = [&] { return answer_ && answered_for_ >= oldest; };
    if (!is_there()) {
      want(oldest);
      answered_.wait_for(lock, patience, [&] { return is_over_ || is_there(); });
    }
    if (is_over_ || !is_there()) return {};
    return answer_;
  }

  /// Returns the last answer, if there is one. If it is older than `age`, starts a new question,
  /// but does not wait for it.
  std::optional<Answer> last(Clock::duration age) {
    const std::lock_guard lock(mutex_);
    const auto oldest = Clock::now() - age;
    if (!answer_ || answered_for_ < oldest) want(oldest);
    return answer_;
  }

  /// True if a question has been running for longer than `patience`.
  bool is_late(Clock::duration patience) const {
    const std::lock_guard lock(mutex_);
    return asking_since_ && *asking_since_ < Clock::now() - patience;
  }

  bool is_over() const {
    const std::lock_guard lock(mutex_);
    return is_over_;
  }

  /// From now on no question is asked. All waiting threads return.
  void end() {
    {
      const std::lock_guard lock(mutex_);
      is_over_ = true;
    }
    answered_.notify_all();
    thread_.request_stop();
  }

 private:
  /// Requires the mutex.
  void want(Clock::time_point oldest) {
    wanted_ = wanted_ ? std::max(*wanted_, oldest) : oldest;
    wake_.notify_one();
  }

  void run(const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    while (wake_.wait(lock, stop, [this] { return wanted_.has_value(); })) {
      const auto oldest = *std::exchange(wanted_, {});
      // A caller may have wanted it while the previous question was running; its answer may be new
      // enough.
      if (answer_ && answered_for_ >= oldest) continue;
      const auto began_at = Clock::now();
      asking_since_ = began_at;
      lock.unlock();
      Answer answer = ask_();
      lock.lock();
      asking_since_.reset();
      answer_ = std::move(answer);
      answered_for_ = began_at;
      answered_.notify_all();
    }
  }

  const std::function<Answer()> ask_;
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  std::condition_variable answered_;
  std::optional<Clock::time_point> wanted_;        // oldest acceptable start of a question
  std::optional<Clock::time_point> asking_since_;  // start of the running question
  std::optional<Answer> answer_;                   // the last answer
  Clock::time_point answered_for_{};               // start of its question
  bool is_over_ = false;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace lottery
