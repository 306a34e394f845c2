#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "service/connections/agency_server.h"
#include "tests/support/peer.h"
#include "tests/support/running_service.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

const std::string bet = "Ana,D'Elia,30904465,1999-03-17,7574\n";
const std::string ack = "server:0\r\n";
const std::string wait = "server:2\r\n";
const std::string winners_of_one = "server:3:1," + bet + "\r\n";

/// The processor time of this process, which includes the service's.
milliseconds processor_time() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto time_of = [](const timeval& time) {
    return seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
  };
  return std::chrono::duration_cast<milliseconds>(time_of(usage.ru_utime) +
                                                  time_of(usage.ru_stime));
}

/// The lottery of agencies 1 and 2. Agency 1 has placed a winning bet and closed its books.
class AwaitWinnersTest : public testing::Test {
 protected:
  void start(ServerLimits limits = {}) {
    service_ = std::make_unique<RunningService>(
        folder_ / "bets.db", DrawTerms{.agencies = agencies({1, 2}), .winning_number = 7574},
        limits);
    Peer peer(service_->port());
    ASSERT_EQ(peer.ask("1:4:" + bet + "\r\n"), ack);
    ASSERT_EQ(peer.ask("1:5\r\n"), ack);
  }

  /// Agency 2 closes its books, too, so the draw happens.
  void draw() { ASSERT_EQ(Peer(service_->port()).ask("2:5\r\n"), ack); }

  /// A peer that has sent AWAIT_WINNERS, and `behind` after it.
  std::unique_ptr<Peer> awaiting(const std::string& behind = {}) {
    auto peer = std::make_unique<Peer>(service_->port());
    // The service has read AWAIT_WINNERS once it has answered the message before it.
    peer->send("1:6\r\n1:10:1\r\n" + behind);
    EXPECT_EQ(peer->receive_until(), wait);
    return peer;
  }

  TemporaryFolder folder_;
  std::unique_ptr<RunningService> service_;
};

TEST_F(AwaitWinnersTest, TellsEveryoneWhoWaitsAsSoonAsTheDrawHasHappened) {
  start();
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 100; ++i) peers.push_back(awaiting());
  const auto began = steady_clock::now();
  draw();
  for (const auto& peer : peers) EXPECT_EQ(peer->receive_until(), winners_of_one);
  EXPECT_LT(steady_clock::now() - began, seconds(5)) << "that is no WAIT that ended";
  EXPECT_EQ(peers.front()->ask("2:10:1\r\n"), "server:3:\r\n");
  EXPECT_EQ(peers.front()->ask("1:10:2\r\n"), "server:1:there is no draw 2\r\n");
  EXPECT_EQ(peers.front()->ask("9:10:1\r\n"), "server:1:draw 1 has no agency 9\r\n");
}

TEST_F(AwaitWinnersTest, TellsTheWinnersOfTheDrawThatWasAskedForThoughTheNextOneIsOpen) {
  start();
  const auto peer = awaiting();
  draw();
  Peer other(service_->port());
  EXPECT_EQ(other.ask("1:4:" + bet + bet + "\r\n"), ack);
  EXPECT_EQ(peer->receive_until(), winners_of_one);
  EXPECT_EQ(peer->ask("1:10:1\r\n"), winners_of_one);
  EXPECT_EQ(peer->ask("1:6\r\n"), wait);
}

TEST_F(AwaitWinnersTest, SaysWaitOnceItsTimeIsOver) {
  EXPECT_EQ(ServerLimits{}.await_winners_max, seconds(20)) << "as the protocol says";
  start({.await_winners_max = milliseconds(300)});
  const auto began = steady_clock::now();
  const auto peer = awaiting();
  EXPECT_EQ(peer->receive_until(), wait);
  EXPECT_GE(steady_clock::now() - began, milliseconds(300));
  peer->send("1:10:1\r\n");
  draw();
  EXPECT_EQ(peer->receive_until(), winners_of_one);
}

TEST_F(AwaitWinnersTest, LetsTheIdleTimeoutNotRun) {
  start({.idle_timeout = seconds(2), .await_winners_max = milliseconds(2500)});
  // Half a message is already there. Its timeout begins with the answer to AWAIT_WINNERS.
  const auto peer = awaiting("1:");
  EXPECT_EQ(peer->receive_until(), wait);
  EXPECT_FALSE(peer->has_sent(milliseconds(300))) << "the service has closed at once";
  EXPECT_EQ(peer->ask("6\r\n"), wait);
  EXPECT_EQ(peer->receive_all(), "") << "now it runs again";
}

TEST_F(AwaitWinnersTest, HandlesWhatCameBehindItAfterwardsAndInOrder) {
  start();
  const auto peer = awaiting("1:4:" + bet + "\r\n1:6\r\n1:4:bad\r\n");
  peer->send("1:4:" + bet + "\r\n");
  SQLite::Database database((folder_ / "bets.db").string());
  EXPECT_EQ(Peer(service_->port()).ask("1:6\r\n"), wait);
  EXPECT_EQ(database.execAndGet("SELECT count(*) FROM bets").getInt(), 1);
  draw();
  EXPECT_EQ(peer->receive_until(), winners_of_one);
  EXPECT_EQ(peer->receive_until(), ack);
  EXPECT_EQ(peer->receive_until(), wait) << "agency 1 is in the next draw now";
  EXPECT_EQ(peer->receive_until(), "server:1:bet 1: has 1 field, not 5: 'bad'\r\n");
  EXPECT_EQ(peer->receive_until(), ack);
}

TEST_F(AwaitWinnersTest, HoldsOneAnswerAfterTheOther) {
  start({.await_winners_max = milliseconds(300)});
  const auto peer = awaiting("2:10:1\r\n1:10:1\r\n");
  EXPECT_EQ(peer->receive_until() + peer->receive_until(), wait + wait);
  draw();
  EXPECT_EQ(peer->receive_until(), winners_of_one);
}

TEST_F(AwaitWinnersTest, ReadsNothingThatComesInTheMeantime) {
  start();
  const auto peer = awaiting();
  std::string questions;
  for (int i = 0; i < 1000; ++i) questions += "1:6\r\n";
  EXPECT_LT(peer->send_until_nothing_moves(questions), 32UL * 1024 * 1024)
      << "more than the system keeps for a socket";
}

TEST_F(AwaitWinnersTest, SaysWaitAtOnceToAPeerThatHasEndedItsSideAndCloses) {
  start();
  const auto began = steady_clock::now();
  const auto peer = awaiting();
  peer->end_sending();
  EXPECT_EQ(peer->receive_all(), wait);
  Peer pipelining(service_->port());
  pipelining.send("1:10:1\r\n2:4:" + bet + "\r\n2:10:1\r\n");
  pipelining.end_sending();
  EXPECT_EQ(pipelining.receive_all(), wait + ack + wait) << "what came before is answered";
  EXPECT_LT(steady_clock::now() - began, seconds(5));
}

TEST_F(AwaitWinnersTest, NoticesWithinASecondThatAPeerHasGone) {
  start({.connections_max = 1});
  for (const bool resets : {false, true}) {
    auto peer = [&] {
      // The service may take a moment to notice that the connection before has ended.
      for (;;) {
        auto candidate = std::make_unique<Peer>(service_->port());
        if (candidate->ask("1:6\r\n") == wait) return candidate;
      }
    }();
    peer->send("1:6\r\n1:10:1\r\n");
    ASSERT_EQ(peer->receive_until(), wait);
    EXPECT_TRUE(Peer(service_->port()).receive_all().starts_with("server:1:busy: "));
    if (resets) peer->reset_at_end();
    peer.reset();
    const auto gone = steady_clock::now();
    while (Peer(service_->port()).ask("1:6\r\n") != wait) {
      ASSERT_LT(steady_clock::now() - gone, seconds(1)) << (resets ? "reset" : "closed");
    }
  }
}

TEST_F(AwaitWinnersTest, SaysWaitAndClosesAtOnceIfTheServiceStops) {
  start();
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 50; ++i) peers.push_back(awaiting());
  const auto began = steady_clock::now();
  service_.reset();
  EXPECT_LT(steady_clock::now() - began, seconds(2));
  for (const auto& peer : peers) EXPECT_EQ(peer->receive_all(), wait);
}

TEST_F(AwaitWinnersTest, CostsNothingWhileItWaits) {
  start({.await_winners_max = seconds(2)});
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < 200; ++i) peers.push_back(awaiting());
  const auto before = processor_time();
  const auto began = steady_clock::now();
  EXPECT_EQ(peers.back()->receive_until(), wait);
  const auto waited = std::chrono::duration_cast<milliseconds>(steady_clock::now() - began);
  EXPECT_LT(processor_time() - before, waited / 10);
}

}  // namespace
}  // namespace lottery::test
