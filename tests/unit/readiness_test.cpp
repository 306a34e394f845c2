#include "service/status/readiness.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <string>

#include "tests/support/wait_until.h"

namespace lottery::test {
namespace {

using Reason = std::optional<std::string>;

TEST(Readiness, TellsWhatTheCheckHasFound) {
  Readiness ready([] { return Reason(); });
  EXPECT_EQ(ready.why_not(), Reason());
  Readiness not_ready([] { return Reason("the disk is full"); });
  EXPECT_EQ(not_ready.why_not(), "the disk is full");
}

TEST(Readiness, ChecksOnceASecondAtMost) {
  std::atomic<int> checks = 0;
  Readiness readiness([&] {
    ++checks;
    return Reason();
  });
  const auto began = std::chrono::steady_clock::now();
  int asked = 0;
  while (asked < 1000) {
    EXPECT_EQ(readiness.why_not(), Reason());
    ++asked;
  }
  const auto seconds =
      std::chrono::ceil<std::chrono::seconds>(std::chrono::steady_clock::now() - began);
  EXPECT_LE(checks, 1 + seconds.count());
}

TEST(Readiness, WaitsForACheckForALimitedTime) {
  std::promise<void> answers;
  std::shared_future<void> answered = answers.get_future().share();
  Readiness readiness([&] {
    answered.wait();
    return Reason();
  });
  EXPECT_EQ(readiness.why_not(), "the database has not answered for 3 seconds");
  wait_until(
      [&] { return readiness.why_not_lately() == "the database has not answered for 3 seconds"; });
  answers.set_value();
  EXPECT_EQ(readiness.why_not(), Reason());
}

TEST(Readiness, WithoutWaitingIsThatOfTheLastCheck) {
  Readiness readiness([&] { return Reason("no"); });
  EXPECT_EQ(readiness.why_not_lately(), "the database was not checked yet");
  wait_until([&] { return readiness.why_not_lately() == "no"; });
}

TEST(Readiness, EndsWithTheService) {
  std::promise<void> answers;
  std::shared_future<void> answered = answers.get_future().share();
  Readiness readiness([&] {
    answered.wait();
    return Reason();
  });
  auto asked = std::async(std::launch::async, [&] { return readiness.why_not(); });
  readiness.end();
  EXPECT_EQ(asked.get(), "the service is stopping");
  answers.set_value();
}

}  // namespace
}  // namespace lottery::test
