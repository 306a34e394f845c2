#include "service/status/bets_rate.h"

#include <gtest/gtest.h>

#include <deque>

namespace lottery::test {
namespace {

using History = std::deque<std::int64_t>;

Overview with(std::int64_t draw, std::int64_t bets, std::vector<PastDraw> past = {}) {
  return {.newest = DrawOverview{.draw = {.draw = DrawId{draw}},
                                 .agencies = {{.agency = AgencyId{1}, .bets = bets},
                                              {.agency = AgencyId{2}, .bets = 1}}},
          .past = std::move(past)};
}

TEST(BetsRate, IsNothingForWhatWasThereAtTheStart) {
  BetsRate rate;
  rate.record(with(1, 1000));
  EXPECT_EQ(rate.history(), History{});
  EXPECT_EQ(rate.now(), 0);
}

TEST(BetsRate, IsTheDifferenceOfTwoMoments) {
  BetsRate rate;
  rate.record(with(1, 1000));
  rate.record(with(1, 1500));
  rate.record(with(1, 1500));
  EXPECT_EQ(rate.history(), (History{500, 0}));
  EXPECT_EQ(rate.now(), 250);
}

TEST(BetsRate, CountsTheFirstBetsOfTheFirstDraw) {
  BetsRate rate;
  rate.record({});
  rate.record(with(1, 9));
  EXPECT_EQ(rate.history(), History{10});
}

TEST(BetsRate, CountsTheRestOfADrawAndTheNextOne) {
  BetsRate rate;
  rate.record(with(1, 99));
  rate.record(
      with(3, 9,
           {{.draw = {.draw = DrawId{2}}, .bets = 5}, {.draw = {.draw = DrawId{1}}, .bets = 107}}));
  EXPECT_EQ(rate.history(), History{7 + 5 + 10});
}

TEST(BetsRate, SpreadsBetsOverSecondsThatWereMissed) {
  BetsRate rate;
  rate.record(with(1, 0));
  rate.record(with(1, 10), 4);
  EXPECT_EQ(rate.history(), (History{2, 3, 2, 3}));
}

TEST(BetsRate, IsNeverLessThanNothing) {
  BetsRate rate;
  rate.record(with(1, 10));
  rate.record(with(1, 5));
  EXPECT_EQ(rate.history(), History{0});
}

TEST(BetsRate, KeepsTheLastSecondsAndIsTheMeanOfTheLastFive) {
  BetsRate rate;
  std::int64_t bets = 0;
  rate.record(with(1, bets));
  for (std::int64_t second = 1; second <= 400; ++second) rate.record(with(1, bets += second));
  ASSERT_EQ(rate.history().size(), BetsRate::seconds_max);
  EXPECT_EQ(rate.history().front(), 101);
  EXPECT_EQ(rate.history().back(), 400);
  EXPECT_EQ(rate.now(), 398);
}

}  // namespace
}  // namespace lottery::test
