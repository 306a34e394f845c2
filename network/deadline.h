#pragma once

#include <chrono>
#include <stdexcept>

namespace lottery {

/// The time when a wait ends at the latest. Changes of the time of day do not affect this clock.
using Deadline = std::chrono::steady_clock::time_point;

/// A peer took longer than allowed.
class TimedOut : public std::runtime_error {
 public:
  TimedOut() : std::runtime_error("the peer took too long") {}
};

}  // namespace lottery
