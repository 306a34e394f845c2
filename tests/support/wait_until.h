#pragma once

#include <chrono>
#include <thread>

namespace lottery::test {

/// Waits until `condition` returns true. Asks once a millisecond, so that a waiting test leaves the
/// processors to others. The test's own time limit ends a wait for what never happens.
template <typename Condition>
void wait_until(Condition&& condition) {
  while (!condition()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

}  // namespace lottery::test
