#include "service/connections/session.h"

#include <Poco/Channel.h>
#include <Poco/Message.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "program/log.h"
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
const std::string luz = "Luz,Paz,24807259,2001-02-03,0\n";

/// Keeps what is logged.
class KeptLines : public Poco::Channel {
 public:
  void log(const Poco::Message& message) override { lines.push_back(message.getText()); }

  Strings lines;
};

/// One session of agencies 1 and 2 with a service over a ledger in memory.
class SessionTest : public testing::Test {
 protected:
  SessionTest() { log().setChannel(log_); }
  ~SessionTest() override { log().setChannel(nullptr); }

  void handle(const Strings& messages) {
    for (const std::string& message : messages) session_.handle(message);
  }

  /// The answers to these messages, handled together.
  std::string ask(const Strings& messages) {
    handle(messages);
    return session_.flush();
  }

  /// An ERROR of the typed dialect.
  static std::string error(const std::string& reason) { return "server:1:" + reason + "\r\n"; }

  Poco::AutoPtr<KeptLines> log_{new KeptLines};
  MemoryLedger ledger_;
  Lottery lottery_{ledger_, {.agencies = {one, two}, .winning_number = 7574}};
  Session session_{lottery_, ledger_, "a peer", Dialect::typed};
};

TEST_F(SessionTest, AnswersBetsWithAck) {
  EXPECT_EQ(ask({"1:4:" + ana + luz}), "server:0\r\n");
  EXPECT_EQ(ledger_.documents(first), (Strings{"30904465", "24807259"}));
  EXPECT_FALSE(session_.is_over());
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

TEST_F(SessionTest, RefusesWhatIsOnItsWayBehindABatchThatAnotherClientHasStoredOtherwise) {
  Session other(lottery_, ledger_, "another peer", Dialect::typed);
  other.handle("1:8");
  handle({"1:8"});
  other.handle("1:7:1:" + ana);
  other.flush();
  session_.flush();
  EXPECT_EQ(ask({"1:7:1:" + luz, "1:7:2:" + luz, "1:7:3:" + luz}),
            error("batch 1 is stored already, with other bets") +
                error("batch 1 was refused before: send it again, or ask RESUME") +
                error("batch 1 was refused before: send it again, or ask RESUME"));
  EXPECT_EQ(ledger_.documents(first), (Strings{"30904465"}));
  EXPECT_TRUE(ask({"1:8"}).starts_with("server:9:1:open:1:1:"));
  EXPECT_EQ(ask({"1:7:2:" + luz}), "server:0\r\n");
}

TEST_F(SessionTest, RefusesWhatIsOnItsWayBehindABatchThatWasRefusedForAnyReason) {
  Session other(lottery_, ledger_, "another peer", Dialect::typed);
  other.handle("1:8");
  handle({"1:8"});
  ledger_.set_fault(MemoryLedger::Fault::unavailable_at_commit);
  handle({"1:7:1:" + luz});
  ledger_.set_fault(MemoryLedger::Fault::none);
  other.handle("1:7:1:" + ana);
  other.flush();
  handle({"1:7:2:" + luz});
  session_.flush();
  EXPECT_EQ(ledger_.documents(first), (Strings{"30904465"}));

  handle({"1:8", "1:7:2:bad\n"});
  other.handle("1:7:2:" + ana);
  other.flush();
  handle({"1:7:3:" + luz});
  session_.flush();
  EXPECT_EQ(ledger_.documents(first), (Strings{"30904465", "30904465"}));
}

TEST_F(SessionTest, KnowsOfEachAgencyWhatWasRefused) {
  Session other(lottery_, ledger_, "another peer", Dialect::typed);
  handle({"1:8", "2:8"});
  other.handle("1:7:1:" + ana);
  other.flush();
  session_.flush();
  EXPECT_EQ(ask({"1:7:1:" + luz, "2:7:1:" + luz, "1:7:2:" + luz, "2:7:2:" + luz}),
            error("batch 1 is stored already, with other bets") + "server:0\r\n" +
                error("batch 1 was refused before: send it again, or ask RESUME") + "server:0\r\n");
}

TEST_F(SessionTest, GoesOnOnceABatchThatWasRefusedIsStored) {
  EXPECT_TRUE(ask({"1:8"}).starts_with("server:9:1:open:0:0:"));
  EXPECT_EQ(ask({"1:7:3:" + ana, "1:7:1:" + ana, "1:7:2:" + ana}),
            error("batch 3 is past the next one, 1") + "server:0\r\nserver:0\r\n");
  EXPECT_EQ(ask({"1:7:4:" + luz, "1:7:3:" + luz, "1:7:4:" + luz}),
            error("batch 3 was refused before: send it again, or ask RESUME") +
                "server:0\r\nserver:0\r\n");
}

TEST_F(SessionTest, GoesOnBehindABatchOfItsOwnThatWasRepeatedOtherwise) {
  EXPECT_TRUE(ask({"1:8"}).starts_with("server:9:1:open:0:0:"));
  EXPECT_EQ(ask({"1:7:1:" + ana, "1:7:1:" + luz, "1:7:2:" + luz}),
            "server:0\r\n" + error("batch 1 is stored already, with other bets") + "server:0\r\n");
}

TEST_F(SessionTest, GoesOnBehindABatchThatAnotherClientHasStoredWithTheSameBets) {
  Session other(lottery_, ledger_, "another peer", Dialect::typed);
  handle({"1:8"});
  other.handle("1:7:1:" + ana);
  session_.flush();
  EXPECT_EQ(ask({"1:7:1:" + ana, "1:7:2:" + luz}), "server:0\r\nserver:0\r\n");
  EXPECT_EQ(ledger_.documents(first), (Strings{"30904465", "24807259"}));
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
    Session session(lottery_, ledger_, "a peer", Dialect::typed);
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
  // Somebody else's commit, which a loss of power could still undo, is told here.
  ASSERT_TRUE(std::holds_alternative<BooksClosed>(lottery_.close_books(one)));
  ASSERT_TRUE(std::holds_alternative<BooksClosed>(lottery_.close_books(two)));
  ASSERT_FALSE(ledger_.is_synced());
  EXPECT_EQ(ask({"1:6"}), "server:3:\r\n");
  EXPECT_TRUE(ledger_.is_synced());
}

TEST_F(SessionTest, TurnsEveryAnswerIntoAnErrorOfItsDialectWhereTheSyncFails) {
  handle({"1:4:" + ana, "1:" + luz, "1:6", "1:4:bad\n", "1:5"});
  ledger_.set_fault(Fault::failed_at_sync);
  const std::string failed = error(MemoryLedger::failed_reason);
  EXPECT_EQ(session_.flush(), failed + "server:1\n" + failed + failed + failed);
  EXPECT_TRUE(session_.is_over());
}

TEST_F(SessionTest, IsOverAtTheFirstMessageOnceTheLedgerHasFailed) {
  ledger_.set_fault(Fault::failed_at_sync);
  EXPECT_THROW(ledger_.sync(), LedgerFailed);
  for (const std::string& message : Strings{"1:4:" + ana, "1:5", "1:6"}) {
    Session session(lottery_, ledger_, "a peer", Dialect::typed);
    session.handle(message);
    EXPECT_TRUE(session.is_over()) << message;
    EXPECT_EQ(session.flush(), error(MemoryLedger::failed_reason)) << message;
  }
  Session untyped(lottery_, ledger_, "a peer", Dialect::typed);
  untyped.handle("1:" + ana);
  EXPECT_TRUE(untyped.is_over());
  EXPECT_EQ(untyped.flush(), "server:1\n");
}

TEST_F(SessionTest, SaysErrorAndGoesOnWhereTheLedgerIsUnavailable) {
  const std::string unavailable = error(MemoryLedger::unavailable_reason);
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
    void write(const std::function<void(WriteTransaction&)>& /*work*/) override {
      throw LedgerUnavailable("the disk\r\nis full, " + std::string(1000, 'x'));
    }
  };
  WordyLedger ledger;
  Lottery lottery(ledger, {.agencies = {one}, .winning_number = 7574});
  Session session(lottery, ledger, "a peer", Dialect::typed);
  for (const std::string& message : Strings{"1:4:" + ana, "1:5"}) {
    session.handle(message);
    const std::string answer = session.flush();
    EXPECT_TRUE(answer.starts_with("server:1:the disk\\x0D\\x0Ais full, xxx")) << answer;
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
