#include "program/stop_signal.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <optional>

#include "network/wait.h"

namespace lottery::test {
namespace {

class StopSignalTest : public testing::TestWithParam<int> {
 protected:
  StopSignalTest() { block_stop_signals(); }

  ~StopSignalTest() override {
    // A signal that is still pending would end this process now.
    sigset_t sent;
    sigemptyset(&sent);
    sigaddset(&sent, GetParam());
    const timespec no_wait{};
    ::sigtimedwait(&sent, nullptr, &no_wait);
    end_at_stop_signals();
  }
};

TEST_P(StopSignalTest, InterruptsWaitsAndLongWorkFromThenOn) {
  const StopSignal stop(Hangup::stops);
  const Interruption interruption = stop.interruption();
  EXPECT_NO_THROW(interruption.throw_if_come());
  EXPECT_EQ(stop.number(), std::nullopt);
  ::kill(::getpid(), GetParam());
  const Deadline in_an_hour = std::chrono::steady_clock::now() + std::chrono::hours(1);
  for (int i = 0; i < 2; ++i) {
    EXPECT_THROW(interruption.throw_if_come(), Interrupted);
    EXPECT_THROW(pause_until(in_an_hour, interruption), Interrupted);
    EXPECT_EQ(stop.number(), GetParam());
  }
}

TEST_P(StopSignalTest, IsNotMissedIfItComesBeforeAnybodyWaits) {
  ::kill(::getpid(), GetParam());
  const StopSignal stop(Hangup::stops);
  EXPECT_THROW(stop.interruption().throw_if_come(), Interrupted);
}

INSTANTIATE_TEST_SUITE_P(EachStopSignal, StopSignalTest,
                         testing::Values(SIGTERM, SIGINT, SIGQUIT, SIGHUP));

class HangupSignalTest : public testing::Test {
 protected:
  HangupSignalTest() { block_stop_signals(); }
  ~HangupSignalTest() override { end_at_stop_signals(); }
};

TEST_F(HangupSignalTest, IsNoStopIfItIsNotToBeOne) {
  const StopSignal stop(Hangup::does_not_stop);
  HangupSignal hangup;
  EXPECT_FALSE(hangup.take());
  ::kill(::getpid(), SIGHUP);
  EXPECT_NO_THROW(stop.interruption().throw_if_come());
  EXPECT_EQ(stop.number(), std::nullopt);
  EXPECT_TRUE(hangup.take());
  EXPECT_FALSE(hangup.take());
}

TEST_F(HangupSignalTest, StaysIgnoredIfTheProcessWasStartedSo) {
  end_at_stop_signals();
  const auto before = std::signal(SIGHUP, SIG_IGN);
  block_stop_signals();
  const StopSignal stop(Hangup::stops);
  ::kill(::getpid(), SIGHUP);
  EXPECT_NO_THROW(stop.interruption().throw_if_come());
  std::signal(SIGHUP, before);
}

}  // namespace
}  // namespace lottery::test
