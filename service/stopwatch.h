#pragma once

#include <prometheus/histogram.h>

#include <chrono>

namespace lottery {

/// Measures how long something takes.
class Stopwatch {
 public:
  /// Seconds since the stopwatch was made.
  double seconds() const noexcept {
    return std::chrono::duration<double>(Clock::now() - started_at_).count();
  }

  void observe(prometheus::Histogram& seconds_of) const { seconds_of.Observe(seconds()); }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point started_at_ = Clock::now();
};

}  // namespace lottery
