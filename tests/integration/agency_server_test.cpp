#include "service/connections/agency_server.h"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/peer.h"
#include "tests/support/running_service.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/wait_until.h"

namespace lottery::test {
namespace {

using std::chrono::seconds;
using std::chrono::steady_clock;

const std::string bet = "Ana,D'Elia,30904465,1999-03-17,7574\n";
const std::string ack = "server:0\r\n";
const std::string wait_for_draw = "server:2\r\n";

class AgencyServerTest : public testing::Test {
 protected:
  void start(ServerLimits limits = {}) {
    service_ = std::make_unique<RunningService>(
        folder_ / "bets.db", DrawTerms{.agencies = agencies({1, 2}), .winning_number = 7574},
        limits);
  }

  std::uint16_t port() const { return service_->port(); }

  TemporaryFolder folder_;
  std::unique_ptr<RunningService> service_;
};

TEST_F(AgencyServerTest, PlaysAWholeDrawOverOneConnection) {
  start();
  Peer peer(port());
  EXPECT_EQ(peer.ask("1:6\r\n"), wait_for_draw);
  EXPECT_EQ(peer.ask("1:4:" + bet + bet + "\r\n"), ack);
  EXPECT_EQ(peer.ask("1:5\r\n"), ack);
  EXPECT_EQ(peer.ask("1:6\r\n"), wait_for_draw);
  EXPECT_EQ(peer.ask("2:5\r\n"), ack);
  EXPECT_EQ(peer.ask("1:6\r\n"), "server:3:1," + bet + "1," + bet + "\r\n");
  EXPECT_EQ(peer.ask("2:6\r\n"), "server:3:\r\n");
}

TEST_F(AgencyServerTest, AnswersTheUntypedDialectInItsOwnWay) {
  start();
  Peer peer(port());
  EXPECT_EQ(peer.ask("1:" + bet + "\r\n", "\n"), "server:0\n");
  EXPECT_EQ(peer.ask("1:Ana,D'Elia,30904465,1999-02-30,1\n\r\n", "\n"), "server:1\n");
  EXPECT_EQ(peer.ask("9:" + bet + "\r\n", "\n"), "server:1\n");
  EXPECT_EQ(peer.ask("1:5\r\n"), ack);
}

TEST_F(AgencyServerTest, TakesOneBetAMessageOnAPortOfItsOwn) {
  start();
  Peer peer(service_->single_bet_port());
  EXPECT_EQ(peer.ask("1:" + bet, "\n"), "server:0\n");
  EXPECT_EQ(peer.ask("2:" + bet, "\n"), "server:0\n");
  EXPECT_EQ(peer.ask("1:Ana,D'Elia,1,1999-02-30,7574\n", "\n"), "server:1\n");
  EXPECT_EQ(peer.ask("9:" + bet, "\n"), "server:1\n");
  EXPECT_EQ(peer.ask("01:" + bet, "\n"), "server:1\n");
  peer.send("1:" + bet + "1:" + bet);
  EXPECT_EQ(peer.receive_until("\n") + peer.receive_until("\n"), "server:0\nserver:0\n");

  Peer typed(port());
  EXPECT_EQ(typed.ask("2:5\r\n"), ack);
  EXPECT_EQ(typed.ask("1:5\r\n"), ack);
  EXPECT_EQ(typed.ask("1:6\r\n"), "server:3:1," + bet + "1," + bet + "1," + bet + "\r\n");
  EXPECT_EQ(typed.ask("2:6\r\n"), "server:3:2," + bet + "\r\n");
}

TEST_F(AgencyServerTest, ClosesASingleBetPeerThatDoesNotSpeakItsDialect) {
  start({.message_bytes_max = 1000});
  for (const std::string& message : {std::string("hello\n"), std::string("one:") + bet,
                                     std::string("1:\xFF\n"), std::string(2000, 'x')}) {
    Peer peer(service_->single_bet_port());
    peer.send(message);
    EXPECT_EQ(peer.receive_all(), "server:1\n") << message;
  }
}

TEST_F(AgencyServerTest, CountsTheConnectionsOfBothPortsTogether) {
  start({.connections_max = 1});
  Peer peer(port());
  EXPECT_EQ(peer.ask("1:6\r\n"), wait_for_draw);
  EXPECT_EQ(Peer(service_->single_bet_port()).receive_all(), "server:1\n");
}

TEST_F(AgencyServerTest, StoresNothingOfABatchWithOneBadBet) {
  start();
  Peer peer(port());
  EXPECT_EQ(peer.ask("1:4:" + bet + "Ana,D'Elia,1,1999-02-30,7574\n\r\n"),
            "server:1:bet 2: birthdate '1999-02-30' is not a date (YYYY-MM-DD)\r\n");
  EXPECT_EQ(peer.ask("1:5\r\n"), ack);
  EXPECT_EQ(peer.ask("2:5\r\n"), ack);
  EXPECT_EQ(peer.ask("1:6\r\n"), "server:3:\r\n");
}

TEST_F(AgencyServerTest, TakesAMessageByteByByte) {
  start();
  Peer peer(port());
  for (const char byte : "1:4:" + bet + "\r\n") peer.send(std::string(1, byte));
  EXPECT_EQ(peer.receive_until(), ack);
}

TEST_F(AgencyServerTest, AnswersPipelinedMessagesInTheirOrder) {
  start();
  Peer peer(port());
  peer.send("1:4:" + bet + "\r\n1:6\r\n1:4:bad\r\n1:5\r\n1:4:" + bet + "\r\n2:5\r\n1:6\r\n");
  EXPECT_EQ(peer.receive_until(), ack);
  EXPECT_EQ(peer.receive_until(), wait_for_draw);
  EXPECT_EQ(peer.receive_until(), "server:1:bet 1: has 1 field, not 5: 'bad'\r\n");
  EXPECT_EQ(peer.receive_until(), ack);
  EXPECT_EQ(peer.receive_until(), "server:1:the books of agency 1 are closed until the draw\r\n");
  EXPECT_EQ(peer.receive_until(), ack);
  EXPECT_EQ(peer.receive_until(), "server:3:1," + bet + "\r\n");
}

TEST_F(AgencyServerTest, AnswersWhatCameBeforeThePeerEndedItsSide) {
  start();
  Peer peer(port());
  peer.send("1:4:" + bet + "\r\n1:5\r\n1:half a mess");
  peer.end_sending();
  EXPECT_EQ(peer.receive_all(), ack + ack);
}

TEST_F(AgencyServerTest, SaysThatCrLfIsMissingIfTheLastMessageEndsWithLf) {
  start();
  Peer peer(port());
  peer.send("1:4:" + bet + "\r\n1:5\n");
  peer.end_sending();
  EXPECT_EQ(peer.receive_all(),
            ack + "server:1:the message ends with LF, and CR LF is missing\r\n");
}

TEST_F(AgencyServerTest, SaysThatCrLfIsMissingBeforeItClosesTheConnectionOfAPeerThatWaits) {
  start({.idle_timeout = seconds(1)});
  Peer peer(port());
  peer.send("1:5\n");
  EXPECT_EQ(peer.receive_all(), "server:1:the message ends with LF, and CR LF is missing\r\n");
}

TEST_F(AgencyServerTest, ClosesAfterWhatLeavesInDoubtWhetherThePeerSpeaksTheProtocol) {
  start();
  for (const std::string message :
       {"hello\r\n", ":4:x\r\n", "one:5\r\n", "1:3:\r\n", "1:\r\n", "1:99\r\n", "1:4:\xFF\r\n"}) {
    Peer peer(port());
    peer.send(message + "1:6\r\n");
    const std::string answers = peer.receive_all();
    EXPECT_TRUE(answers.starts_with("server:1:")) << message << answers;
    EXPECT_EQ(answers.find("\r\n"), answers.size() - 2) << message << answers;
  }
}

TEST_F(AgencyServerTest, RefusesAMessageThatIsTooLongAndClosesEvenWhileThePeerSends) {
  start({.message_bytes_max = 1000});
  Peer peer(port());
  peer.send("1:4:" + std::string(200'000, 'x'));
  EXPECT_EQ(peer.receive_all(), "server:1:the message is longer than 1000 bytes\r\n");
}

TEST_F(AgencyServerTest, TakesAMessageOfJustTheGreatestLength) {
  const std::string message = "1:4:" + bet + bet + "\r\n";
  start({.message_bytes_max = message.size()});
  Peer peer(port());
  EXPECT_EQ(peer.ask(message), ack);
}

TEST_F(AgencyServerTest, TellsOneConnectionTooManySoAndServesTheNextOnceOneHasLeft) {
  start({.connections_max = 3});
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 3; ++i) {
    peers.push_back(std::make_unique<Peer>(port()));
    EXPECT_EQ(peers.back()->ask("1:6\r\n"), wait_for_draw);
  }
  EXPECT_EQ(Peer(port()).receive_all(),
            "server:1:busy: the service is full: it serves 3 connections at once\r\n");
  EXPECT_EQ(peers.front()->ask("1:6\r\n"), wait_for_draw);

  peers.pop_back();
  // The service may take a moment to see that the peer has gone; until then it says that it is
  // full.
  const auto deadline = steady_clock::now() + seconds(20);
  std::string answer;
  while (answer != wait_for_draw && steady_clock::now() < deadline) {
    answer = Peer(port()).ask("1:6\r\n");
  }
  EXPECT_EQ(answer, wait_for_draw);
}

TEST_F(AgencyServerTest, TellsAConnectionThatItsAddressHasAsManyAsItMayHave) {
  start({.connections_max = 9, .connections_per_address_max = 2});
  Peer first(port());
  EXPECT_EQ(first.ask("1:6\r\n"), wait_for_draw);
  Peer second(service_->single_bet_port());
  EXPECT_EQ(second.ask("1:" + bet, "\n"), "server:0\n");
  EXPECT_EQ(
      Peer(port()).receive_all(),
      "server:1:busy: the service is full for this address: it serves 2 connections of one at "
      "once (service.max_connections_per_address)\r\n");
  EXPECT_EQ(first.ask("1:6\r\n"), wait_for_draw);
}

TEST_F(AgencyServerTest, ClosesTheOldestConnectionThatHasSentNoValidMessageIfItIsFull) {
  start({.connections_max = 4});
  Peer agency(port());
  EXPECT_EQ(agency.ask("1:10:7\r\n"), "server:1:there is no draw 7\r\n");
  EXPECT_EQ(agency.ask("1:4:" + bet + "\r\n"), ack);
  Peer second(port());
  EXPECT_EQ(second.ask("1:6\r\n"), wait_for_draw);
  Peer wrong(port());
  EXPECT_TRUE(wrong.ask("9:6\r\n").starts_with("server:1:"));
  Peer silent(port());

  Peer third(port());
  EXPECT_EQ(third.ask("1:6\r\n"), wait_for_draw);
  EXPECT_EQ(wrong.receive_all(), "");
  Peer fourth(port());
  EXPECT_EQ(fourth.ask("1:6\r\n"), wait_for_draw);
  EXPECT_EQ(silent.receive_all(), "");
  EXPECT_TRUE(Peer(port()).receive_all().starts_with("server:1:busy: the service is full"));
  EXPECT_EQ(agency.ask("1:4:" + bet + "\r\n"), ack);
}

TEST_F(AgencyServerTest, TellsEveryoneOfACrowdThatItIsFull) {
  start({.connections_max = 2});
  std::vector<std::unique_ptr<Peer>> served;
  for (int i = 0; i < 2; ++i) {
    served.push_back(std::make_unique<Peer>(port()));
    EXPECT_EQ(served.back()->ask("1:6\r\n"), wait_for_draw);
  }
  std::vector<std::unique_ptr<Peer>> crowd;
  for (int i = 0; i < 100; ++i) crowd.push_back(std::make_unique<Peer>(port()));
  for (const auto& peer : crowd) {
    EXPECT_TRUE(peer->receive_until().starts_with("server:1:busy: the service is full"));
  }
  EXPECT_EQ(served.front()->ask("1:6\r\n"), wait_for_draw);
}

TEST_F(AgencyServerTest, TellsEveryoneOfACrowdOfSingleBetPeersThatItIsFull) {
  start({.connections_max = 2});
  std::vector<std::unique_ptr<Peer>> served;
  for (int i = 0; i < 2; ++i) {
    served.push_back(std::make_unique<Peer>(port()));
    EXPECT_EQ(served.back()->ask("1:6\r\n"), wait_for_draw);
  }
  std::vector<std::unique_ptr<Peer>> crowd;
  for (int i = 0; i < 100; ++i) {
    crowd.push_back(std::make_unique<Peer>(service_->single_bet_port()));
  }
  for (const auto& peer : crowd) EXPECT_EQ(peer->receive_all(), "server:1\n");
}

TEST_F(AgencyServerTest, ServesAnAgencyBesideManySilentConnections) {
  start({.connections_max = 300});
  std::vector<std::unique_ptr<Peer>> silent;
  for (int i = 0; i < 299; ++i) silent.push_back(std::make_unique<Peer>(port()));
  Peer peer(port());
  EXPECT_EQ(peer.ask("1:4:" + bet + "\r\n"), ack);
}

TEST_F(AgencyServerTest, TellsAllBatchesSoonThatAnotherProgramHoldsTheDatabase) {
  start();
  Peer peer(port());
  EXPECT_EQ(peer.ask("1:4:" + bet + "\r\n"), ack);
  SQLite::Database other((folder_ / "bets.db").string(), SQLite::OPEN_READWRITE);
  other.exec("BEGIN IMMEDIATE");
  constexpr int batches = 64;
  const auto began = steady_clock::now();
  for (int i = 0; i < batches; ++i) peer.send("1:4:" + bet + "\r\n");
  for (int i = 0; i < batches; ++i) {
    EXPECT_TRUE(peer.receive_until().starts_with("server:1:busy: the database can't take it now"));
  }
  // One of them waits for the other program's lock. The rest fail at once.
  EXPECT_LT(steady_clock::now() - began, seconds(10));
  other.exec("ROLLBACK");
  EXPECT_EQ(peer.ask("1:4:" + bet + "\r\n"), ack);
}

TEST_F(AgencyServerTest, ClosesASilentConnection) {
  start({.idle_timeout = seconds(1)});
  const auto began = steady_clock::now();
  EXPECT_EQ(Peer(port()).receive_all(), "");
  EXPECT_GE(steady_clock::now() - began, seconds(1));
}

TEST_F(AgencyServerTest, ClosesAConnectionThatDripsOneMessage) {
  start({.idle_timeout = seconds(1)});
  Peer peer(port());
  std::jthread drip([&](const std::stop_token& stop) {
    // Shorter than the timeout: each byte renews it.
    while (!stop.stop_requested()) {
      try {
        peer.send("1");
      } catch (const std::exception&) {
        return;  // closed, as it should be
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  });
  const auto began = steady_clock::now();
  std::string rest;
  try {
    rest = peer.receive_all();
  } catch (const std::system_error&) {
    // If a byte arrives after the close, the connection is reset.
  }
  EXPECT_EQ(rest, "");
  EXPECT_LT(steady_clock::now() - began, seconds(10));
}

TEST_F(AgencyServerTest, KeepsAConnectionThatAsksAgainBeforeItsTime) {
  start({.idle_timeout = seconds(1)});
  Peer peer(port());
  const auto until = steady_clock::now() + std::chrono::milliseconds(2500);
  while (steady_clock::now() < until) ASSERT_EQ(peer.ask("1:6\r\n"), wait_for_draw);
}

TEST_F(AgencyServerTest, AnswersEverMoreSlowlyAPeerThatOnlyAsks) {
  start();
  Peer peer(port());
  const auto began = steady_clock::now();
  // The pauses before the last ten questions are 1 to 10 ms.
  for (int i = 0; i < 21; ++i) ASSERT_EQ(peer.ask("1:6\r\n"), wait_for_draw);
  EXPECT_GE(steady_clock::now() - began, std::chrono::milliseconds(55));
}

TEST_F(AgencyServerTest, EndsInTimeThoughPeersHaveAskedManyQuestionsAtOnce) {
  start();
  std::string questions;
  for (int i = 0; i < 2000; ++i) questions += "1:6\r\n";
  Peer peer(port());
  peer.send(questions);
  EXPECT_EQ(peer.receive_until(), wait_for_draw);
  const auto began = steady_clock::now();
  service_.reset();
  EXPECT_LT(steady_clock::now() - began, seconds(5));
}

TEST_F(AgencyServerTest, ClosesAPeerThatAsksAndNeverReads) {
  start({.idle_timeout = seconds(1)});
  Peer peer(port());
  const std::string questions = [] {
    std::string text;
    for (int i = 0; i < 10'000; ++i) text += "1:6\r\n";
    return text;
  }();
  const auto ask_without_end = [&] {
    for (int i = 0; i < 100'000; ++i) peer.send(questions);
  };
  EXPECT_ANY_THROW(ask_without_end());  // reset by the service
  EXPECT_EQ(Peer(port()).ask("1:6\r\n"), wait_for_draw);
}

TEST_F(AgencyServerTest, EndsInTimeWithHundredsOfConnectionsAndUploadsUnderWay) {
  start();
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 300; ++i) peers.push_back(std::make_unique<Peer>(port()));
  std::string batch = "1:4:";
  for (int i = 0; i < 150; ++i) batch += bet;
  batch += "\r\n";
  std::atomic<int> acknowledged{0};
  std::vector<std::jthread> uploads;
  for (int i = 0; i < 20; ++i) {
    uploads.emplace_back([&, peer = peers[static_cast<std::size_t>(i)].get()] {
      try {
        for (;;) {
          peer->send(batch);
          if (peer->receive_until() == ack) ++acknowledged;
        }
      } catch (const std::exception&) {
        // The service has closed the connection, which ends this upload.
      }
    });
  }
  wait_until([&] { return acknowledged >= 20; });

  const auto began = steady_clock::now();
  service_.reset();
  EXPECT_LT(steady_clock::now() - began, seconds(5));
  uploads.clear();

  SQLite::Database database((folder_ / "bets.db").string());
  EXPECT_GE(database.execAndGet("SELECT count(*) FROM batches").getInt(), acknowledged.load());
  EXPECT_EQ(database.execAndGet("SELECT count(*) % 150 FROM bets").getInt(), 0);
}

TEST_F(AgencyServerTest, EndsInTimeThoughManyWaitForWholeBooksToBeRead) {
  start();
  Peer uploader(port());
  std::string batch = "1:4:";
  for (int i = 0; i < 1000; ++i) batch += bet;
  batch += "\r\n";
  constexpr int batches = 400;
  for (int i = 0; i < batches; ++i) ASSERT_EQ(uploader.ask(batch), ack);
  // Each DONE has to read all of these bets, and every turn for long reads is taken.
  std::vector<std::unique_ptr<ReadTransaction>> long_reads;
  for (int i = 0; i < service_->ledger().long_reads_max(); ++i) {
    long_reads.push_back(service_->ledger().begin_long_read());
  }
  const std::string done = "1:5:400000:" + std::string(64, '0') + "\r\n";
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 200; ++i) {
    peers.push_back(std::make_unique<Peer>(port()));
    ASSERT_EQ(peers.back()->ask("1:6\r\n"), wait_for_draw);
    peers.back()->send(done);
  }
  const auto began = steady_clock::now();
  service_->stop();
  EXPECT_LT(steady_clock::now() - began, seconds(5));
  long_reads.clear();
  // An agency whose DONE was stored is told so. The service may not have read the last DONEs at
  // all.
  int told = 0;
  for (const auto& peer : peers) {
    try {
      const std::string answer = peer->receive_all();
      EXPECT_TRUE(answer.empty() || answer == "server:1:busy: the service is stopping\r\n")
          << answer;
      if (!answer.empty()) ++told;
    } catch (const std::exception&) {
      // Its connection was cut.
    }
  }
  EXPECT_GT(told, 0);
}

TEST_F(AgencyServerTest, EndsInTimeWhileConnectionsComeIn) {
  // Many times, because a stop only rarely comes at the moment at which a connection gets its
  // thread.
  constexpr int ends = 50;
  for (int i = 0; i < ends; ++i) {
    start();
    std::vector<std::unique_ptr<Peer>> peers;
    for (int j = 0; j < 10 + i; ++j) peers.push_back(std::make_unique<Peer>(port()));
    const auto began = steady_clock::now();
    service_.reset();
    ASSERT_LT(steady_clock::now() - began, seconds(5)) << "at end " << i;
  }
}

TEST_F(AgencyServerTest, EndsInTimeThoughAPeerNeverReads) {
  start();
  Peer peer(port());
  std::string questions;
  for (int i = 0; i < 1000; ++i) questions += "1:6\r\n";
  // When the number of answers no longer changes, the service waits until the peer reads.
  peer.send_until_nothing_moves(questions);
  const auto began = steady_clock::now();
  service_.reset();
  EXPECT_LT(steady_clock::now() - began, seconds(5));
}

}  // namespace
}  // namespace lottery::test
