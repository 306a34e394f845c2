// An agency whose service.address lists several services that share a ledger.

#include <Poco/Channel.h>
#include <Poco/Message.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "agency_client/agency.h"
#include "program/log.h"
#include "program/stop_signal.h"
#include "tests/support/held_line.h"
#include "tests/support/running_service.h"
#include "tests/support/scripted_service.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/unused_port.h"

namespace lottery::test {
namespace {

using std::chrono::seconds;
using Strings = std::vector<std::string>;

const std::string ana = "Ana,D'Elia,30904465,1999-03-17,7574\n";
const std::string luz = "Luz,Ñáñez,2,2000-02-29,7575\n";
const std::string eva = "Eva,Rivera,3,1999-03-17,1\n";
const std::string ack = "server:0\r\n";
const std::string busy = "server:1:busy: the service is full\r\n";

std::string local(std::uint16_t port) { return "127.0.0.1:" + std::to_string(port); }

/// Collects log lines. Any thread.
class KeptLog : public Poco::Channel {
 public:
  void log(const Poco::Message& message) override {
    const std::lock_guard lock(mutex_);
    lines_.push_back(message.getText());
    changed_.notify_all();
  }

  /// The lines about connections, in order.
  Strings connect_lines() {
    const std::lock_guard lock(mutex_);
    Strings found;
    std::copy_if(lines_.begin(), lines_.end(), std::back_inserter(found),
                 [](const std::string& line) { return line.starts_with("action: connect |"); });
    return found;
  }

  /// Waits until a line contains `text`. Returns false after 20 seconds.
  bool wait_for(const std::string& text) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, seconds(20), [&] {
      return std::any_of(lines_.begin(), lines_.end(), [&](const std::string& line) {
        return line.find(text) != std::string::npos;
      });
    });
  }

 private:
  std::mutex mutex_;  // guards lines_
  std::condition_variable changed_;
  Strings lines_;
};

/// An agency's client. Its batches have one bet each.
class SeveralAddresses : public testing::Test {
 protected:
  SeveralAddresses() : log_before_(log().getChannel(), true) { log().setChannel(log_); }
  ~SeveralAddresses() override { log().setChannel(log_before_); }

  /// Uploads `lines` through these addresses, and waits for the winners.
  Outcome play(const Strings& addresses, const std::string& lines) {
    settings_.service.addresses = addresses;
    Agency agency(settings_, stop_.interruption());
    BetsFile file(folder_.write("bets.csv", lines));
    const Books books = file.check(1).books;
    agency.hand_in(file, books, DrawnBets::show_winners());
    agency.wait_for_winners();
    return agency.outcome();
  }

  std::future<Outcome> start(const Strings& addresses, const std::string& lines) {
    return std::async(std::launch::async, [=, this] { return play(addresses, lines); });
  }

  /// Expects that the log has these failures, each with a change of the address and no pause.
  void expect_moves(const std::vector<std::pair<std::string, std::string>>& moves) {
    const Strings lines = log_->connect_lines();
    ASSERT_EQ(lines.size(), moves.size()) << testing::PrintToString(lines);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      EXPECT_TRUE(lines[i].starts_with(
          "action: connect | result: fail | address: " + moves[i].first + " | error: "))
          << lines[i];
      EXPECT_TRUE(lines[i].ends_with(" | next_address: " + moves[i].second + " | retry_in_ms: 0"))
          << lines[i];
    }
  }

  const StopSignal stop_{Hangup::stops};
  const TemporaryFolder folder_;
  Poco::AutoPtr<Poco::Channel> log_before_;
  Poco::AutoPtr<KeptLog> log_{new KeptLog};
  AgencySettings settings_{.agency = AgencyId{1},
                           .bets_path = {},
                           .winners_path = {},
                           .service = {.addresses = {}, .answer_timeout = seconds(10)},
                           .batch = {.bets_max = 1, .bytes_max = 8192, .in_flight_max = 1},
                           .poll_interval = std::chrono::hours(1),
                           .reach_timeout = seconds(20)};
};

/// The script of a service that the upload reaches when the first of its two bets is stored.
ScriptedService::Connection second_half() {
  return {{"1:8:", resume_point(1, "open", 1, ana)},
          {"1:7:2:" + luz, ack},
          {"1:5:2:", ack},
          {"1:8:", resume_point(1, "drawn", 2, ana + luz)},
          {"1:10:1", "server:3:\r\n"}};
}

TEST_F(SeveralAddresses, BeginsAtTheFirstAndStaysThere) {
  ScriptedService first({second_half()});
  ScriptedService second({});
  EXPECT_EQ(play({first.address(), second.address()}, ana + luz).bets, 2);
  EXPECT_EQ(first.problem(), "");
  EXPECT_EQ(second.problem(), "");
  expect_moves({});
}

TEST_F(SeveralAddresses, GoesToTheNextAtOnceIfTheFirstIsDown) {
  const UnusedPort down;
  ScriptedService second({second_half()});
  play({local(down.number()), second.address()}, ana + luz);
  EXPECT_EQ(second.problem(), "");
  expect_moves({{local(down.number()), second.address()}});
}

TEST_F(SeveralAddresses, GoesToTheNextAtOnceIfTheFirstIsBusy) {
  ScriptedService first({{{"1:8:", busy}}});
  ScriptedService second({second_half()});
  play({first.address(), second.address()}, ana + luz);
  EXPECT_EQ(first.problem() + second.problem(), "");
  expect_moves({{first.address(), second.address()}});
}

TEST_F(SeveralAddresses, GoesToTheNextIfTheFirstTakesTheConnectionAndNeverAnswers) {
  settings_.service.answer_timeout = seconds(1);
  const Poco::Net::ServerSocket silent(Poco::Net::SocketAddress("127.0.0.1", 0));
  ScriptedService second({second_half()});
  play({silent.address().toString(), second.address()}, ana + luz);
  EXPECT_EQ(second.problem(), "");
  expect_moves({{silent.address().toString(), second.address()}});
}

TEST_F(SeveralAddresses, ResumesAtTheNextIfTheFirstDiesInTheMiddleOfTheUpload) {
  ScriptedService first(
      {{{"1:8:", resume_point(1, "open", 0, "")}, {"1:7:1:" + ana, ack}, {"1:7:2:" + luz, ""}}});
  ScriptedService second({second_half()});
  play({first.address(), second.address()}, ana + luz);
  EXPECT_EQ(first.problem() + second.problem(), "");
  expect_moves({{first.address(), second.address()}});
}

TEST_F(SeveralAddresses, WaitsForTheDrawAtTheNextIfTheFirstDiesBeforeIt) {
  ScriptedService first({{{"1:8:", resume_point(1, "closed", 1, ana)}, {"1:10:1", ""}}});
  ScriptedService second({{{"1:10:1", "server:3:1," + ana + "\r\n"}}});
  EXPECT_EQ(play({first.address(), second.address()}, ana).winners, 1);
  EXPECT_EQ(first.problem() + second.problem(), "");
  expect_moves({{first.address(), second.address()}});
}

TEST_F(SeveralAddresses, ReturnsToTheFirstAfterTheLast) {
  ScriptedService first({{{"1:8:", resume_point(1, "open", 0, "")}, {"1:7:1:" + ana, ack}},
                         {{"1:8:", resume_point(1, "open", 2, ana + luz)},
                          {"1:7:3:" + eva, ack},
                          {"1:5:3:", ack},
                          {"1:8:", resume_point(1, "drawn", 3, ana + luz + eva)},
                          {"1:10:1", "server:3:\r\n"}}});
  ScriptedService second({{{"1:8:", resume_point(1, "open", 1, ana)}, {"1:7:2:" + luz, ack}}});
  play({first.address(), second.address()}, ana + luz + eva);
  EXPECT_EQ(first.problem() + second.problem(), "");
  // The client has made progress between the two failures, so it pauses after neither.
  expect_moves({{first.address(), second.address()}, {second.address(), first.address()}});
}

TEST_F(SeveralAddresses, PausesAfterEachRoundWithoutProgressAndGivesUpInTime) {
  settings_.reach_timeout = seconds(1);
  const ScriptedService::Connection full{{"1:8:", resume_point(1, "open", 0, "")},
                                         {"1:7:1:" + ana, busy}};
  // Each address tells of other books. That is not progress; if it were, the client would never
  // give up.
  const ScriptedService::Connection strange{{"1:8:", resume_point(2, "open", 0, "")},
                                            {"1:7:1:" + ana, busy}};
  ScriptedService first(std::vector<ScriptedService::Connection>(30, full));
  ScriptedService second(std::vector<ScriptedService::Connection>(30, strange));
  EXPECT_THROW(play({first.address(), second.address()}, ana), TurnedAway);
  first.stop();
  second.stop();
  const Strings lines = log_->connect_lines();
  const auto paused = std::count_if(lines.begin(), lines.end(), [](const std::string& line) {
    return !line.ends_with("retry_in_ms: 0");
  });
  // The first pause lasts 50 to 100 ms, and each further one twice as long, until a second has
  // passed.
  EXPECT_GE(paused, 3);
  EXPECT_LE(paused, 4);
  // Progress at the second address begins a new round: the second address fails first in it, and
  // then the first.
  EXPECT_LE(lines.size(), static_cast<std::size_t>(2 * paused + 3));
}

TEST_F(SeveralAddresses, TriesEachOnceThoughTheFirstOnesTakeLongerThanItsPatience) {
  settings_.reach_timeout = seconds(1);
  settings_.service.answer_timeout = seconds(2);
  const Poco::Net::ServerSocket silent(Poco::Net::SocketAddress("127.0.0.1", 0));
  const UnusedPort down;
  ScriptedService third({second_half()});
  play({local(down.number()), silent.address().toString(), third.address()}, ana + luz);
  EXPECT_EQ(third.problem(), "");
}

TEST_F(SeveralAddresses, PingAsksEachOnceUntilOneAnswers) {
  const auto ping = [&](const Strings& addresses) {
    settings_.service.addresses = addresses;
    Agency(settings_, stop_.interruption()).ping();
  };
  const UnusedPort down;
  {
    ScriptedService full({{{"1:8:", busy}}});
    ScriptedService third({{{"1:8:", resume_point(1, "open", 0, "")}}});
    ping({local(down.number()), full.address(), third.address()});
    EXPECT_EQ(full.problem() + third.problem(), "");
  }
  ScriptedService full({{{"1:8:", busy}}});
  EXPECT_THROW(ping({local(down.number()), full.address()}), TurnedAway);
  EXPECT_EQ(full.problem(), "");
}

/// The same with real servers of one lottery over one ledger, like services on one database.
class SeveralServers : public SeveralAddresses {
 protected:
  /// A second server beside service_. It must end first, because both replace Poco's error handler.
  std::unique_ptr<AgencyServer> serve(std::uint16_t port = 0) {
    Port listening;
    listening.socket.bind(Poco::Net::SocketAddress("127.0.0.1", port), true, false);
    port_ = listening.socket.address().port();
    return std::make_unique<AgencyServer>(std::vector<Port>{listening}, ServerLimits{},
                                          service_.lottery());
  }

  void expect_each_stored_once(int bets) {
    SQLite::Database shell((folder_ / "bets.db").string(), SQLite::OPEN_READONLY, 5000);
    EXPECT_EQ(shell.execAndGet("SELECT count(*) FROM bets").getInt(), bets);
    EXPECT_EQ(shell.execAndGet("SELECT count(DISTINCT document) FROM bets").getInt(), bets);
  }

  static std::string bets(int count) {
    std::string lines;
    for (int i = 1; i <= count; ++i) {
      lines += "Ana,D'Elia," + std::to_string(i) + ",1999-03-17,7574\n";
    }
    return lines;
  }

  RunningService service_{folder_ / "bets.db", {.agencies = agencies({1}), .winning_number = 7574}};
  std::uint16_t port_ = 0;  // of the server that serve() has begun last
};

TEST_F(SeveralServers, StoreEachBetOnceIfOneIsCutOffWithBatchesOnTheWay) {
  settings_.batch.in_flight_max = 8;
  auto first = serve();
  auto line = std::make_unique<HeldLine>(port_);
  auto upload = start({local(line->port()), local(service_.port())}, bets(50));
  line->wait_until_it_holds();
  line.reset();
  EXPECT_EQ(upload.get().winners, 50);
  first.reset();
  expect_each_stored_once(50);
}

TEST_F(SeveralServers, StoreEachBetOnceIfBatchesArriveAtOneAfterTheUploadHasGoneOnAtTheOther) {
  settings_.batch.in_flight_max = 8;
  settings_.service.answer_timeout = seconds(1);
  auto first = serve();
  HeldLine line(port_);
  auto upload = start({local(line.port()), local(service_.port())}, bets(50));
  line.wait_until_it_holds();
  ASSERT_TRUE(log_->wait_for("next_address: " + local(service_.port())));
  line.let_go();
  EXPECT_EQ(upload.get().winners, 50);
  first.reset();  // it finishes what it has read
  expect_each_stored_once(50);
}

TEST_F(SeveralServers, AreTriedInTurnUntilOneIsBack) {
  const UnusedPort first;
  const UnusedPort second;
  auto upload = start({local(first.number()), local(second.number())}, bets(3));
  ASSERT_TRUE(log_->wait_for("address: " + local(second.number()) + " | error: "));
  const auto back = serve(second.number());
  EXPECT_EQ(upload.get().winners, 3);
  expect_each_stored_once(3);
}

}  // namespace
}  // namespace lottery::test
