#include "service/connections/session.h"

#include <Poco/Channel.h>
#include <Poco/Message.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <string>
#include <vector>

#include "program/log.h"
#include "protocol/books.h"
#include "tests/support/memory_ledger.h"
#include "text/printable.h"
#include "text/utf8.h"

namespace lottery::test {
namespace {

using Strings = std::vector<std::string>;
using Fault = MemoryLedger::Fault;

constexpr AgencyId one{1};
constexpr AgencyId two{2};
constexpr DrawId first{1};

const std::string ana = "Ana,Elia,30904465,1999-03-17,7574\n";
const std::string upload_a(32, 'a');
const std::string upload_b(32, 'b');

const std::string luz = "Luz,Paz,24807259,2001-02-03,0\n";

/// Collects log messages.
class KeptLines : public Poco::Channel {
 public:
  void log(const Poco::Message& message) override {
    lines.push_back(message.getText());
    if (message.has(wait_until_written)) waited_for.push_back(message.getText());
  }

  Strings lines;
  Strings waited_for;  // until they were written
};

/// One session of a service of agencies 1 and 2, over a ledger in memory.
class SessionTest : public testing::Test {
 protected:
  SessionTest() { log().setChannel(log_); }
  ~SessionTest() override { log().setChannel(nullptr); }

  void handle(const Strings& messages) {
    for (const std::string& message : messages) session_.handle(message);
  }

  /// Sends DONE of the agency on another connection.
  void close_elsewhere(AgencyId agency) {
    const auto outcome = lottery_.close_books(agency).for_bookkeeping();
    const auto* const closed = std::get_if<BooksClosed>(&outcome);
    ASSERT_NE(closed, nullptr);
    if (closed->drawn) lottery_.announcement().announce();
  }

  /// The answers to these messages, which are handled together.
  std::string ask(const Strings& messages) {
    handle(messages);
    return session_.flush();
  }

  /// An ERROR as typed messages get it.
  static std::string error(const std::string& reason) { return "server:1:" + reason + "\r\n"; }

  static std::string busy(const std::string& reason) { return "busy: " + reason; }

  static std::string refused_before(const std::string& batch) {
    return error(batch + " was refused before: send it again, or send RESUME");
  }

  static Books books_of(const std::string& lines) {
    BooksBalance balance;
    std::istringstream stream(lines);
    for (std::string line; std::getline(stream, line);) balance.add_line(line);
    return balance.books();
  }

  /// `point` is `draw:state:batches:bets`, and `lines` are the bets.
  static std::string resume_point(const std::string& point, const std::string& lines) {
    return "server:9:" + point + ":" + books_of(lines).sha256 + "\r\n";
  }

  static std::string done_with(const std::string& agency, const std::string& lines) {
    const Books books = books_of(lines);
    return agency + ":5:" + std::to_string(books.bets) + ":" + books.sha256;
  }

  static bool is_readable(int descriptor) {
    pollfd watched{descriptor, POLLIN, 0};
    return ::poll(&watched, 1, 0) == 1;
  }

  Poco::AutoPtr<KeptLines> log_{new KeptLines};
  MemoryLedger ledger_;
  Lottery lottery_{ledger_, {.agencies = {one, two}, .winning_number = 7574}};
  ConnectionMetrics metrics_;
  Session session_{lottery_, metrics_, "a peer", Dialect::typed};
};

TEST_F(SessionTest, AnswersBetsWithAck) {
  EXPECT_EQ(ask({"1:4:" + ana + luz}), "server:0\r\n");
  EXPECT_EQ(ledger_.documents(first), (Strings{"30904465", "24807259"}));
  EXPECT_FALSE(session_.is_over());
}

TEST_F(SessionTest, TellsWhetherThePeerHasSentAValidMessage) {
  ask({"1:4:bad", "3:6", "1:10:7", "1:7:1:" + ana});
  EXPECT_FALSE(session_.has_taken_message());
  ledger_.set_fault(Fault::unavailable_at_begin);
  ask({"1:4:" + ana, "1:6"});
  EXPECT_FALSE(session_.has_taken_message());
  ledger_.set_fault(Fault::none);
  ask({"1:6"});
  EXPECT_TRUE(session_.has_taken_message());
  ask({"1:4:bad"});
  EXPECT_TRUE(session_.has_taken_message());
}

TEST_F(SessionTest, TakesAHeldQuestionForAValidMessage) {
  ask({"1:4:" + ana});
  Session other(lottery_, metrics_, "another peer", Dialect::typed);
  other.handle("1:10:1");
  EXPECT_NE(other.awaited_draw(), nullptr);
  EXPECT_TRUE(other.has_taken_message());
}

TEST_F(SessionTest, AnswersDoneWithAckAsOftenAsItComes) {
  EXPECT_EQ(ask({"1:5"}), "server:0\r\n");
  EXPECT_EQ(ask({"1:5"}), "server:0\r\n");
}

TEST_F(SessionTest, AnswersAQuestionForWinnersWithWaitUntilTheDrawAndThenWithThem) {
  EXPECT_EQ(ask({"1:6"}), "server:2\r\n");
  EXPECT_EQ(ask({"1:4:" + ana + luz, "1:5", "1:6"}), "server:0\r\nserver:0\r\nserver:2\r\n");
  EXPECT_EQ(ask({"2:4:" + ana + ana, "2:5"}), "server:0\r\nserver:0\r\n");
  EXPECT_EQ(ask({"1:6"}), "server:3:1,Ana,Elia,30904465,1999-03-17,7574\n\r\n");
  EXPECT_EQ(ask({"2:6"}),
            "server:3:2,Ana,Elia,30904465,1999-03-17,7574\n"
            "2,Ana,Elia,30904465,1999-03-17,7574\n\r\n");
}

TEST_F(SessionTest, AnswersWithoutWinnersWhereThereAreNone) {
  ASSERT_EQ(ask({"1:5", "2:5"}), "server:0\r\nserver:0\r\n");
  EXPECT_EQ(ask({"1:6"}), "server:3:\r\n");
}

TEST_F(SessionTest, AnswersAnUntypedBatchInItsOwnDialect) {
  EXPECT_EQ(ask({"1:" + ana + luz}), "server:0\n");
  EXPECT_EQ(ask({"1:" + ana + "bad\n"}), "server:1\n");
  EXPECT_EQ(ask({"99:" + ana}), "server:1\n");
  EXPECT_EQ(ask({"1:5"}), "server:0\r\n");
  EXPECT_EQ(ask({"1:" + ana}), "server:1\n");
  EXPECT_FALSE(session_.is_over());
  EXPECT_EQ(ledger_.documents(first), (Strings{"30904465", "24807259"}));
}

TEST_F(SessionTest, AnswersSeveralMessagesOfBothDialectsInTheirOrder) {
  EXPECT_EQ(ask({"1:4:" + ana, "1:" + luz, "1:6", "1:4:", "99:6", "1:5", "1:4:" + ana, "1:" + ana,
                 "2:5", "1:6"}),
            "server:0\r\n"
            "server:0\n"
            "server:2\r\n" +
                error("the batch has no bets") + error("the draw has no agency 99") +
                "server:0\r\n" + error("the books of agency 1 are closed until the draw") +
                "server:1\n"
                "server:0\r\n"
                "server:3:1,Ana,Elia,30904465,1999-03-17,7574\n\r\n");
}

TEST_F(SessionTest, StoresNothingOfABatchWithOneBadBet) {
  EXPECT_EQ(ask({"1:4:" + ana + "Luz,Paz,24807259,2001-02-30,0\n" + luz}),
            error("bet 2: birthdate '2001-02-30' is not a date (YYYY-MM-DD)"));
  EXPECT_EQ(ledger_.draws(), 0U);
}

TEST_F(SessionTest, RefusesANumberedBatchWithoutAResumeOfItsAgency) {
  const std::string no_resume =
      error("a numbered batch belongs to an upload: send RESUME with it first");
  EXPECT_EQ(ask({"1:7:1:" + ana}), no_resume);
  EXPECT_EQ(ask({"2:8:" + upload_a}), resume_point("1:open:0:0", ""));
  EXPECT_EQ(ask({"1:7:1:" + ana, "2:7:1:" + luz}), no_resume + "server:0\r\n");
  EXPECT_EQ(ask({"1:8:" + upload_a, "1:7:1:" + ana}),
            resume_point("1:open:0:0", "") + "server:0\r\n");
  EXPECT_EQ(ledger_.documents(first), (Strings{"24807259", "30904465"}));
}

TEST_F(SessionTest, TakesBatchesForTheUploadOfTheLastResume) {
  EXPECT_EQ(ask({"1:8:" + upload_a, "1:7:1:" + ana, "1:8:" + upload_b, "1:7:1:" + ana,
                 "1:8:" + upload_a, "1:7:1:" + ana}),
            resume_point("1:open:0:0", "") + "server:0\r\n" + resume_point("1:open:1:1", ana) +
                error("batch 1 is stored already, by another upload") +
                resume_point("1:open:1:1", ana) + "server:0\r\n");
  EXPECT_EQ(ledger_.documents(first), (Strings{"30904465"}));
}

TEST_F(SessionTest, RecognisesARepeatOnAnotherConnectionAndAcrossTheDraw) {
  ask({"1:8:" + upload_a, "1:7:1:" + ana, "1:5", "2:5"});
  Session other(lottery_, metrics_, "another peer", Dialect::typed);
  for (const std::string& message : Strings{"1:8:" + upload_a, "1:7:1:" + ana, "1:7:2:" + luz,
                                            done_with("1", ana), done_with("1", luz)}) {
    other.handle(message);
  }
  const std::string answers = other.flush();
  const std::string expected = resume_point("1:drawn:1:1", ana) + "server:0\r\n" +
                               error("draw 1 has been drawn") + "server:0\r\n" +
                               "server:1:the books of agency 1 do not balance: ";
  EXPECT_TRUE(answers.starts_with(expected)) << answers;
  EXPECT_EQ(ledger_.draws(), 1U);
}

TEST_F(SessionTest, AsksForAPauseOnceAPeerHasSentManyMessagesThatStoreNothing) {
  using std::chrono::milliseconds;
  const std::vector<std::string> questions{"1:8:" + upload_a, "1:6"};
  const auto ask_questions = [&](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) ask({questions[i % questions.size()]});
  };
  ask_questions(10);
  EXPECT_EQ(session_.pause(), milliseconds(0));
  ask_questions(5);
  EXPECT_EQ(session_.pause(), milliseconds(5));
  ask({"no message"});
  EXPECT_EQ(session_.pause(), milliseconds(5)) << "ERRORs have a limit of their own";
  ask_questions(200);
  EXPECT_EQ(session_.pause(), milliseconds(100));
  ask({"1:4:" + ana});
  EXPECT_EQ(session_.pause(), milliseconds(0));
  ask_questions(11);
  EXPECT_EQ(session_.pause(), milliseconds(1)) << "counted anew";
}

TEST_F(SessionTest, TakesADoneWithBooksForTheDrawOfTheResumePoint) {
  ask({"1:8:" + upload_a});
  close_elsewhere(one);
  close_elsewhere(two);
  EXPECT_EQ(ask({done_with("1", "")}), "server:0\r\n");
  EXPECT_EQ(ledger_.draws(), 1U);
  EXPECT_EQ(ask({"1:5"}), "server:0\r\n");
  EXPECT_EQ(ledger_.draws(), 2U) << "without books it is for the open draw";
}

TEST_F(SessionTest, RefusesWhatIsInTransitBehindABatchThatAnotherClientHasStored) {
  Session other(lottery_, metrics_, "another peer", Dialect::typed);
  other.handle("1:8:" + upload_b);
  handle({"1:8:" + upload_a});
  other.handle("1:7:1:" + ana);
  other.flush();
  session_.flush();
  EXPECT_EQ(ask({"1:7:1:" + ana, "1:7:2:" + luz, "1:7:3:" + luz}),
            error("batch 1 is stored already, by another upload") + refused_before("batch 1") +
                refused_before("batch 1"));
  EXPECT_EQ(ledger_.documents(first), (Strings{"30904465"}));
  EXPECT_EQ(ask({"1:8:" + upload_a}), resume_point("1:open:1:1", ana));
  EXPECT_EQ(ask({"1:7:2:" + luz}), "server:0\r\n");
}

TEST_F(SessionTest, RefusesWhatIsInTransitBehindABatchThatWasRefusedForAnyReason) {
  handle({"1:8:" + upload_a, "1:7:1:bad\n"});
  Session other(lottery_, metrics_, "another peer", Dialect::typed);
  other.handle("1:8:" + upload_b);
  other.handle("1:7:1:" + ana);
  other.flush();
  handle({"1:7:2:" + luz});
  session_.flush();
  EXPECT_EQ(ledger_.documents(first), (Strings{"30904465"}));
}

TEST_F(SessionTest, SaysBusyBehindABatchThatWasRefusedAsBusy) {
  handle({"1:8:" + upload_a});
  session_.flush();
  ledger_.set_fault(Fault::unavailable_at_commit);
  EXPECT_EQ(ask({"1:7:1:" + ana}), error(busy(MemoryLedger::unavailable_reason)));
  ledger_.set_fault(Fault::none);
  EXPECT_EQ(ask({"1:7:2:" + luz, "1:7:3:" + luz}),
            refused_before("busy: batch 1") + refused_before("busy: batch 1"));
  EXPECT_EQ(ledger_.draws(), 0U);
  EXPECT_EQ(ask({"1:7:1:bad\n", "1:7:2:" + luz}),
            error("bet 1: has 1 field, not 5: 'bad'") + refused_before("batch 1"))
      << "as the last answer for that number says";
  EXPECT_EQ(ask({"1:7:1:" + ana, "1:7:2:" + luz}), "server:0\r\nserver:0\r\n");
}

TEST_F(SessionTest, DependsOnTheNextResumeOnceOneWasRefused) {
  handle({"1:8:" + upload_a, "1:7:1:" + ana});
  session_.flush();
  ledger_.set_fault(Fault::unavailable_at_begin);
  handle({"1:8:" + upload_b});
  ledger_.set_fault(Fault::none);
  const std::string again = error("busy: RESUME was refused before: send it again");
  EXPECT_EQ(ask({"1:7:2:" + luz, done_with("1", ana)}),
            error(busy(MemoryLedger::unavailable_reason)) + again + again);
  EXPECT_EQ(ask({"1:4:" + luz, "1:8:" + upload_b, "1:7:3:" + luz}),
            "server:0\r\n" + resume_point("1:open:2:2", ana + luz) + "server:0\r\n");
}

TEST_F(SessionTest, KnowsOfEachAgencyWhatWasRefused) {
  handle({"1:8:" + upload_a, "2:8:" + upload_a});
  session_.flush();
  EXPECT_EQ(ask({"1:7:1:bad\n", "2:7:1:" + luz, "1:7:2:" + luz, "2:7:2:" + luz}),
            error("bet 1: has 1 field, not 5: 'bad'") + "server:0\r\n" + refused_before("batch 1") +
                "server:0\r\n");
}

TEST_F(SessionTest, GoesOnOnceABatchThatWasRefusedIsStored) {
  EXPECT_EQ(ask({"1:8:" + upload_a}), resume_point("1:open:0:0", ""));
  EXPECT_EQ(ask({"1:7:3:" + ana, "1:7:1:" + ana, "1:7:2:" + ana}),
            error("batch 3 is past the next one, 1") + "server:0\r\nserver:0\r\n");
  EXPECT_EQ(ask({"1:7:4:" + luz, "1:7:3:" + luz, "1:7:4:" + luz}),
            refused_before("batch 3") + "server:0\r\nserver:0\r\n");
}

TEST_F(SessionTest, GoesOnOnceARefusedRepeatIsSentAsItIsStored) {
  EXPECT_EQ(ask({"1:8:" + upload_a}), resume_point("1:open:0:0", ""));
  EXPECT_EQ(ask({"1:7:1:" + ana, "1:7:1:" + luz, "1:7:2:" + luz, "1:7:1:" + ana, "1:7:2:" + luz}),
            "server:0\r\n" + error("batch 1 is stored already, with other bets") +
                refused_before("batch 1") + "server:0\r\nserver:0\r\n");
}

TEST_F(SessionTest, TellsManyWinnersInPartsThatItMakesWhenTheyAreAskedFor) {
  constexpr std::size_t batch = 500;
  constexpr std::size_t batches = 10;
  std::string bets;
  std::string winners;
  for (std::size_t i = 0; i < batch; ++i) {
    bets += ana;
    winners += "1," + ana;
  }
  std::string expected = "server:3:";
  for (std::size_t i = 0; i < batches; ++i) {
    ask({"1:4:" + bets});
    expected += winners;
  }
  ask({"1:5", "2:5"});

  handle({"1:6"});
  EXPECT_TRUE(session_.is_full()) << "or answers to many questions would wait together";
  handle({"1:5"});
  std::string told;
  std::size_t largest_part = 0;
  while (!session_.is_flushed()) {
    const std::string part = session_.flush();
    largest_part = std::max(largest_part, part.size());
    told += part;
  }
  EXPECT_EQ(told, expected + "\r\n" + "server:0\r\n");
  EXPECT_LT(largest_part, 100'000U);
}

TEST_F(SessionTest, IsBusyIfItCannotReadTheFirstWinnersAndEndsIfItCannotReadTheRest) {
  std::string bets;
  for (int i = 0; i < 2500; ++i) bets += ana;
  ask({"1:4:" + bets, "1:5", "2:5"});
  handle({"1:6"});
  ledger_.set_fault(Fault::unavailable_at_begin);
  EXPECT_EQ(session_.flush(), error(busy("the disk is full")));
  ledger_.set_fault(Fault::none);
  handle({"1:6"});
  EXPECT_TRUE(session_.flush().starts_with("server:3:1,Ana"));
  ASSERT_FALSE(session_.is_flushed());
  ledger_.set_fault(Fault::unavailable_at_begin);
  EXPECT_THROW(session_.flush(), LedgerUnavailable);
}

TEST_F(SessionTest, TellsAnUploadThatBeginsIfNothingCanBeStored) {
  ask({"1:8:" + upload_a, "1:7:1:" + ana});
  ledger_.set_fault(Fault::unavailable_at_commit);
  EXPECT_EQ(ask({"1:8:" + upload_b}), error(busy("the disk is full")));
  EXPECT_EQ(ask({"9:8:" + upload_b}), error(busy("the disk is full"))) << "of any agency";
  EXPECT_EQ(ask({"1:8:" + upload_a}), resume_point("1:open:1:1", ana)) << "it has begun before";
  EXPECT_EQ(ask({"1:6"}), "server:2\r\n");
  ledger_.set_fault(Fault::none);
  EXPECT_EQ(ask({"1:8:" + upload_b}), resume_point("1:open:1:1", ana));
}

TEST_F(SessionTest, SumsUpRepeatsOfOneComplaintInTheLog) {
  {
    Session other(lottery_, metrics_, "another peer", Dialect::typed);
    for (int i = 0; i < 50; ++i) {
      other.handle("9:4:" + ana);
      other.handle("1:4:bad");
      other.handle("1:6");  // ends the row of errors
      other.flush();
    }
    EXPECT_FALSE(other.is_over());
  }
  const std::string unknown =
      "action: apuesta_recibida | result: fail | agencia: 9 | cantidad: 1 | error: the draw has no "
      "agency 9";
  const std::string bad =
      "action: apuesta_recibida | result: fail | agencia: 1 | cantidad: 1 | error: bet 1: has 1 "
      "field, not 5: 'bad'";
  EXPECT_EQ(log_->lines, (Strings{unknown, bad, unknown + " | repeats: 10", bad + " | repeats: 10",
                                  unknown + " | repeats: 49", bad + " | repeats: 49"}));
}

TEST_F(SessionTest, HoldsTheAnswerToAwaitWinnersUntilTheDraw) {
  ask({"1:4:" + ana});
  session_.handle("1:10:1");
  ASSERT_NE(session_.awaited_draw(), nullptr);
  EXPECT_EQ(session_.flush(), "");
  close_elsewhere(one);
  EXPECT_FALSE(is_readable(session_.awaited_draw()->descriptor()));
  close_elsewhere(two);
  EXPECT_TRUE(is_readable(session_.awaited_draw()->descriptor()));
  session_.draw_happened();
  EXPECT_EQ(session_.awaited_draw(), nullptr);
  EXPECT_EQ(session_.flush(), "server:3:1," + ana + "\r\n");
  EXPECT_TRUE(ledger_.is_synced());
}

TEST_F(SessionTest, WakesThoseWhoWaitForADrawOnceItIsWrittenToTheLog) {
  ask({"1:4:" + ana, "1:5"});
  session_.handle("1:10:1");
  ASSERT_NE(session_.awaited_draw(), nullptr);
  Session last(lottery_, metrics_, "another peer", Dialect::typed);
  last.handle("2:5");
  EXPECT_TRUE(last.is_full()) << "the draw can be seen, so this must not wait for more messages";
  EXPECT_EQ(log_->waited_for, Strings{});
  EXPECT_FALSE(is_readable(session_.awaited_draw()->descriptor()));
  EXPECT_EQ(last.flush(), "server:0\r\n");
  EXPECT_EQ(log_->waited_for, Strings{"action: sorteo | result: success | draw: 1 | ganadores: 1"});
  EXPECT_TRUE(is_readable(session_.awaited_draw()->descriptor()));
}

TEST_F(SessionTest, GivesADrawThatAnotherSessionIsAboutToLogSomeTimeBeforeItAnswers) {
  ask({"1:5"});
  Session last(lottery_, metrics_, "another peer", Dialect::typed);
  last.handle("2:5");
  const auto began_at = std::chrono::steady_clock::now();
  EXPECT_EQ(ask({"1:8:" + upload_a}), resume_point("1:drawn:0:0", ""));
  EXPECT_GE(std::chrono::steady_clock::now() - began_at, DrawAnnouncement::wait_max);
}

TEST_F(SessionTest, MissesNoDrawThatHappensWhileItAsksForIt) {
  ask({"1:4:" + ana});
  ledger_.during_next_read([&] {
    close_elsewhere(one);
    close_elsewhere(two);
  });
  session_.handle("1:10:1");
  ASSERT_NE(session_.awaited_draw(), nullptr);
  EXPECT_TRUE(is_readable(session_.awaited_draw()->descriptor()));
  session_.draw_happened();
  EXPECT_EQ(session_.flush(), "server:3:1," + ana + "\r\n");
}

TEST_F(SessionTest, SaysThatItIsBusyIfNoDescriptorIsLeftToWaitWith) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "UndefinedBehaviorSanitizer, which is built in with AddressSanitizer, needs "
                  "descriptors to look at the exception";
#endif
  ask({"1:4:" + ana});
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  session_.handle("1:10:1");
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(session_.awaited_draw(), nullptr);
  EXPECT_TRUE(session_.flush().starts_with("server:1:busy: no descriptor to wait for an event"));
  EXPECT_FALSE(session_.is_over());
}

TEST_F(SessionTest, GoesOnAwaitingIfTheDrawThatHappenedIsAnother) {
  ask({"1:4:" + ana});
  session_.handle("1:10:1");
  session_.draw_happened();  // not this one
  ASSERT_NE(session_.awaited_draw(), nullptr);
  EXPECT_FALSE(is_readable(session_.awaited_draw()->descriptor()));
  session_.stop_awaiting();
  EXPECT_EQ(session_.awaited_draw(), nullptr);
  EXPECT_EQ(ask({"1:6"}), "server:2\r\nserver:2\r\n");
}

TEST_F(SessionTest, AnswersAwaitWinnersAtOnceIfTheDrawHasHappenedOrCanNotHappen) {
  EXPECT_EQ(ask({"1:10:1"}), error("there is no draw 1"));
  ask({"1:4:" + ana, "1:5", "2:5", "1:4:" + luz});
  EXPECT_EQ(ask({"1:10:1", "2:10:1", "99:10:1", "1:10:3"}),
            "server:3:1," + ana + "\r\nserver:3:\r\n" + error("draw 1 has no agency 99") +
                error("there is no draw 3"));
  EXPECT_EQ(session_.awaited_draw(), nullptr);
}

TEST_F(SessionTest, IsOverAtTheHundredthErrorInARow) {
  for (int i = 1; i < 100; ++i) {
    EXPECT_TRUE(ask({"1:4:bad\n"}).starts_with("server:1:"));
    ASSERT_FALSE(session_.is_over()) << i;
  }
  EXPECT_EQ(ask({"1:6"}), "server:2\r\n") << "an answer that is no ERROR ends the row";
  for (int i = 1; i < 100; ++i) {
    ask({"1:4:bad\n"});
    ASSERT_FALSE(session_.is_over()) << i;
    ledger_.set_fault(Fault::unavailable_at_begin);
    EXPECT_TRUE(ask({"1:5"}).starts_with("server:1:busy: ")) << "neither counted nor an end";
    ledger_.set_fault(Fault::none);
  }
  EXPECT_NE(ask({"1:bad,\n"}), "") << "the older dialects count, too";
  EXPECT_TRUE(session_.is_over());
}

TEST_F(SessionTest, DoesNotCountBusyErrors) {
  ledger_.set_fault(Fault::unavailable_at_begin);
  for (int i = 0; i < 1000; ++i) ask({"1:4:" + ana, "1:" + ana});
  EXPECT_FALSE(session_.is_over());
}

TEST_F(SessionTest, GoesOnAfterAMessageThatOnlySaidSomethingWrong) {
  for (const std::string& message :
       Strings{"1:4:bad\n", "1:4", "99:4:" + ana, "01:5", "99:6", "1:6:x"}) {
    EXPECT_TRUE(ask({message}).starts_with("server:1:")) << message;
    EXPECT_FALSE(session_.is_over()) << message;
  }
  EXPECT_EQ(ask({"1:4:" + ana}), "server:0\r\n");
}

TEST_F(SessionTest, IsOverAfterAMessageThatLeavesInDoubtWhetherThisPeerSpeaksTheProtocol) {
  for (const std::string message : {"", "hello", "x:5", "1:3", "1:", "1:4:\xFF"}) {
    Session session(lottery_, metrics_, "a peer", Dialect::typed);
    session.handle(message);
    EXPECT_TRUE(session.is_over()) << message;
    const std::string answer = session.flush();
    EXPECT_TRUE(answer.starts_with("server:1:")) << message;
    EXPECT_TRUE(answer.ends_with("\r\n")) << message;
  }
}

TEST_F(SessionTest, AnswersWhatCameBeforeItWasOver) {
  EXPECT_EQ(ask({"1:4:" + ana, "hello"}),
            "server:0\r\n" + error("no colon in the message 'hello'"));
  EXPECT_TRUE(session_.is_over());
  EXPECT_EQ(ledger_.documents(first), (Strings{"30904465"}));
}

TEST_F(SessionTest, RefusesWhatIsNoMessageAtAllAndIsOver) {
  session_.handle("1:5");
  session_.refuse("the message is\r\ntoo long");
  EXPECT_TRUE(session_.is_over());
  EXPECT_EQ(session_.flush(), "server:0\r\n" + error("the message is\\x0D\\x0Atoo long"));
}

TEST_F(SessionTest, SaysNothingAndSyncsNothingWhereNothingWasAsked) {
  EXPECT_EQ(session_.flush(), "");
  EXPECT_EQ(ledger_.syncs(), 0);
  ask({"1:5"});
  EXPECT_EQ(session_.flush(), "");
  EXPECT_EQ(ledger_.syncs(), 1);
}

TEST_F(SessionTest, SyncsBeforeItReturnsAnAnswer) {
  for (const std::string& message : Strings{"1:4:" + ana, "1:" + ana, "1:5"}) {
    const int syncs_before = ledger_.syncs();
    session_.handle(message);
    ASSERT_FALSE(ledger_.is_synced()) << message;
    ASSERT_EQ(ledger_.syncs(), syncs_before) << message;
    EXPECT_NE(session_.flush(), "") << message;
    EXPECT_TRUE(ledger_.is_synced()) << message;
  }
}

TEST_F(SessionTest, SyncsOnceForAllThatWasHandledTogether) {
  ask({"1:4:" + ana, "1:4:" + luz, "2:4:" + ana, "1:5"});
  EXPECT_EQ(ledger_.syncs(), 1);
}

TEST_F(SessionTest, SyncsAlsoWhatItOnlySaw) {
  // The answer reveals another connection's commit, which a power loss could still undo.
  close_elsewhere(one);
  close_elsewhere(two);
  ASSERT_FALSE(ledger_.is_synced());
  EXPECT_EQ(ask({"1:6"}), "server:3:\r\n");
  EXPECT_TRUE(ledger_.is_synced());
}

TEST_F(SessionTest, AnswersNothingAndIsOverIfTheSyncFails) {
  handle({"1:4:" + ana, "1:" + luz, "1:6", "1:4:bad\n", "1:5"});
  ledger_.set_fault(Fault::failed_at_sync);
  EXPECT_EQ(session_.flush(), "");
  EXPECT_TRUE(session_.is_over());
  EXPECT_EQ(session_.flush(), "");
}

TEST_F(SessionTest, AnswersNothingAndIsOverAtTheFirstMessageOnceTheLedgerHasFailed) {
  ledger_.set_fault(Fault::failed_at_sync);
  EXPECT_THROW(ledger_.sync(), LedgerFailed);
  for (const std::string& message :
       Strings{"1:4:" + ana, "1:" + ana, "1:5", "1:6", "1:8:" + upload_a, "1:10:1"}) {
    Session session(lottery_, metrics_, "a peer", Dialect::typed);
    session.handle(message);
    EXPECT_TRUE(session.is_over()) << message;
    EXPECT_EQ(session.flush(), "") << message;
  }
}

TEST_F(SessionTest, DropsWhatItHasNotAnsweredYetOnceTheLedgerHasFailed) {
  handle({"1:4:bad\n", "1:4:" + ana});
  ledger_.set_fault(Fault::failed_at_sync);
  EXPECT_THROW(ledger_.sync(), LedgerFailed);
  handle({"1:4:" + luz});
  EXPECT_TRUE(session_.is_over());
  EXPECT_EQ(session_.flush(), "");
}

TEST_F(SessionTest, AnswersNothingAndIsOverIfItIsNotKnownWhatIsStored) {
  EXPECT_EQ(ask({"1:4:" + ana}), "server:0\r\n");
  ledger_.set_fault(MemoryLedger::Fault::unknown_at_commit);
  EXPECT_EQ(ask({"1:4:" + luz}), "");
  EXPECT_TRUE(session_.is_over());
  ledger_.set_fault(MemoryLedger::Fault::none);
  // The ledger still works, and so do other sessions.
  Session other(lottery_, metrics_, "another peer", Dialect::typed);
  other.handle("2:4:" + ana);
  EXPECT_EQ(other.flush(), "server:0\r\n");
}

TEST_F(SessionTest, AwaitsNothingOnceTheLedgerHasFailed) {
  handle({"1:4:" + ana, "1:10:1"});
  ASSERT_NE(session_.awaited_draw(), nullptr);
  ledger_.set_fault(Fault::failed_at_sync);
  EXPECT_EQ(session_.flush(), "");
  EXPECT_EQ(session_.awaited_draw(), nullptr);
  EXPECT_TRUE(session_.is_over());
}

TEST_F(SessionTest, SaysThatItIsBusyAndGoesOnIfTheLedgerIsUnavailable) {
  const std::string unavailable = error(busy(MemoryLedger::unavailable_reason));
  ledger_.set_fault(Fault::unavailable_at_begin);
  EXPECT_EQ(ask({"1:4:" + ana, "1:" + ana, "1:5", "1:6"}),
            unavailable + "server:1\n" + unavailable + unavailable);
  ledger_.set_fault(Fault::unavailable_at_commit);
  EXPECT_EQ(ask({"1:4:" + ana, "1:" + ana, "1:5"}), unavailable + "server:1\n" + unavailable);
  EXPECT_FALSE(session_.is_over());
  ledger_.set_fault(Fault::none);
  EXPECT_EQ(ask({"1:4:" + ana}), "server:0\r\n");
  EXPECT_EQ(ledger_.documents(first), (Strings{"30904465"}));
}

TEST_F(SessionTest, SaysOnOneShortLineWhateverTheLedgerThrows) {
  class WordyLedger : public MemoryLedger {
   public:
    void write(AgencyId /*agency*/,
               const std::function<void(WriteTransaction&)>& /*work*/) override {
      throw LedgerUnavailable("the disk\r\nis full, " + std::string(1000, 'x'));
    }
  };
  WordyLedger ledger;
  Lottery lottery(ledger, {.agencies = {one}, .winning_number = 7574});
  ConnectionMetrics metrics;
  Session session(lottery, metrics, "a peer", Dialect::typed);
  for (const std::string& message : Strings{"1:4:" + ana, "1:5"}) {
    session.handle(message);
    const std::string answer = session.flush();
    EXPECT_TRUE(answer.starts_with("server:1:busy: the disk\\x0D\\x0Ais full, xxx")) << answer;
    EXPECT_EQ(answer.find('\n'), answer.size() - 1) << answer;
    EXPECT_LE(answer.size(), std::string_view("server:1:\r\n").size() + reason_bytes_max);
  }
}

TEST_F(SessionTest, SaysWhenSoMuchWaitsThatItShouldBeSettled) {
  EXPECT_FALSE(session_.is_full());
  std::size_t messages = 0;
  while (!session_.is_full() && messages < 100'000) {
    session_.handle("1:6");
    ++messages;
  }
  ASSERT_TRUE(session_.is_full());
  EXPECT_EQ(session_.flush().size(), messages * std::string_view("server:2\r\n").size());
  EXPECT_FALSE(session_.is_full());
}

TEST_F(SessionTest, LogsWhatItStoredOnceThatIsDurable) {
  handle({"1:4:" + ana + luz, "1:" + luz});
  EXPECT_EQ(log_->lines, Strings{});
  session_.flush();
  EXPECT_EQ(log_->lines,
            (Strings{
                "action: apuesta_recibida | result: success | agencia: 1 | cantidad: 2",
                "action: apuesta_recibida | result: success | agencia: 1 | cantidad: 1",
                "action: apuesta_almacenada | result: success | dni: 24807259 | "
                "numero: 0",
            }));
}

TEST_F(SessionTest, LogsTheDraw) {
  ask({"1:4:" + ana + ana, "1:5", "2:5"});
  EXPECT_EQ(log_->lines.back(), "action: sorteo | result: success | draw: 1 | ganadores: 2");
}

TEST_F(SessionTest, LogsARefusedBatchWithItsSize) {
  ask({"1:4:" + ana + "bad\n"});
  ask({"99:4:" + ana + luz});
  EXPECT_EQ(log_->lines,
            (Strings{
                "action: apuesta_recibida | result: fail | agencia: 1 | cantidad: 2 | "
                "error: bet 2: has 1 field, not 5: 'bad'",
                "action: apuesta_recibida | result: fail | agencia: 99 | cantidad: 2 | "
                "error: the draw has no agency 99",
            }));
}

TEST_F(SessionTest, LogsABatchAsRefusedWhereTheSyncFails) {
  handle({"1:4:" + ana + luz});
  ledger_.set_fault(Fault::failed_at_sync);
  session_.flush();
  EXPECT_EQ(log_->lines,
            (Strings{"action: apuesta_recibida | result: fail | agencia: 1 | cantidad: 2 | "
                     "error: a sync has failed"}));
}

TEST_F(SessionTest, LogsOnePrintableLineForWhateverAPeerSends) {
  ask({"\r\nfaked\x1B[31m\xFF"});
  ask({"1:4:a\nb\x07\n"});
  ASSERT_EQ(log_->lines.size(), 2U);
  for (const std::string& line : log_->lines) {
    EXPECT_TRUE(is_utf8(line));
    EXPECT_FALSE(has_control_character(line)) << line;
  }
}

}  // namespace
}  // namespace lottery::test
