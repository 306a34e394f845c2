#include "service/draw_overview.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "service/lottery.h"
#include "tests/support/memory_ledger.h"

namespace lottery::test {
namespace {

constexpr AgencyId one{1};
constexpr AgencyId two{2};
const Bet winning_bet{"Ana", "Paz", "1", "1999-03-17", 7574};
const Bet other_bet{"Luz", "Paz", "2", "1999-03-17", 1};

class OverviewCounterTest : public testing::Test {
 protected:
  void place(AgencyId agency, const std::vector<Bet>& bets) {
    lottery_.make_durable(lottery_.place_bets(agency, bets));
  }

  void close(AgencyId agency) {
    const auto outcome = lottery_.make_durable(lottery_.close_books(agency));
    if (std::get<BooksClosed>(outcome).drawn) lottery_.announcement().announce();
  }

  Overview count() { return lottery_.make_durable(lottery_.overview(counter_)); }

  MemoryLedger ledger_;
  Lottery lottery_{ledger_, {.agencies = {two, one}, .winning_number = 7574}};
  OverviewCounter counter_;
};

TEST_F(OverviewCounterTest, IsEmptyBeforeTheFirstBet) {
  const Overview overview = count();
  EXPECT_FALSE(overview.newest);
  EXPECT_TRUE(overview.past.empty());
}

TEST_F(OverviewCounterTest, HasEveryAgencyOfTheOpenDrawById) {
  place(one, {winning_bet, other_bet});
  place(one, {other_bet});
  const Overview overview = count();
  ASSERT_TRUE(overview.newest);
  EXPECT_EQ(overview.newest->draw.draw, DrawId{1});
  EXPECT_FALSE(overview.newest->draw.drawn_at);
  ASSERT_EQ(overview.newest->agencies.size(), 2U);
  const AgencyOverview& first = overview.newest->agencies.at(0);
  EXPECT_EQ(first.agency, one);
  EXPECT_EQ(first.batches, 2);
  EXPECT_EQ(first.bets, 3);
  EXPECT_EQ(first.last_batch_at, MemoryLedger::received_at(2));
  EXPECT_FALSE(first.done_at);
  const AgencyOverview& second = overview.newest->agencies.at(1);
  EXPECT_EQ(second.agency, two);
  EXPECT_EQ(second.bets, 0);
  EXPECT_FALSE(second.last_batch_at);
}

TEST_F(OverviewCounterTest, ReadsEachBatchOnce) {
  place(one, {other_bet});
  place(one, {other_bet});
  count();
  EXPECT_EQ(ledger_.batches_read(), (std::set<std::int64_t>{1, 2}));
  count();
  EXPECT_EQ(ledger_.batches_read(), std::set<std::int64_t>{});
  place(one, {other_bet, other_bet});
  EXPECT_EQ(count().newest->agencies.at(0).bets, 4);
  EXPECT_EQ(ledger_.batches_read(), std::set<std::int64_t>{3});
  EXPECT_TRUE(ledger_.documents_read().empty()) << "it reads no bets";
}

TEST_F(OverviewCounterTest, HasTheWinnersOnceTheDrawHasHappened) {
  place(one, {winning_bet, winning_bet, other_bet});
  close(one);
  EXPECT_EQ(count().newest->agencies.at(0).winners, 0);
  close(two);
  const Overview overview = count();
  EXPECT_EQ(overview.newest->draw.drawn_at, MemoryLedger::drawn_at);
  EXPECT_EQ(overview.newest->draw.winning_number, 7574);
  EXPECT_EQ(overview.newest->agencies.at(0).winners, 2);
  EXPECT_EQ(overview.newest->agencies.at(0).done_at, MemoryLedger::done_at);
  EXPECT_EQ(overview.newest->agencies.at(1).winners, 0);
}

TEST_F(OverviewCounterTest, HasNoWinnersOfTheDrawBefore) {
  place(one, {winning_bet, winning_bet});
  close(one);
  close(two);
  ASSERT_EQ(count().newest->agencies.at(0).winners, 2);
  place(one, {winning_bet});
  EXPECT_EQ(count().newest->agencies.at(0).winners, 0);
  close(one);
  close(two);
  EXPECT_EQ(count().newest->agencies.at(0).winners, 1);
}

TEST_F(OverviewCounterTest, HasThePastDrawsWithTheNewestFirst) {
  constexpr int draws = 13;
  for (int draw = 1; draw <= draws; ++draw) {
    place(one, std::vector<Bet>(static_cast<std::size_t>(draw), winning_bet));
    close(one);
    close(two);
    if (draw % 4 == 0) count();
  }
  const Overview overview = count();
  EXPECT_EQ(overview.newest->draw.draw, DrawId{draws});
  ASSERT_EQ(overview.past.size(), past_draws_max);
  for (std::size_t i = 0; i < past_draws_max; ++i) {
    const auto expected = static_cast<std::int64_t>(draws - 1 - i);
    EXPECT_EQ(overview.past.at(i).draw.draw, DrawId{expected});
    EXPECT_EQ(overview.past.at(i).bets, expected);
    EXPECT_EQ(overview.past.at(i).winners, expected);
  }
}

TEST_F(OverviewCounterTest, IsDurableBeforeItIsTold) {
  std::ignore = lottery_.place_bets(one, std::vector<Bet>{other_bet});
  EXPECT_FALSE(ledger_.is_synced());
  count();
  EXPECT_TRUE(ledger_.is_synced());
}

TEST_F(OverviewCounterTest, GoesOnAfterTheLedgerWasUnavailable) {
  place(one, {other_bet});
  count();
  ledger_.set_fault(MemoryLedger::Fault::unavailable_at_begin);
  EXPECT_THROW(count(), LedgerUnavailable);
  ledger_.set_fault(MemoryLedger::Fault::none);
  place(one, {other_bet});
  EXPECT_EQ(count().newest->agencies.at(0).bets, 2);
}

}  // namespace
}  // namespace lottery::test
