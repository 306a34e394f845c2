#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "protocol/books.h"
#include "service/lottery.h"
#include "tests/support/memory_ledger.h"

namespace lottery::test {
namespace {

using Strings = std::vector<std::string>;

constexpr AgencyId one{1};
constexpr AgencyId two{2};
constexpr AgencyId stranger{99};
constexpr DrawId first{1};
constexpr DrawId second{2};

Bet bet(const std::string& document) {
  return {.first_name = "Ana",
          .last_name = "Elia",
          .document = document,
          .birthdate = "1999-03-17",
          .number = 7574};
}

std::vector<Bet> bets(const Strings& documents) {
  std::vector<Bet> result;
  for (const std::string& document : documents) result.push_back(bet(document));
  return result;
}

/// The books that the service should compute from these bets.
Books books_of(const Strings& documents) {
  BooksBalance balance;
  for (const Bet& placed : bets(documents)) balance.add(placed);
  return balance.books();
}

/// Whether a connection remembers in which draw its upload has stored a batch. If not, it behaves
/// like a second connection of that upload; the rules must be the same.
enum class Memory : std::uint8_t { remembers, forgets };

/// One upload of an agency on a connection.
class Upload {
 public:
  Upload(Lottery& lottery, AgencyId agency, char digit, Memory memory)
      : lottery_(lottery), agency_(agency), id_{std::string(32, digit)}, memory_(memory) {}

  /// Sends RESUME. Returns `draw:state:batches`, or the reason if it is refused.
  std::string resume() {
    auto outcome = lottery_.resume(agency_, id_).for_bookkeeping();
    if (const auto* refused = std::get_if<Rejected>(&outcome)) return refused->reason;
    auto& [point, context] = std::get<Resumption>(outcome);
    context_ = context;
    books_ = point.books;
    const char* state = point.state == BooksState::open     ? "open"
                        : point.state == BooksState::closed ? "closed"
                                                            : "drawn";
    return std::to_string(point.draw) + ":" + state + ":" + std::to_string(point.batches);
  }

  /// The books in the last RESUME_POINT.
  const Books& books() const { return books_; }

  /// Returns "stored" or "stored before" and the draw, or the reason if the batch is refused.
  std::string place(std::int64_t number, const Strings& documents) {
    const auto batch = bets(documents);
    const auto outcome =
        lottery_.place_numbered_bets(agency_, number, batch, *context_).for_bookkeeping();
    if (const auto* refused = std::get_if<Rejected>(&outcome)) return refused->reason;
    const auto* const stored = std::get_if<BetsStored>(&outcome);
    const DrawId draw = stored ? stored->draw : std::get<BetsStoredBefore>(outcome).draw;
    if (memory_ == Memory::remembers) context_->own_draw = draw;
    return (stored ? "stored in " : "stored before in ") + std::to_string(draw.value);
  }

  /// Sends DONE with books. Returns "closed", "drawn", or the reason if it is refused.
  std::string done(const Strings& documents) {
    const auto outcome =
        lottery_.close_books(agency_, books_of(documents), &*context_).for_bookkeeping();
    if (const auto* refused = std::get_if<Rejected>(&outcome)) return refused->reason;
    return std::get<BooksClosed>(outcome).drawn ? "drawn" : "closed";
  }

 private:
  Lottery& lottery_;
  AgencyId agency_;
  UploadId id_;
  Memory memory_;
  std::optional<UploadContext> context_;
  Books books_;
};

/// The lottery of agencies 1 and 2, with two uploads of agency 1.
class LotteryUploads : public testing::TestWithParam<Memory> {
 protected:
  /// Agency 1 closes its books, for which it needs no RESUME, and so does agency 2: the draw
  /// happens.
  void draw() {
    close(one);
    close(two);
  }

  void close(AgencyId agency) {
    ASSERT_TRUE(
        std::holds_alternative<BooksClosed>(lottery_.close_books(agency).for_bookkeeping()));
  }

  void place_without_number(AgencyId agency, const Strings& documents) {
    const auto batch = bets(documents);
    ASSERT_TRUE(
        std::holds_alternative<BetsStored>(lottery_.place_bets(agency, batch).for_bookkeeping()));
  }

  MemoryLedger ledger_;
  Lottery lottery_{ledger_, {.agencies = {one, two}, .winning_number = 7574}};
  Upload a_{lottery_, one, 'a', GetParam()};
  Upload b_{lottery_, one, 'b', GetParam()};
  Upload c_{lottery_, one, 'c', GetParam()};
};

const std::string closed_until_the_draw = "the books of agency 1 are closed until the draw";
const std::string first_drawn = "draw 1 has been drawn";
const std::string second_drawn = "draw 2 has been drawn";
const std::string one_of_another = "batch 1 is stored already, by another upload";

TEST_P(LotteryUploads, StoreBatchesUnderTheNextNumberAndBetsWithoutANumberTakeItToo) {
  EXPECT_EQ(a_.resume(), "1:open:0");
  EXPECT_EQ(a_.place(1, {"a"}), "stored in 1");
  place_without_number(one, {"b"});
  EXPECT_EQ(a_.place(2, {"c"}), "batch 2 is stored already, by another upload");
  EXPECT_EQ(a_.place(2, {"b"}), "batch 2 is stored already, by another upload");
  EXPECT_EQ(a_.place(4, {"c"}), "batch 4 is past the next one, 3");
  EXPECT_EQ(a_.place(3, {"c"}), "stored in 1");
  EXPECT_EQ(ledger_.documents(first), (Strings{"a", "b", "c"}));
}

TEST_P(LotteryUploads, OpenNoDrawForANumberPastTheNext) {
  a_.resume();
  EXPECT_EQ(a_.place(2, {"a"}), "batch 2 is past the next one, 1");
  EXPECT_EQ(ledger_.draws(), 0U);
}

TEST_P(LotteryUploads, RecogniseARepeatByUploadNumberAndBets) {
  a_.resume();
  ASSERT_EQ(a_.place(1, {"a", "b"}), "stored in 1");
  EXPECT_EQ(a_.place(1, {"a", "b"}), "stored before in 1");
  EXPECT_EQ(a_.place(1, {"b", "a"}), "batch 1 is stored already, with other bets");
  EXPECT_EQ(a_.place(1, {"a"}), "batch 1 is stored already, with other bets");
  EXPECT_EQ(a_.place(1, {"a", "b", "c"}), "batch 1 is stored already, with other bets");
  EXPECT_EQ(ledger_.documents(first), (Strings{"a", "b"}));
}

TEST_P(LotteryUploads, OfOneAgencyDoNotTakeEqualBetsForTheirOwn) {
  a_.resume();
  b_.resume();
  ASSERT_EQ(a_.place(1, {"same"}), "stored in 1");
  EXPECT_EQ(b_.place(1, {"same"}), one_of_another);
  EXPECT_EQ(b_.resume(), "1:open:1");
  EXPECT_EQ(b_.place(2, {"same"}), "stored in 1");
  EXPECT_EQ(a_.place(2, {"same"}), "batch 2 is stored already, by another upload");
  EXPECT_EQ(ledger_.documents(first), (Strings{"same", "same"}));
}

TEST_P(LotteryUploads, OfOneAgencyDoNotReplaceEachOthersBets) {
  a_.resume();
  b_.resume();
  ASSERT_EQ(a_.place(1, {"of a"}), "stored in 1");
  EXPECT_EQ(b_.place(1, {"of b"}), one_of_another);
  EXPECT_EQ(b_.place(2, {"of b"}), "stored in 1") << "it belongs to no draw yet, and is the next";
  EXPECT_EQ(a_.place(1, {"of a"}), "stored before in 1");
  EXPECT_EQ(b_.place(2, {"of b"}), "stored before in 1");
  EXPECT_EQ(ledger_.documents(first), (Strings{"of a", "of b"}));
}

TEST_P(LotteryUploads, OfTwoAgenciesHaveNumbersOfTheirOwn) {
  Upload other(lottery_, two, 'a', GetParam());  // even if both have chosen the same digits
  a_.resume();
  EXPECT_EQ(other.resume(), "1:open:0");
  EXPECT_EQ(a_.place(1, {"a"}), "stored in 1");
  EXPECT_EQ(other.resume(), "1:open:0");
  EXPECT_EQ(other.place(1, {"b"}), "stored in 1");
}

TEST_P(LotteryUploads, RepeatBatchesAfterTheBooksAreClosedAndAfterTheDraw) {
  a_.resume();
  ASSERT_EQ(a_.place(1, {"a"}), "stored in 1");
  close(one);
  EXPECT_EQ(a_.place(1, {"a"}), "stored before in 1");
  EXPECT_EQ(a_.place(1, {"x"}), "batch 1 is stored already, with other bets");
  EXPECT_EQ(a_.place(2, {"b"}), closed_until_the_draw);
  EXPECT_EQ(a_.place(3, {"b"}), closed_until_the_draw);
  close(two);
  EXPECT_EQ(a_.place(1, {"a"}), "stored before in 1");
  EXPECT_EQ(a_.place(2, {"b"}), first_drawn);
  EXPECT_EQ(ledger_.draws(), 1U) << "no draw opens for what is late";
}

TEST_P(LotteryUploads, StayInTheirDrawWhateverIsStoredInTheNext) {
  a_.resume();
  ASSERT_EQ(a_.place(1, {"a"}), "stored in 1");
  draw();
  b_.resume();
  ASSERT_EQ(b_.place(1, {"a"}), "stored in 2");
  EXPECT_EQ(a_.place(1, {"a"}), "stored before in 1");
  EXPECT_EQ(a_.place(2, {"b"}), first_drawn);
  EXPECT_EQ(a_.resume(), "1:drawn:1");
  EXPECT_EQ(a_.books(), books_of({"a"}));
  EXPECT_EQ(a_.place(1, {"a"}), "stored before in 1");
  EXPECT_EQ(a_.place(2, {"b"}), first_drawn);
  EXPECT_EQ(ledger_.documents(second), (Strings{"a"}));
}

TEST_P(LotteryUploads, ResumeInTheNewestDrawOfTheirAgencyUntilTheyHaveStoredABatch) {
  EXPECT_EQ(a_.resume(), "1:open:0");
  EXPECT_EQ(ledger_.draws(), 0U) << "a question opens no draw";
  place_without_number(two, {"x"});
  EXPECT_EQ(a_.resume(), "1:open:0");
  place_without_number(one, {"a", "b"});
  place_without_number(one, {"c"});
  EXPECT_EQ(a_.resume(), "1:open:2");
  EXPECT_EQ(a_.books(), books_of({"a", "b", "c"}));
  close(one);
  EXPECT_EQ(a_.resume(), "1:closed:2");
  close(two);
  EXPECT_EQ(a_.resume(), "1:drawn:2");
  EXPECT_EQ(a_.books(), books_of({"a", "b", "c"}));
  place_without_number(two, {"y"});
  EXPECT_EQ(a_.resume(), "1:drawn:2") << "the next draw is open, and agency 1 is not in it yet";
  place_without_number(one, {"d"});
  EXPECT_EQ(a_.resume(), "2:open:1");
  EXPECT_EQ(a_.books(), books_of({"d"}));
}

TEST_P(LotteryUploads, ResumeInADrawInWhichTheirAgencyHasOnlyADone) {
  close(one);
  EXPECT_EQ(a_.resume(), "1:closed:0");
  close(two);
  EXPECT_EQ(a_.resume(), "1:drawn:0");
}

TEST_P(LotteryUploads, OfAStrangerDoNotResume) {
  Upload unknown(lottery_, stranger, 'a', GetParam());
  EXPECT_EQ(unknown.resume(), "the draw has no agency 99");
  place_without_number(one, {"a"});
  EXPECT_EQ(unknown.resume(), "the draw has no agency 99");
}

TEST_P(LotteryUploads, ThatWereMeantForADrawDoNotGoIntoTheNext) {
  a_.resume();
  b_.resume();
  ASSERT_EQ(b_.place(1, {"same"}), "stored in 1");
  close(one);
  EXPECT_EQ(a_.place(1, {"same"}), one_of_another);
  EXPECT_EQ(a_.place(2, {"late"}), closed_until_the_draw);
  close(two);
  // In the next draw, the first of these batches would store a bet twice.
  EXPECT_EQ(a_.place(1, {"same"}), one_of_another);
  EXPECT_EQ(a_.place(2, {"late"}), first_drawn);
  EXPECT_EQ(a_.done({}),
            "the books of agency 1 do not balance: it says 0 bets, and the service has 1");
  EXPECT_EQ(ledger_.draws(), 1U);
}

TEST_P(LotteryUploads, ThatWereMeantForADrawThatHadNotOpenedDoNotGoIntoALaterOne) {
  EXPECT_EQ(a_.resume(), "1:open:0");
  draw();
  EXPECT_EQ(a_.place(1, {"late"}), first_drawn);
  place_without_number(one, {"x"});
  EXPECT_EQ(a_.place(1, {"late"}), first_drawn);
  EXPECT_EQ(ledger_.documents(second), (Strings{"x"}));
}

TEST_P(LotteryUploads, ThatWereMeantForADrawThatOpenedWithoutTheirAgencyDoNotGoIntoALaterOne) {
  EXPECT_EQ(a_.resume(), "1:open:0");
  Lottery without_one(ledger_, {.agencies = {two}, .winning_number = 7574});
  ASSERT_TRUE(std::holds_alternative<BooksClosed>(without_one.close_books(two).for_bookkeeping()));
  place_without_number(two, {"x"});
  EXPECT_EQ(a_.place(1, {"late"}), "the draw has no agency 1");
  EXPECT_EQ(a_.done({}), "the draw has no agency 1");
  EXPECT_EQ(ledger_.documents(second), (Strings{"x"}));
}

TEST_P(LotteryUploads, ThatFindTheirDrawDrawnGoIntoTheNextOneThatTheyOpen) {
  place_without_number(one, {"a"});
  draw();
  EXPECT_EQ(a_.resume(), "1:drawn:1");
  EXPECT_EQ(a_.place(1, {"b"}), "stored in 2");
  EXPECT_EQ(a_.place(1, {"b"}), "stored before in 2");
  EXPECT_EQ(a_.place(2, {"c"}), "stored in 2");
  EXPECT_EQ(a_.resume(), "2:open:2");
}

TEST_P(LotteryUploads, ThatFindTheirDrawDrawnGoIntoTheNextOneThatIsOpen) {
  draw();
  EXPECT_EQ(a_.resume(), "1:drawn:0");
  place_without_number(two, {"x"});
  EXPECT_EQ(a_.place(1, {"b"}), "stored in 2");
}

TEST_P(LotteryUploads, ThatFindTheirDrawDrawnGoBehindWhatIsInTheAgencysNextDraw) {
  draw();
  EXPECT_EQ(a_.resume(), "1:drawn:0");
  b_.resume();
  ASSERT_EQ(b_.place(1, {"same"}), "stored in 2");
  EXPECT_EQ(a_.place(1, {"same"}), one_of_another);
  EXPECT_EQ(a_.place(2, {"same"}), "stored in 2");
}

TEST_P(LotteryUploads, AreRefusedIfAnotherClientHasEndedTheDrawThatTheyWereMeantFor) {
  draw();
  EXPECT_EQ(a_.resume(), "1:drawn:0");
  close(one);
  EXPECT_EQ(a_.place(1, {"late"}), closed_until_the_draw);
  close(two);
  EXPECT_EQ(a_.place(1, {"late"}), second_drawn);
  place_without_number(one, {"x"});
  EXPECT_EQ(a_.place(1, {"late"}), second_drawn) << "draw 2 is its next one, and not draw 3";
  EXPECT_EQ(a_.place(2, {"late"}), second_drawn);
  EXPECT_EQ(ledger_.documents(DrawId{3}), (Strings{"x"}));
  EXPECT_EQ(a_.resume(), "3:open:1");
  EXPECT_EQ(a_.place(2, {"new"}), "stored in 3");
}

TEST_P(LotteryUploads, OfALaterDrawStoreNoBatchThatWasMeantForAnEarlierOne) {
  place_without_number(one, {"x"});
  place_without_number(one, {"x"});
  Upload late(lottery_, one, 'a', GetParam());  // the same upload on its first connection
  EXPECT_EQ(late.resume(), "1:open:2");
  draw();
  EXPECT_EQ(a_.resume(), "1:drawn:2");
  ASSERT_EQ(a_.place(1, {"bet"}), "stored in 2");
  place_without_number(one, {"y"});
  EXPECT_EQ(late.place(3, {"bet"}), first_drawn) << "it would be stored a second time";
  EXPECT_EQ(late.place(1, {"bet"}), "stored before in 2");
  EXPECT_EQ(late.place(3, {"bet"}), first_drawn);
  EXPECT_EQ(ledger_.documents(second), (Strings{"bet", "y"}));
}

TEST_P(LotteryUploads, AreDoneInTheirOwnDraw) {
  a_.resume();
  ASSERT_EQ(a_.place(1, {"a", "b"}), "stored in 1");
  EXPECT_EQ(a_.done({"a"}),
            "the books of agency 1 do not balance: it says 1 bets, and the service has 2");
  EXPECT_EQ(a_.done({"a", "b"}), "closed");
  EXPECT_EQ(a_.done({"a", "b"}), "closed");
  EXPECT_EQ(a_.done({"b", "a"}),
            "the books of agency 1 do not balance: the service has the SHA-256 " +
                books_of({"a", "b"}).sha256);
  close(two);
  place_without_number(one, {"c"});
  ledger_.sync();
  EXPECT_EQ(a_.done({"a", "b"}), "closed") << "its own draw is drawn, and its books are the same";
  EXPECT_EQ(a_.done({"c"}),
            "the books of agency 1 do not balance: it says 1 bets, and the service has 2");
  EXPECT_EQ(a_.resume(), "1:drawn:1");
  EXPECT_EQ(a_.done({"a", "b"}), "closed");
  EXPECT_TRUE(ledger_.is_synced()) << "something was written";
  EXPECT_EQ(b_.resume(), "2:open:1") << "the books of the next draw are still open";
}

TEST_P(LotteryUploads, WithoutABatchAreDoneInTheDrawOfTheirResumePoint) {
  EXPECT_EQ(a_.resume(), "1:open:0");
  EXPECT_EQ(a_.done({}), "closed");
  EXPECT_EQ(ledger_.draws(), 1U) << "DONE opens a draw, too";
  close(two);
  EXPECT_EQ(a_.done({}), "closed") << "a repeat, for the same draw";
  EXPECT_EQ(a_.done({"a"}),
            "the books of agency 1 do not balance: it says 1 bets, and the service has 0");
  EXPECT_EQ(ledger_.draws(), 1U);
}

TEST_P(LotteryUploads, WithoutABatchAreDoneInTheNextDrawIfTheirsIsDrawn) {
  place_without_number(one, {"a"});
  draw();
  EXPECT_EQ(a_.resume(), "1:drawn:1");
  EXPECT_EQ(a_.done({"a"}),
            "the books of agency 1 do not balance: it says 1 bets, and the service has 0");
  EXPECT_EQ(ledger_.draws(), 1U);
  EXPECT_EQ(a_.done({}), "closed");
  EXPECT_EQ(ledger_.draws(), 2U);
  close(two);
  EXPECT_EQ(a_.done({}), "closed") << "a repeat, for draw 2";
  EXPECT_EQ(ledger_.draws(), 2U);
}

TEST_P(LotteryUploads, AreDoneWithBooksThatAnotherClientHasClosedOnlyIfTheyAreEqual) {
  a_.resume();
  place_without_number(one, {"x"});
  close(one);
  EXPECT_EQ(a_.done({}),
            "the books of agency 1 do not balance: it says 0 bets, and the service has 1");
  EXPECT_EQ(a_.done({"x"}), "closed");
}

TEST_P(LotteryUploads, AreDoneWithABalanceComputedAnewIfABatchCameMeanwhile) {
  a_.resume();
  ASSERT_EQ(a_.place(1, {"a"}), "stored in 1");
  ledger_.during_next_long_read([&] { EXPECT_EQ(a_.place(2, {"b"}), "stored in 1"); });
  EXPECT_EQ(a_.done({"a", "b"}), "closed");
}

TEST_P(LotteryUploads, AnswersAResumeFromMemoryWhileADoneReadsAllRows) {
  a_.resume();
  ASSERT_EQ(a_.place(1, {"a"}), "stored in 1");
  EXPECT_EQ(a_.resume(), "1:open:1");
  std::future<std::string> resumed;
  ledger_.when_next_bet_is_read([&] {
    resumed = std::async(std::launch::async, [&] { return b_.resume(); });
    EXPECT_EQ(resumed.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  });
  EXPECT_EQ(a_.done({"wrong"}),
            "the books of agency 1 do not balance: the service has the SHA-256 " +
                books_of({"a"}).sha256);
  EXPECT_EQ(resumed.get(), "1:open:1");
}

TEST_P(LotteryUploads, ReadsOnlyTheBatchesThatHaveComeSinceTheLastResume) {
  a_.resume();
  ASSERT_EQ(a_.place(1, {"a", "b"}), "stored in 1");
  EXPECT_EQ(a_.resume(), "1:open:1");
  EXPECT_EQ(ledger_.documents_read(), (Strings{"a", "b"}));
  EXPECT_EQ(a_.resume(), "1:open:1");
  EXPECT_EQ(ledger_.documents_read(), Strings{});
  ASSERT_EQ(a_.place(2, {"c"}), "stored in 1");
  place_without_number(one, {"d"});
  place_without_number(two, {"x"});
  EXPECT_EQ(b_.resume(), "1:open:3");
  EXPECT_EQ(b_.books(), books_of({"a", "b", "c", "d"}));
  EXPECT_EQ(ledger_.documents_read(), (Strings{"c", "d"}));
}

TEST_P(LotteryUploads, ReadsAllRowsForADone) {
  a_.resume();
  ASSERT_EQ(a_.place(1, {"a"}), "stored in 1");
  ASSERT_EQ(a_.resume(), "1:open:1");
  ledger_.documents_read();
  EXPECT_EQ(a_.done({"a"}), "closed");
  EXPECT_EQ(ledger_.documents_read(), Strings{"a"});
}

TEST_P(LotteryUploads, IsDoneOnlyWithWhatTheRowsSayAndTellsItFromThenOn) {
  a_.resume();
  ASSERT_EQ(a_.place(1, {"a"}), "stored in 1");
  ASSERT_EQ(a_.resume(), "1:open:1");
  ledger_.change_first_document(first, one, "z");  // and nobody has noticed it
  EXPECT_EQ(a_.done({"a"}), "the books of agency 1 do not balance: the service has the SHA-256 " +
                                books_of({"z"}).sha256);
  EXPECT_EQ(a_.resume(), "1:open:1");
  EXPECT_EQ(a_.books(), books_of({"z"}));
}

TEST_P(LotteryUploads, ReadsAllRowsAgainIfAnotherProgramHasChangedSomething) {
  a_.resume();
  ASSERT_EQ(a_.place(1, {"a"}), "stored in 1");
  ASSERT_EQ(a_.resume(), "1:open:1");
  ledger_.change_first_document(first, one, "z");
  ledger_.set_changes_by_others(1);
  ASSERT_EQ(a_.place(2, {"b"}), "stored in 1");
  EXPECT_EQ(a_.resume(), "1:open:2");
  EXPECT_EQ(a_.books(), books_of({"z", "b"}));
}

TEST_P(LotteryUploads, ReadsAllRowsAgainIfAnotherProgramHasChangedSomethingAndNoBatchHasCome) {
  a_.resume();
  ASSERT_EQ(a_.place(1, {"a"}), "stored in 1");
  ASSERT_EQ(a_.resume(), "1:open:1");
  ledger_.change_first_document(first, one, "z");
  ledger_.set_changes_by_others(1);
  EXPECT_EQ(a_.resume(), "1:open:1");
  EXPECT_EQ(a_.books(), books_of({"z"}));
}

TEST_P(LotteryUploads, ReadsAllRowsEachTimeIfTheLedgerCanNotNoticeOthers) {
  ledger_.set_changes_by_others({});
  a_.resume();
  ASSERT_EQ(a_.place(1, {"a"}), "stored in 1");
  for (const char* document : {"y", "z"}) {
    ledger_.change_first_document(first, one, document);
    EXPECT_EQ(a_.resume(), "1:open:1");
    EXPECT_EQ(a_.books(), books_of({document}));
  }
}

TEST_P(LotteryUploads, ReadsNoRowsOfBooksThatAreClosedOrEmpty) {
  a_.resume();
  ASSERT_EQ(a_.place(1, {"a"}), "stored in 1");
  ASSERT_EQ(a_.done({"a"}), "closed");
  ledger_.documents_read();
  EXPECT_EQ(b_.resume(), "1:closed:1");
  EXPECT_EQ(b_.books(), books_of({"a"}));
  close(two);
  EXPECT_EQ(b_.resume(), "1:drawn:1");
  EXPECT_EQ(b_.books(), books_of({"a"}));
  EXPECT_EQ(ledger_.documents_read(), Strings{});
}

TEST_P(LotteryUploads, RemembersNothingOfTheDrawBefore) {
  a_.resume();
  ASSERT_EQ(a_.place(1, {"a"}), "stored in 1");
  ASSERT_EQ(a_.resume(), "1:open:1");
  draw();
  b_.resume();
  ASSERT_EQ(b_.place(1, {"b"}), "stored in 2");
  EXPECT_EQ(b_.resume(), "2:open:1");
  EXPECT_EQ(b_.books(), books_of({"b"}));
}

TEST_P(LotteryUploads, TellNobodyOfABatchThatWasNotCommitted) {
  a_.resume();
  ASSERT_EQ(a_.place(1, {"a"}), "stored in 1");
  ASSERT_EQ(a_.resume(), "1:open:1");
  ledger_.set_fault(MemoryLedger::Fault::unavailable_at_commit);
  EXPECT_THROW(a_.place(2, {"b"}), LedgerUnavailable);
  ledger_.set_fault(MemoryLedger::Fault::none);
  EXPECT_EQ(a_.resume(), "1:open:1");
  EXPECT_EQ(a_.books(), books_of({"a"}));
  ASSERT_EQ(a_.place(2, {"c"}), "stored in 1");
  EXPECT_EQ(a_.resume(), "1:open:2");
  EXPECT_EQ(a_.books(), books_of({"a", "c"}));
}

TEST_P(LotteryUploads, BeginNoDrawForWhatIsRefused) {
  a_.resume();
  EXPECT_EQ(a_.place(2, {"a"}), "batch 2 is past the next one, 1");
  EXPECT_EQ(a_.done({"a"}),
            "the books of agency 1 do not balance: it says 1 bets, and the service has 0");
  EXPECT_EQ(ledger_.draws_begun(), 0);
  EXPECT_EQ(a_.place(1, {"a"}), "stored in 1");
  EXPECT_EQ(ledger_.draws_begun(), 1);
}

INSTANTIATE_TEST_SUITE_P(OfAConnectionThat, LotteryUploads,
                         testing::Values(Memory::remembers, Memory::forgets),
                         [](const testing::TestParamInfo<Memory>& memory) {
                           return memory.param == Memory::remembers ? "Remembers" : "Forgets";
                         });

}  // namespace
}  // namespace lottery::test
