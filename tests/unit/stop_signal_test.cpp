#include "program/stop_signal.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>

#include "network/wait.h"

namespace lottery::test {
namespace {

class StopSignalTest : public testing::TestWithParam<int> {
 protected:
  StopSignalTest() { block_stop_signals(); }

  ~StopSignalTest() override {
    // One that is left would end this process now.
    sigset_t sent;
    sigemptyset(&sent);
    sigaddset(&sent, GetParam());
    const timespec no_wait{};
    ::sigtimedwait(&sent, nullptr, &no_wait);
    end_at_stop_signals();
  }
};

TEST_P(StopSignalTest, InterruptsWaitsAndLongWorkFromThenOn) {
  const StopSignal stop;
  const Interruption interruption = stop.interruption();
  EXPECT_NO_THROW(interruption.throw_if_come());
  ::kill(::getpid(), GetParam());
  const Deadline in_an_hour = std::chrono::steady_clock::now() + std::chrono::hours(1);
  for (int i = 0; i < 2; ++i) {
    EXPECT_THROW(interruption.throw_if_come(), Interrupted);
    EXPECT_THROW(pause_until(in_an_hour, interruption), Interrupted);
  }
}

TEST_P(StopSignalTest, IsNotMissedIfItComesBeforeAnybodyWaits) {
  ::kill(::getpid(), GetParam());
  const StopSignal stop;
  EXPECT_THROW(stop.interruption().throw_if_come(), Interrupted);
}

INSTANTIATE_TEST_SUITE_P(EachStopSignal, StopSignalTest, testing::Values(SIGTERM, SIGINT, SIGQUIT));

}  // namespace
}  // namespace lottery::test
