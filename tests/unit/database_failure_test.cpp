#include "service/database_failure.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <csignal>

#include "program/stop_signal.h"

namespace lottery::test {
namespace {

bool is_readable(int descriptor) {
  pollfd watched{descriptor, POLLIN, 0};
  return ::poll(&watched, 1, 0) == 1;
}

TEST(DatabaseFailure, WakesWhoWaitsForItAndTellsItsSentence) {
  DatabaseFailure failure;
  EXPECT_FALSE(is_readable(failure.descriptor()));
  EXPECT_EQ(failure.sentence(), std::nullopt);
  failure.report("the disk has failed");
  EXPECT_TRUE(is_readable(failure.descriptor()));
  EXPECT_EQ(failure.sentence(), "the disk has failed");
  failure.report("and again");
  EXPECT_TRUE(is_readable(failure.descriptor()));
  EXPECT_EQ(failure.sentence(), "and again");
}

TEST(DatabaseFailure, SendsNoSignal) {
  block_stop_signals();
  DatabaseFailure failure;
  failure.report("the disk has failed");
  sigset_t pending;
  ASSERT_EQ(::sigpending(&pending), 0);
  EXPECT_EQ(sigismember(&pending, SIGTERM), 0);
  end_at_stop_signals();
}

}  // namespace
}  // namespace lottery::test
