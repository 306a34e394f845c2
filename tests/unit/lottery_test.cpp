#include "service/lottery.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/books.h"
#include "tests/support/memory_ledger.h"

namespace lottery::test {
namespace {

using Strings = std::vector<std::string>;
using Fault = MemoryLedger::Fault;

constexpr AgencyId one{1};
constexpr AgencyId two{2};
constexpr AgencyId three{3};
constexpr AgencyId stranger{99};
constexpr DrawId first{1};
constexpr DrawId second{2};

constexpr std::int32_t winning = 7574;
constexpr std::int32_t losing = 1;

Bet bet(std::string_view document, std::int32_t number = losing) {
  return {.first_name = "Ana",
          .last_name = "Elia",
          .document = document,
          .birthdate = "1999-03-17",
          .number = number};
}

/// The lottery of agencies 1 and 2 over a ledger in memory. Each call returns its outcome as one
/// word, or as a sentence if it was refused.
class LotteryTest : public testing::Test {
 protected:
  /// From now on, the same ledger with other terms, like a service that was started again with
  /// another configuration.
  void restart_with(DrawTerms terms) { lottery_.emplace(ledger_, std::move(terms)); }

  std::string place(AgencyId agency, const std::vector<Bet>& bets) {
    const auto outcome = lottery_->place_bets(agency, bets).for_bookkeeping();
    const auto* refused = std::get_if<Rejected>(&outcome);
    return refused == nullptr ? "stored" : refused->reason;
  }

  /// Places one bet with this document.
  std::string place(AgencyId agency, std::string_view document) {
    return place(agency, std::vector<Bet>{bet(document)});
  }

  /// DONE: "closed", or "drawn" if it caused the draw.
  std::string close(AgencyId agency) {
    const auto outcome = lottery_->close_books(agency).for_bookkeeping();
    if (const auto* refused = std::get_if<Rejected>(&outcome)) return refused->reason;
    last_drawn_ = std::get<BooksClosed>(outcome).drawn;
    if (last_drawn_) lottery_->announcement().announce();
    return last_drawn_ ? "drawn" : "closed";
  }

  /// The documents of the agency's winners; "wait" before the draw; or the reason if they are
  /// refused.
  Strings winners(AgencyId agency) {
    return told(lottery_->make_durable(lottery_->winners(agency)));
  }

  Strings told(WinnersOutcome outcome) {
    Strings documents;
    if (auto* const drawn = std::get_if<DrawnWinners>(&outcome)) {
      while (lottery_->read_winners(
          *drawn, [&](const Bet& winner) { documents.emplace_back(winner.document); })) {
      }
      return documents;
    }
    if (std::holds_alternative<NotDrawnYet>(outcome)) return {"wait"};
    return {std::get<Rejected>(outcome).reason};
  }

  /// Runs a whole draw with one winner for each agency.
  void hold_draw(std::string_view document_of_one, std::string_view document_of_two) {
    ASSERT_EQ(place(one, {bet(document_of_one, winning)}), "stored");
    ASSERT_EQ(place(two, {bet(document_of_two, winning)}), "stored");
    ASSERT_EQ(close(one), "closed");
    ASSERT_EQ(close(two), "drawn");
  }

  MemoryLedger ledger_;
  DrawTerms terms_{.agencies = {one, two}, .winning_number = winning};
  std::optional<Lottery> lottery_{std::in_place, ledger_, terms_};
  std::optional<Drawn> last_drawn_;
};

const std::string no_stranger = "the draw has no agency 99";
const std::string no_three = "the draw has no agency 3";

TEST_F(LotteryTest, OpensADrawAtTheFirstBets) {
  EXPECT_EQ(ledger_.draws(), 0U);
  EXPECT_EQ(place(one, "a"), "stored");
  EXPECT_EQ(ledger_.draws(), 1U);
  EXPECT_EQ(ledger_.agencies(first), terms_.agencies);
  EXPECT_EQ(ledger_.documents(first), (Strings{"a"}));
}

TEST_F(LotteryTest, OpensADrawAtTheFirstDone) {
  EXPECT_EQ(close(two), "closed");
  EXPECT_EQ(ledger_.draws(), 1U);
  EXPECT_EQ(ledger_.agencies(first), terms_.agencies);
}

TEST_F(LotteryTest, OpensNoDrawForAQuestion) {
  EXPECT_EQ(winners(one), (Strings{"wait"}));
  EXPECT_EQ(ledger_.draws(), 0U);
}

TEST_F(LotteryTest, HasOneOpenDrawForAllItsAgencies) {
  EXPECT_EQ(place(one, "a"), "stored");
  EXPECT_EQ(place(two, "b"), "stored");
  EXPECT_EQ(place(one, "c"), "stored");
  EXPECT_EQ(ledger_.draws(), 1U);
  EXPECT_EQ(ledger_.documents(first), (Strings{"a", "b", "c"}));
}

TEST_F(LotteryTest, StoresABatchInItsOrderWithEqualBetsAsOftenAsTheyCome) {
  EXPECT_EQ(place(one, {bet("c"), bet("a"), bet("b"), bet("a")}), "stored");
  EXPECT_EQ(ledger_.documents(first), (Strings{"c", "a", "b", "a"}));
}

TEST_F(LotteryTest, RefusesAnUnknownAgencyAndOpensNothingForIt) {
  EXPECT_EQ(place(stranger, "a"), no_stranger);
  EXPECT_EQ(close(stranger), no_stranger);
  EXPECT_EQ(winners(stranger), (Strings{no_stranger}));
  EXPECT_EQ(ledger_.draws(), 0U);
}

TEST_F(LotteryTest, RefusesAnUnknownAgencyWhileADrawIsOpen) {
  ASSERT_EQ(place(one, "a"), "stored");
  EXPECT_EQ(place(stranger, "b"), no_stranger);
  EXPECT_EQ(close(stranger), no_stranger);
  EXPECT_EQ(winners(stranger), (Strings{no_stranger}));
  EXPECT_EQ(ledger_.documents(first), (Strings{"a"}));
}

TEST_F(LotteryTest, RefusesAnUnknownAgencyAfterADrawAndOpensNothingForIt) {
  hold_draw("a", "b");
  EXPECT_EQ(place(stranger, "c"), no_stranger);
  EXPECT_EQ(close(stranger), no_stranger);
  EXPECT_EQ(winners(stranger), (Strings{no_stranger}));
  EXPECT_EQ(ledger_.draws(), 1U);
}

TEST_F(LotteryTest, DrawsOnceWhenTheLastAgencyIsDone) {
  ASSERT_EQ(place(one, {bet("a", winning), bet("b"), bet("c", winning)}), "stored");
  ASSERT_EQ(place(two, {bet("d", winning)}), "stored");
  EXPECT_EQ(close(two), "closed");
  EXPECT_EQ(close(one), "drawn");
  ASSERT_TRUE(last_drawn_);
  EXPECT_EQ(last_drawn_->draw, first);
  EXPECT_EQ(last_drawn_->winners, 3);
}

TEST_F(LotteryTest, DrawsForAgenciesThatHaveNoBets) {
  EXPECT_EQ(close(one), "closed");
  EXPECT_EQ(close(two), "drawn");
  EXPECT_EQ(last_drawn_->winners, 0);
  EXPECT_EQ(winners(one), Strings{});
  EXPECT_EQ(winners(two), Strings{});
}

TEST_F(LotteryTest, DrawsAtOnceForASingleAgency) {
  restart_with({.agencies = {one}, .winning_number = winning});
  EXPECT_EQ(close(one), "drawn");
}

TEST_F(LotteryTest, RefusesBetsOfClosedBooksUntilTheDrawAndStoresNone) {
  ASSERT_EQ(place(one, "a"), "stored");
  ASSERT_EQ(close(one), "closed");
  EXPECT_EQ(place(one, "late"), "the books of agency 1 are closed until the draw");
  EXPECT_EQ(place(two, "b"), "stored") << "the other agency's books are open";
  EXPECT_EQ(place(one, "late"), "the books of agency 1 are closed until the draw");
  EXPECT_EQ(ledger_.documents(first), (Strings{"a", "b"}));
}

TEST_F(LotteryTest, OpensTheNextDrawAtTheFirstBetsAfterOne) {
  hold_draw("a", "b");
  EXPECT_EQ(place(one, "c"), "stored");
  EXPECT_EQ(ledger_.draws(), 2U);
  EXPECT_EQ(ledger_.documents(first), (Strings{"a", "b"}));
  EXPECT_EQ(ledger_.documents(second), (Strings{"c"}));
}

TEST_F(LotteryTest, OpensTheNextDrawAtTheFirstDoneAfterOne) {
  hold_draw("a", "b");
  EXPECT_EQ(close(one), "closed");
  EXPECT_EQ(ledger_.draws(), 2U);
}

TEST_F(LotteryTest, TakesASecondDoneForDoneAndChangesNothing) {
  ASSERT_EQ(place(one, {bet("a", winning)}), "stored");
  ASSERT_EQ(close(one), "closed");
  ledger_.sync();
  EXPECT_EQ(close(one), "closed");
  EXPECT_EQ(close(one), "closed");
  EXPECT_TRUE(ledger_.is_synced()) << "something was written";
  EXPECT_EQ(winners(one), (Strings{"wait"})) << "one agency alone is not all of them";
  EXPECT_EQ(close(two), "drawn");
  EXPECT_EQ(winners(one), (Strings{"a"}));
}

TEST_F(LotteryTest, DrawsExactlyThatDrawsBets) {
  hold_draw("a", "b");
  ASSERT_EQ(place(one, {bet("c", winning), bet("d")}), "stored");
  ASSERT_EQ(close(one), "closed");
  ASSERT_EQ(close(two), "drawn");
  EXPECT_EQ(last_drawn_->draw, second);
  EXPECT_EQ(last_drawn_->winners, 1);
  EXPECT_EQ(winners(one), (Strings{"c"}));
}

TEST_F(LotteryTest, DrawsTheNumberThatTheTermsSayWhenItDraws) {
  ASSERT_EQ(place(one, {bet("a", winning), bet("b", 42)}), "stored");
  ASSERT_EQ(close(one), "closed");
  restart_with({.agencies = {one, two}, .winning_number = 42});
  ASSERT_EQ(close(two), "drawn");
  EXPECT_EQ(winners(one), (Strings{"b"}));
}

TEST_F(LotteryTest, KeepsTheWinnersOfADrawWhateverTheTermsSayLater) {
  ASSERT_EQ(place(one, {bet("a", winning), bet("b", 42)}), "stored");
  ASSERT_EQ(close(one), "closed");
  ASSERT_EQ(close(two), "drawn");
  restart_with({.agencies = {one, two}, .winning_number = 42});
  EXPECT_EQ(winners(one), (Strings{"a"}));
}

TEST_F(LotteryTest, KeepsTheAgenciesOfADrawWhereOneIsAddedLater) {
  ASSERT_EQ(place(one, "a"), "stored");
  restart_with({.agencies = {one, two, three}, .winning_number = winning});
  EXPECT_EQ(place(three, "b"), no_three);
  EXPECT_EQ(close(three), no_three);
  EXPECT_EQ(winners(three), (Strings{no_three}));
  EXPECT_EQ(close(one), "closed");
  EXPECT_EQ(close(two), "drawn");
  EXPECT_EQ(place(three, "b"), "stored") << "the next draw has it";
  EXPECT_EQ(ledger_.agencies(second), (std::vector<AgencyId>{one, two, three}));
}

TEST_F(LotteryTest, KeepsTheAgenciesOfADrawWhereOneIsTakenAwayLater) {
  ASSERT_EQ(place(one, {bet("a", winning)}), "stored");
  restart_with({.agencies = {one}, .winning_number = winning});
  EXPECT_EQ(close(one), "closed") << "the draw waits for agency 2";
  EXPECT_EQ(place(two, {bet("b", winning)}), "stored");
  EXPECT_EQ(close(two), "drawn");
  EXPECT_EQ(winners(two), (Strings{"b"}));
  EXPECT_EQ(place(two, "c"), "the draw has no agency 2") << "the next draw does not have it";
  EXPECT_EQ(ledger_.draws(), 1U);
}

TEST_F(LotteryTest, GoesOnWhereItWasAfterARestart) {
  ASSERT_EQ(place(one, {bet("a", winning)}), "stored");
  ASSERT_EQ(close(one), "closed");
  restart_with(terms_);
  EXPECT_EQ(place(one, "late"), "the books of agency 1 are closed until the draw");
  EXPECT_EQ(winners(one), (Strings{"wait"}));
  ASSERT_EQ(close(two), "drawn");
  restart_with(terms_);
  EXPECT_EQ(winners(one), (Strings{"a"}));
  EXPECT_EQ(ledger_.draws(), 1U);
}

TEST_F(LotteryTest, TellsAnAgencyItsOwnWinnersInTheOrderInWhichTheyWereStored) {
  ASSERT_EQ(place(one, {bet("e", winning), bet("x"), bet("a", winning)}), "stored");
  ASSERT_EQ(place(two, {bet("z", winning)}), "stored");
  ASSERT_EQ(place(one, {bet("c", winning), bet("b", winning)}), "stored");
  ASSERT_EQ(close(one), "closed");
  ASSERT_EQ(close(two), "drawn");
  EXPECT_EQ(winners(one), (Strings{"e", "a", "c", "b"}));
  EXPECT_EQ(winners(two), (Strings{"z"}));
  EXPECT_EQ(winners(one), (Strings{"e", "a", "c", "b"})) << "asked again, it is the same";
}

TEST_F(LotteryTest, TellsNoWinnersWhereNoneOfAnAgencysBetsHasWon) {
  ASSERT_EQ(place(one, "a"), "stored");
  ASSERT_EQ(place(two, {bet("b", winning)}), "stored");
  ASSERT_EQ(close(one), "closed");
  ASSERT_EQ(close(two), "drawn");
  EXPECT_EQ(winners(one), Strings{});
}

TEST_F(LotteryTest, HandsOverAWinnerWithAllItsFields) {
  const Bet placed{.first_name = " Ana María ",
                   .last_name = "D'Elia",
                   .document = "30 904 465",
                   .birthdate = "2000-02-29",
                   .number = 7574};
  ASSERT_EQ(place(one, {placed}), "stored");
  ASSERT_EQ(close(one), "closed");
  ASSERT_EQ(close(two), "drawn");
  int told = 0;
  auto drawn = std::get<DrawnWinners>(lottery_->make_durable(lottery_->winners(one)));
  lottery_->read_winners(drawn, [&](const Bet& winner) {
    ++told;
    EXPECT_EQ(winner, placed);
  });
  EXPECT_EQ(told, 1);
}

TEST_F(LotteryTest, HandsOverManyWinnersInPartsInTheirOrder) {
  constexpr std::size_t winners = 1000;
  std::vector<std::string> documents;
  for (std::size_t i = 0; i < winners; ++i) documents.push_back(std::to_string(i));
  std::vector<Bet> bets;
  for (const std::string& document : documents) {
    bets.push_back(bet(document, winning));
    bets.push_back(bet("of no winner", winning + 1));
  }
  ASSERT_EQ(place(two, bets), "stored");
  ASSERT_EQ(place(one, bets), "stored");
  ASSERT_EQ(close(one), "closed");
  ASSERT_EQ(close(two), "drawn");
  auto drawn = std::get<DrawnWinners>(lottery_->make_durable(lottery_->winners(one)));
  Strings told;
  std::size_t in_largest_part = 0;
  for (bool is_more = true; is_more;) {
    const std::size_t before = told.size();
    is_more = lottery_->read_winners(
        drawn, [&](const Bet& winner) { told.emplace_back(winner.document); });
    in_largest_part = std::max(in_largest_part, told.size() - before);
  }
  EXPECT_EQ(told, documents);
  EXPECT_LT(in_largest_part, winners / 2);
}

TEST_F(LotteryTest, TellsNoWinnerIfTheDrawCannotBeMadeDurable) {
  ASSERT_EQ(place(one, {bet("a", winning)}), "stored");
  ASSERT_EQ(close(one), "closed");
  ASSERT_EQ(close(two), "drawn");
  ledger_.set_fault(Fault::failed_at_sync);
  EXPECT_THROW(lottery_->make_durable(lottery_->winners(one)), LedgerFailed);
}

using Clock = std::chrono::steady_clock;

/// A ledger call that returns after this time.
std::function<void()> lasting(std::chrono::milliseconds time) {
  return [time] {
    const auto end = Clock::now() + time;
    while (Clock::now() < end) std::this_thread::yield();
  };
}

TEST_F(LotteryTest, LetsAnAgencyRestBeforeItReadsItsBooksAgainAfterADoneThatDidNotBalance) {
  constexpr std::chrono::milliseconds read{20};
  place(one, "a");
  ledger_.during_next_long_read(lasting(read));
  const auto refused = lottery_->close_books(one, Books{.bets = 2, .sha256 = {}});
  EXPECT_TRUE(std::holds_alternative<Rejected>(refused.for_bookkeeping()));
  const auto refused_at = Clock::now();
  EXPECT_EQ(close(one), "closed");
  EXPECT_GE(Clock::now() - refused_at, 2 * read);
}

TEST_F(LotteryTest, AnswersResumeFromMemoryWhileADoneReadsTheBooks) {
  const UploadId upload{std::string(32, 'a')};
  place(one, "a");
  lottery_->make_durable(lottery_->resume(one, upload));
  ledger_.during_next_long_read([&] {
    auto resumed = std::async(std::launch::async, [&] { return lottery_->resume(one, upload); });
    EXPECT_EQ(resumed.wait_for(std::chrono::seconds(10)), std::future_status::ready);
    lottery_->end_reads();  // lets it end if it waits
  });
  const auto refused = lottery_->close_books(one, Books{.bets = 2, .sha256 = {}});
  EXPECT_TRUE(std::holds_alternative<Rejected>(refused.for_bookkeeping()));
}

TEST_F(LotteryTest, LetsNoAgencyRestThatHasClosedItsBooks) {
  constexpr std::chrono::milliseconds read{500};
  place(one, "a");
  ledger_.during_next_long_read(lasting(read));
  EXPECT_EQ(close(one), "closed");
  const auto closed_at = Clock::now();
  EXPECT_EQ(close(two), "drawn");
  place(one, "b");
  EXPECT_EQ(close(one), "closed");
  EXPECT_LT(Clock::now() - closed_at, 2 * read);
}

TEST_F(LotteryTest, ReturnsAnOutcomeToTellOnlyOnceItIsDurable) {
  const std::vector<Bet> bets{bet("a")};
  auto placed = lottery_->place_bets(one, bets);
  ASSERT_FALSE(ledger_.is_synced());
  const BetsOutcome outcome = lottery_->make_durable(std::move(placed));
  EXPECT_TRUE(ledger_.is_synced());
  EXPECT_EQ(std::get<BetsStored>(outcome).batch, 1);
}

TEST_F(LotteryTest, MakesManyOutcomesDurableWithOneSyncInTheirOrder) {
  const std::vector<Bet> bets{bet("a")};
  std::vector<NotYetDurable<BetsOutcome>> placed;
  for (int i = 0; i < 3; ++i) placed.push_back(lottery_->place_bets(one, bets));
  const auto outcomes = lottery_->make_durable(std::move(placed));
  EXPECT_EQ(ledger_.syncs(), 1);
  ASSERT_EQ(outcomes.size(), 3U);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    EXPECT_EQ(std::get<BetsStored>(outcomes[i]).batch, static_cast<std::int64_t>(i + 1));
  }
}

TEST_F(LotteryTest, GivesOutNoOutcomeIfTheSyncFails) {
  const std::vector<Bet> bets{bet("a")};
  std::vector<NotYetDurable<BetsOutcome>> placed;
  placed.push_back(lottery_->place_bets(one, bets));
  ledger_.set_fault(Fault::failed_at_sync);
  EXPECT_THROW(lottery_->make_durable(std::move(placed)), LedgerFailed);
  EXPECT_EQ(placed.size(), 1U);  // NOLINT(bugprone-use-after-move): that is what is promised
  EXPECT_THROW(lottery_->make_durable(std::move(placed.front())), LedgerFailed);
}

TEST_F(LotteryTest, TakesABatchForTheNextDrawIfAnotherAgencyDrawsAfterTheQuestionForTheOpenOne) {
  hold_draw("a", "b");
  ledger_.draw_after_next_question(first);
  EXPECT_EQ(place(one, "c"), "stored");
  EXPECT_EQ(ledger_.documents(second), (Strings{"c"}));
}

TEST_F(LotteryTest, LetsEverybodyWaitUntilTheDraw) {
  ASSERT_EQ(place(one, {bet("a", winning)}), "stored");
  EXPECT_EQ(winners(one), (Strings{"wait"}));
  EXPECT_EQ(winners(two), (Strings{"wait"})) << "the open draw has it, though it has done nothing";
  ASSERT_EQ(close(one), "closed");
  EXPECT_EQ(winners(one), (Strings{"wait"}));
  EXPECT_EQ(winners(two), (Strings{"wait"}));
}

TEST_F(LotteryTest, SpeaksOfTheNewestDrawThatTheAgencyHasABetIn) {
  hold_draw("a", "b");
  ASSERT_EQ(place(one, {bet("c", winning)}), "stored");
  EXPECT_EQ(winners(one), (Strings{"wait"})) << "agency 1 has a bet in the open draw";
  EXPECT_EQ(winners(two), (Strings{"b"})) << "agency 2 has none";
  ASSERT_EQ(close(one), "closed");
  ASSERT_EQ(close(two), "drawn");
  EXPECT_EQ(winners(one), (Strings{"c"}));
  EXPECT_EQ(winners(two), Strings{}) << "a DONE without bets counts too";
}

TEST_F(LotteryTest, SpeaksOfTheNewestDrawThatTheAgencyHasADoneIn) {
  hold_draw("a", "b");
  ASSERT_EQ(close(one), "closed");
  EXPECT_EQ(winners(one), (Strings{"wait"}));
  EXPECT_EQ(winners(two), (Strings{"b"}));
}

TEST_F(LotteryTest, SpeaksOfADrawThatAnAgencyWasInThoughTheTermsHaveItNoMore) {
  hold_draw("a", "b");
  restart_with({.agencies = {one, three}, .winning_number = winning});
  EXPECT_EQ(winners(two), (Strings{"b"}));
  ASSERT_EQ(place(three, "c"), "stored");
  EXPECT_EQ(winners(two), (Strings{"b"}));
}

TEST_F(LotteryTest, SpeaksOfTheOpenDrawToAnAgencyThatHasDoneNothingYet) {
  hold_draw("a", "b");
  restart_with({.agencies = {one, three}, .winning_number = winning});
  ASSERT_EQ(place(one, "c"), "stored");
  EXPECT_EQ(winners(three), (Strings{"wait"}));
}

TEST_F(LotteryTest, SpeaksOfTheLastDrawToAnAgencyThatHasDoneNothingYet) {
  hold_draw("a", "b");
  restart_with({.agencies = {one, two, three}, .winning_number = winning});
  EXPECT_EQ(winners(three), (Strings{no_three})) << "the last draw was without it";
}

TEST_F(LotteryTest, ChangesNothingWhereTheLedgerCanNotCommit) {
  ASSERT_EQ(place(one, {bet("a", winning)}), "stored");
  ASSERT_EQ(close(one), "closed");
  ledger_.set_fault(Fault::unavailable_at_commit);
  EXPECT_THROW(place(two, "b"), LedgerUnavailable);
  EXPECT_THROW(close(two), LedgerUnavailable);
  ledger_.set_fault(Fault::none);
  EXPECT_EQ(ledger_.documents(first), (Strings{"a"}));
  EXPECT_EQ(winners(one), (Strings{"wait"}));
  EXPECT_EQ(place(two, "b"), "stored");
  EXPECT_EQ(close(two), "drawn");
  EXPECT_EQ(winners(one), (Strings{"a"}));
}

TEST_F(LotteryTest, OpensNoDrawWhereTheLedgerCanNotCommitItsFirstBets) {
  ledger_.set_fault(Fault::unavailable_at_commit);
  EXPECT_THROW(place(one, "a"), LedgerUnavailable);
  EXPECT_EQ(ledger_.draws(), 0U);
}

TEST_F(LotteryTest, SaysWhatTheLedgerThrows) {
  ledger_.set_fault(Fault::unavailable_at_begin);
  EXPECT_THROW(place(one, "a"), LedgerUnavailable);
  EXPECT_THROW(close(one), LedgerUnavailable);
  EXPECT_THROW(winners(one), LedgerUnavailable);
  ledger_.set_fault(Fault::failed_at_sync);
  EXPECT_THROW(ledger_.sync(), LedgerFailed);
  EXPECT_THROW(place(one, "a"), LedgerFailed);
  EXPECT_THROW(close(one), LedgerFailed);
  EXPECT_THROW(winners(one), LedgerFailed);
}

/// The books that the service should compute from these bets.
Books books_of(const std::vector<Bet>& bets) {
  BooksBalance balance;
  for (const Bet& placed : bets) balance.add(placed);
  return balance.books();
}

/// Sends DONE with books on a connection without a RESUME, and then AWAIT_WINNERS.
class LotteryDoneTest : public LotteryTest {
 protected:
  std::string close_with(const Books& declared, AgencyId agency) {
    const auto outcome = lottery_->close_books(agency, declared).for_bookkeeping();
    const auto* refused = std::get_if<Rejected>(&outcome);
    return refused == nullptr ? "closed" : refused->reason;
  }

  Strings winners_of(DrawId draw, AgencyId agency) {
    return told(lottery_->make_durable(lottery_->winners_of(draw, agency)));
  }
};

TEST_F(LotteryDoneTest, ClosesBooksThatBalance) {
  ASSERT_EQ(place(one, {bet("a"), bet("b")}), "stored");
  EXPECT_EQ(close_with(books_of({bet("a"), bet("b")}), one), "closed");
}

TEST_F(LotteryDoneTest, ComparesARepeatWithTheBooksThatWereClosedAndChangesNothing) {
  ASSERT_EQ(place(one, {bet("a"), bet("b")}), "stored");
  ASSERT_EQ(close_with(books_of({bet("a"), bet("b")}), one), "closed");
  ledger_.sync();
  EXPECT_EQ(close_with(books_of({bet("a"), bet("b")}), one), "closed");
  EXPECT_EQ(close_with(books_of({bet("a")}), one),
            "the books of agency 1 do not balance: it says 1 bets, and the service has 2");
  EXPECT_EQ(close_with(books_of({bet("b"), bet("a")}), one),
            "the books of agency 1 do not balance: the service has the SHA-256 " +
                books_of({bet("a"), bet("b")}).sha256);
  EXPECT_TRUE(ledger_.is_synced()) << "something was written";
  EXPECT_EQ(close(two), "drawn");
}

TEST_F(LotteryDoneTest, LeavesBooksOpenThatDoNotBalance) {
  ASSERT_EQ(place(one, {bet("a"), bet("b")}), "stored");
  EXPECT_EQ(close_with(books_of({bet("a")}), one),
            "the books of agency 1 do not balance: it says 1 bets, and the service has 2");
  EXPECT_EQ(close_with(books_of({bet("b"), bet("a")}), one),
            "the books of agency 1 do not balance: the service has the SHA-256 " +
                books_of({bet("a"), bet("b")}).sha256);
  EXPECT_EQ(place(one, "c"), "stored");
}

TEST_F(LotteryDoneTest, OpensNoDrawForBooksThatDoNotBalance) {
  EXPECT_EQ(close_with(books_of({bet("a")}), one),
            "the books of agency 1 do not balance: it says 1 bets, and the service has 0");
  EXPECT_EQ(ledger_.draws(), 0U);
  hold_draw("a", "b");
  EXPECT_NE(close_with(books_of({bet("a", winning)}), one), "closed") << "it is the next draw's";
  EXPECT_EQ(ledger_.draws(), 1U);
}

TEST_F(LotteryDoneTest, ClosesEmptyBooks) { EXPECT_EQ(close_with(books_of({}), one), "closed"); }

TEST_F(LotteryDoneTest, ComputesTheBalanceAnewIfABatchCameMeanwhile) {
  ASSERT_EQ(place(one, "a"), "stored");
  ledger_.during_next_long_read([&] { EXPECT_EQ(place(one, "b"), "stored"); });
  EXPECT_EQ(close_with(books_of({bet("a"), bet("b")}), one), "closed");
}

TEST_F(LotteryDoneTest, SaysThatItMaySucceedLaterIfBatchesNeverStopComing) {
  ASSERT_EQ(place(one, "a"), "stored");
  std::function<void()> place_another = [&] {
    EXPECT_EQ(place(one, "b"), "stored");
    ledger_.during_next_long_read(place_another);
  };
  ledger_.during_next_long_read(place_another);
  EXPECT_THROW(lottery_->make_durable(lottery_->close_books(one)), LedgerUnavailable);
  EXPECT_EQ(place(one, "c"), "stored") << "the books are open";
}

TEST_F(LotteryDoneTest, TellsTheWinnersOfTheDrawThatIsAskedFor) {
  ASSERT_EQ(place(one, {bet("a", winning)}), "stored");
  EXPECT_EQ(winners_of(first, one), (Strings{"wait"}));
  EXPECT_EQ(winners_of(first, two), (Strings{"wait"})) << "the draw has it, without any bets";
  ASSERT_EQ(close(one), "closed");
  EXPECT_EQ(winners_of(first, one), (Strings{"wait"}));
  ASSERT_EQ(close(two), "drawn");
  hold_draw("c", "d");
  EXPECT_EQ(winners_of(first, one), (Strings{"a"}));
  EXPECT_EQ(winners_of(first, two), Strings{});
  EXPECT_EQ(winners_of(second, one), (Strings{"c"}));
}

TEST_F(LotteryDoneTest, RefusesToTellTheWinnersOfADrawThatIsNotThereOrDoesNotHaveTheAgency) {
  EXPECT_EQ(winners_of(first, one), (Strings{"there is no draw 1"}));
  EXPECT_EQ(ledger_.draws(), 0U);
  hold_draw("a", "b");
  EXPECT_EQ(winners_of(first, three), (Strings{"draw 1 has no agency 3"}));
  restart_with({.agencies = {one, three}, .winning_number = winning});
  ASSERT_EQ(place(three, "c"), "stored");
  EXPECT_EQ(winners_of(first, three), (Strings{"draw 1 has no agency 3"}));
  EXPECT_EQ(winners_of(second, two), (Strings{"draw 2 has no agency 2"}));
  EXPECT_EQ(winners_of(DrawId{3}, one), (Strings{"there is no draw 3"}));
}

TEST_F(LotteryDoneTest, LeavesItToTheCallerToAnnounceADraw) {
  const auto is_announced = [](const DrawAnnouncement::NextDraw& draw) {
    pollfd watched{draw.descriptor(), POLLIN, 0};
    return ::poll(&watched, 1, 0) == 1;
  };
  const auto next = lottery_->announcement().subscribe();
  ASSERT_EQ(close(one), "closed");
  EXPECT_FALSE(is_announced(*next));
  ledger_.set_fault(Fault::unavailable_at_commit);
  EXPECT_THROW(close(two), LedgerUnavailable);
  EXPECT_FALSE(is_announced(*next));
  ledger_.set_fault(Fault::none);
  const auto outcome = lottery_->close_books(two).for_bookkeeping();
  ASSERT_TRUE(std::get<BooksClosed>(outcome).drawn);
  EXPECT_FALSE(is_announced(*next)) << "it is neither durable nor in the log";
  lottery_->announcement().announce();
  EXPECT_TRUE(is_announced(*next));
}

}  // namespace
}  // namespace lottery::test
