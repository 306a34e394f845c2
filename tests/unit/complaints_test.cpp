#include "service/connections/complaints.h"

#include <Poco/AutoPtr.h>
#include <Poco/Channel.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace lottery::test {
namespace {

using Strings = std::vector<std::string>;

/// Collects log messages and their priorities.
class KeptLines : public Poco::Channel {
 public:
  void log(const Poco::Message& message) override {
    lines.push_back(std::to_string(message.getPriority()) + " " + message.getText());
  }

  Strings lines;
};

class ComplaintsTest : public testing::Test {
 protected:
  ComplaintsTest() { log().setChannel(log_); }
  ~ComplaintsTest() override { log().setChannel(nullptr); }

  void complain(const std::string& what, int times = 1) {
    for (int i = 0; i < times; ++i) {
      complaints_->add(Poco::Message::PRIO_WARNING, LogLine(what, "fail"));
    }
  }

  static std::string line(const std::string& what) {
    return std::to_string(Poco::Message::PRIO_WARNING) + " action: " + what + " | result: fail";
  }

  static std::string sum(const std::string& what, int repeats) {
    return line(what) + " | repeats: " + std::to_string(repeats);
  }

  Poco::AutoPtr<KeptLines> log_{new KeptLines};
  std::optional<Complaints> complaints_{std::in_place};
};

TEST_F(ComplaintsTest, AreLoggedAtOnce) {
  complain("a");
  EXPECT_EQ(log_->lines, (Strings{line("a")}));
  complain("b");
  complaints_.reset();
  EXPECT_EQ(log_->lines, (Strings{line("a"), line("b")}));
}

TEST_F(ComplaintsTest, AreSummedUpAtTheEndIfTheyRepeat) {
  complain("a", 4);
  EXPECT_EQ(log_->lines, (Strings{line("a")}));
  complaints_.reset();
  EXPECT_EQ(log_->lines, (Strings{line("a"), sum("a", 3)}));
}

TEST_F(ComplaintsTest, AreSummedUpMoreAndMoreRarelyWhileTheyRepeat) {
  complain("a", 100'001);
  const Strings sums{line("a"),       sum("a", 10),     sum("a", 100),
                     sum("a", 1'000), sum("a", 10'000), sum("a", 100'000)};
  EXPECT_EQ(log_->lines, sums);
  complaints_.reset();
  EXPECT_EQ(log_->lines, sums) << "the last sum was the whole";
}

TEST_F(ComplaintsTest, AreSummedUpThoughTheyAlternate) {
  for (int i = 0; i < 5; ++i) {
    complain("a");
    complain("b");
  }
  complaints_.reset();
  EXPECT_EQ(log_->lines, (Strings{line("a"), line("b"), sum("a", 4), sum("b", 4)}));
}

TEST_F(ComplaintsTest, AreSummedUpWhenOthersTakeTheirPlace) {
  complain("a", 2);
  for (int i = 0; i < 8; ++i) complain(std::to_string(i));
  ASSERT_EQ(log_->lines.size(), 10U);
  EXPECT_EQ(log_->lines[8], sum("a", 1));
  EXPECT_EQ(log_->lines[9], line("7"));
}

TEST_F(ComplaintsTest, AreOthersIfTheirPriorityIsAnother) {
  complain("a");
  complaints_->add(Poco::Message::PRIO_ERROR, LogLine("a", "fail"));
  EXPECT_EQ(log_->lines.size(), 2U);
}

}  // namespace
}  // namespace lottery::test
