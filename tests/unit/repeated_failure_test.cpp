#include "service/connections/repeated_failure.h"

#include <Poco/AutoPtr.h>
#include <Poco/Channel.h>
#include <Poco/Message.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "program/log.h"

namespace lottery::test {
namespace {

using Strings = std::vector<std::string>;

/// Collects log messages.
class KeptLines : public Poco::Channel {
 public:
  void log(const Poco::Message& message) override { lines.push_back(message.getText()); }

  Strings lines;
};

class RepeatedFailureTest : public testing::Test {
 protected:
  RepeatedFailureTest() : before_(log().getChannel(), true) { log().setChannel(kept_); }
  ~RepeatedFailureTest() override { log().setChannel(before_); }

  Strings& lines() { return kept_->lines; }

  static RepeatedFailure::Clock::time_point at(int seconds) {
    return RepeatedFailure::Clock::time_point(std::chrono::seconds(seconds));
  }

 private:
  Poco::AutoPtr<Poco::Channel> before_;
  Poco::AutoPtr<KeptLines> kept_{new KeptLines};
};

const std::string begun = "action: accept_connection | result: fail | error: too many files";

TEST_F(RepeatedFailureTest, IsLoggedOnceWhileItGoesOnAndWithItsCountAtTheEnd) {
  {
    RepeatedFailure failure;
    for (int i = 0; i < 1000; ++i) failure.happened("too many files", 0, at(9 * i));
    EXPECT_EQ(lines(), Strings{begun});
  }
  EXPECT_EQ(lines(), (Strings{begun,
                              "action: accept_connection | result: fail | times: 1000 | "
                              "error: too many files"}));
}

TEST_F(RepeatedFailureTest, BeginsAnewAfterASilence) {
  RepeatedFailure failure;
  failure.happened("too many files", 0, at(0));
  failure.happened("too many files", 0, at(10));
  EXPECT_EQ(lines(), (Strings{begun, begun}));
}

TEST_F(RepeatedFailureTest, GivesWayToAnother) {
  RepeatedFailure failure;
  failure.happened("too many files", 0, at(0));
  failure.happened("too many files", 0, at(1));
  failure.happened("no threads", 3, at(2));
  EXPECT_EQ(
      lines(),
      (Strings{begun, "action: accept_connection | result: fail | times: 2 | error: too many files",
               "action: accept_connection | result: fail | connections: 3 | error: no "
               "threads"}));
}

}  // namespace
}  // namespace lottery::test
