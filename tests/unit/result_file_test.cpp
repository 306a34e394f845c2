#include "agency_client/result_file.h"

#include <gtest/gtest.h>

namespace lottery::test {
namespace {

using std::chrono::milliseconds;

TEST(ResultLine, HasEveryKeyInItsOrderWithoutSpaces) {
  const Outcome outcome{.draw = 3, .bets = 26936, .already_stored = 150, .winners = 5};
  EXPECT_EQ(result_line(AgencyId{1}, outcome, milliseconds(1834)),
            R"({"agency":1,"draw":3,"bets":26936,"already_stored":150,"winners":5,"seconds":1.834})"
            "\n");
}

TEST(ResultLine, HasNullForWhatIsNotKnown) {
  EXPECT_EQ(
      result_line({}, {}, milliseconds(0)),
      R"({"agency":null,"draw":null,"bets":0,"already_stored":0,"winners":null,"seconds":0.000})"
      "\n");
}

TEST(ResultLine, HasSecondsWithThreeDecimals) {
  const auto seconds = [](std::int64_t count) {
    const std::string line = result_line(AgencyId{1}, {}, milliseconds(count));
    return line.substr(line.find("seconds"));
  };
  EXPECT_EQ(seconds(7), "seconds\":0.007}\n");
  EXPECT_EQ(seconds(70), "seconds\":0.070}\n");
  EXPECT_EQ(seconds(1000), "seconds\":1.000}\n");
  EXPECT_EQ(seconds(3'600'001), "seconds\":3600.001}\n");
}

}  // namespace
}  // namespace lottery::test
