#pragma once

#include <chrono>
#include <stdexcept>

namespace lottery {

/// When a wait ends at the latest. The clock is not changed by a change of the time of day.
using Deadline = std::chrono::steady_clock::time_point;

/// A peer took longer than it may.
class TimedOut : public std::runtime_error {
 public:
  TimedOut() : std::runtime_error("the peer took too long") {}
};

}  // namespace lottery
