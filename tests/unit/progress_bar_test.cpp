#include "program/progress_bar.h"

#include <gtest/gtest.h>

namespace lottery::test {
namespace {

using std::chrono::seconds;

TEST(ProgressBar, ShowsTheShareTheCountTheRateAndTheTimeLeft) {
  EXPECT_EQ(progress_bar(250'000, 1'000'000, seconds(10)),
            "[#####...............] 25 %  250,000 of 1,000,000 bets  25,000/s  0:30 left");
}

TEST(ProgressBar, IsEmptyAtTheStartAndFullAtTheEnd) {
  EXPECT_EQ(progress_bar(0, 150, seconds(1)), "[....................] 0 %  0 of 150 bets  0/s");
  EXPECT_EQ(progress_bar(150, 150, seconds(1)),
            "[####################] 100 %  150 of 150 bets  150/s  0:00 left");
}

TEST(ProgressBar, KnowsNoRateBeforeAnyTimeHasPassed) {
  EXPECT_EQ(progress_bar(75, 150, seconds(0)), "[##########..........] 50 %  75 of 150 bets  0/s");
}

TEST(ProgressBar, IsFullWhereThereAreNoBetsAtAll) {
  EXPECT_EQ(progress_bar(0, 0, seconds(1)), "[####################] 100 %  0 of 0 bets  0/s");
}

TEST(ProgressBar, IsFullWhereTheFileHasGrownWhileItWasSent) {
  EXPECT_EQ(progress_bar(200, 100, seconds(1)),
            "[####################] 100 %  200 of 100 bets  200/s  0:00 left");
}

TEST(ProgressBar, GroupsDigitsByThousands) {
  EXPECT_EQ(progress_bar(999, 1'000, seconds(0)),
            "[###################.] 99 %  999 of 1,000 bets  0/s");
  EXPECT_EQ(progress_bar(0, 1'234'567'890, seconds(0)),
            "[....................] 0 %  0 of 1,234,567,890 bets  0/s");
}

TEST(ProgressBar, TellsTheTimeLeftInMinutesAndSeconds) {
  EXPECT_TRUE(progress_bar(1, 60, seconds(1)).ends_with("  0:59 left"));
  EXPECT_TRUE(progress_bar(1, 61, seconds(1)).ends_with("  1:00 left"));
  EXPECT_TRUE(progress_bar(1, 10, seconds(1)).ends_with("  0:09 left"));
  EXPECT_TRUE(progress_bar(1, 3'601, seconds(1)).ends_with("  60:00 left"));
}

TEST(ProgressBar, FitsAnOrdinaryTerminal) {
  EXPECT_LE(progress_bar(9'999'998, 9'999'999, seconds(50)).size(), 80U);
}

}  // namespace
}  // namespace lottery::test
