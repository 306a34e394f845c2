#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/bets.h"
#include "tests/support/peer.h"
#include "tests/support/process.h"
#include "tests/support/seeds.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/wait_until.h"

namespace lottery::test {
namespace {

constexpr std::int32_t winning_number = 7574;

std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::vector<std::string> all;
  std::ifstream lines(file);
  for (std::string line; std::getline(lines, line);) all.push_back(line);
  return all;
}

/// Runs a whole draw with an agency_client for each of `files`, all at once. Each agency's file of
/// winners must have exactly the rows that awk finds in its bets. Returns the number of winners of
/// each agency.
std::vector<std::size_t> draw(const TemporaryFolder& folder, ServiceProcess& service,
                              const std::vector<std::filesystem::path>& files,
                              const std::vector<std::string>& more = {}) {
  const auto winners_of = [&](std::size_t i) {
    return folder / ("winners-" + std::to_string(i + 1) + ".csv");
  };
  std::vector<std::unique_ptr<Process>> clients;
  for (std::size_t i = 0; i < files.size(); ++i) {
    std::vector<std::string> arguments{
        "--agency.id=" + std::to_string(i + 1), "--agency.bets=" + files[i].string(),
        "--agency.winners=" + winners_of(i).string(),
        "--service.address=127.0.0.1:" + std::to_string(service.port()),
        "--winners.poll_interval_ms=20"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    clients.push_back(std::make_unique<Process>(AGENCY_CLIENT_PROGRAM, arguments,
                                                folder / ("client-" + std::to_string(i + 1))));
  }
  std::vector<std::size_t> winners;
  for (std::size_t i = 0; i < files.size(); ++i) {
    EXPECT_EQ(clients[i]->wait(std::chrono::seconds(240)), 0) << clients[i]->errors();
    const auto told = lines_of(winners_of(i));
    EXPECT_EQ(told, rows_on(files[i], winning_number, folder.path())) << files[i];
    winners.push_back(told.size());
  }
  return winners;
}

TEST(Draw, IsInTheLogBeforeAnAgencyThatWaitsIsTold) {
  const TemporaryFolder folder;
  ServiceProcess service(folder.path(), {"--lottery.agencies=2"});
  Peer waiting(service.port());
  Peer last(service.port());
  // On a busy machine, the answer may come before the line is written, but not every time.
  constexpr int draws = 20;
  int in_order = 0;
  for (int draw = 1; draw <= draws; ++draw) {
    const std::string number = std::to_string(draw);
    ASSERT_EQ(waiting.ask("1:5\r\n"), "server:0\r\n");
    waiting.send("1:10:" + number + "\r\n");
    last.send("2:5\r\n");
    ASSERT_EQ(waiting.receive_until(), "server:3:\r\n");
    const bool is_logged = service.output().find("| draw: " + number + " |") != std::string::npos;
    in_order += is_logged ? 1 : 0;
    ASSERT_EQ(last.receive_until(), "server:0\r\n");
  }
  EXPECT_GT(in_order, draws / 2);
  EXPECT_EQ(service.stop(), 0);
}

TEST(Draw, OfSampleBetsTellsEachAgencyItsOwnWinners) {
  const TemporaryFolder folder;
  ServiceProcess service(folder.path());
  std::vector<std::filesystem::path> files;
  for (int agency = 1; agency <= 5; ++agency) {
    files.push_back(sample_bets(folder.path(), agency, 4000 * agency));
  }
  std::size_t first = 0;
  for (const std::size_t winners : draw(folder, service, files)) first += winners;
  EXPECT_GT(first, 0U);

  // The next draw in the same database contains only its own bets.
  std::size_t second = 0;
  for (const std::size_t winners : draw(folder, service, files, {"--again"})) second += winners;
  EXPECT_EQ(second, first);
  EXPECT_EQ(service.stop(), 0);

  SQLite::Database database((folder / "bets.db").string());
  EXPECT_EQ(database.execAndGet("SELECT count(*) FROM draws WHERE drawn_at IS NOT NULL").getInt(),
            2);
  EXPECT_EQ(database.execAndGet("SELECT count(*) FROM bets").getInt(), 2 * 60'000);
}

TEST(Draw, OfTheRealBetsHasTheWinnersThatItHad) {
  const std::filesystem::path data = std::filesystem::path(LOTTERY_SOURCE_DIR) / "../shared/data";
  if (!std::filesystem::exists(data)) GTEST_SKIP() << "there are no real bets beside the project";
  const TemporaryFolder folder;
  ServiceProcess service(folder.path());
  std::vector<std::filesystem::path> files;
  for (int agency = 1; agency <= 5; ++agency) {
    files.push_back(data / ("agency-" + std::to_string(agency) + ".csv"));
  }
  EXPECT_EQ(draw(folder, service, files), (std::vector<std::size_t>{2, 3, 3, 2, 0}));
  EXPECT_EQ(service.stop(), 0);
  SQLite::Database database((folder / "bets.db").string());
  EXPECT_EQ(database.execAndGet("SELECT count(*) FROM bets").getInt(), 78'697);
}

/// The `batch`th batch of a peer: three bets whose documents name the batch.
std::string batch_of(int agency, int batch) {
  std::string message = std::to_string(agency) + ":4:";
  for (int bet = 0; bet < 3; ++bet) {
    message +=
        "Ana,D'Elia," + std::to_string(batch) + "." + std::to_string(bet) + ",1999-03-17,1\n";
  }
  return message + "\r\n";
}

class KilledAtRandom : public testing::TestWithParam<unsigned> {};

TEST_P(KilledAtRandom, KeepsEveryAcknowledgedBatchOnceAndWhole) {
  const TemporaryFolder folder;
  std::mt19937 random(GetParam());
  std::set<std::pair<int, int>> acknowledged;
  int next_batch = 0;
  for (int life = 0; life < 5; ++life) {
    ServiceProcess service(folder.path());
    const std::uint16_t port = service.port();
    const int batches_before_kill = std::uniform_int_distribution(1, 200)(random);
    std::atomic<int> answered{0};
    std::array<std::set<int>, 5> acknowledged_here;
    {
      std::vector<std::jthread> agencies;
      for (int agency = 1; agency <= 5; ++agency) {
        agencies.emplace_back([&, agency] {
          try {
            Peer peer(port);
            for (int batch = next_batch;; ++batch) {
              if (peer.ask(batch_of(agency, batch)) != "server:0\r\n") return;
              acknowledged_here.at(static_cast<std::size_t>(agency - 1)).insert(batch);
              ++answered;
            }
          } catch (const std::exception&) {
            // The service has been killed, which ends this upload.
          }
        });
      }
      wait_until([&] { return answered >= batches_before_kill; });
      service.signal(SIGKILL);
    }
    EXPECT_EQ(service.wait(), -SIGKILL);
    for (int agency = 1; agency <= 5; ++agency) {
      for (const int batch : acknowledged_here.at(static_cast<std::size_t>(agency - 1))) {
        acknowledged.insert({agency, batch});
      }
    }
    next_batch += 1'000'000;
  }

  SQLite::Database database((folder / "bets.db").string(), SQLite::OPEN_READWRITE);
  EXPECT_EQ(database.execAndGet("PRAGMA integrity_check").getString(), "ok");
  SQLite::Statement stored(database, R"sql(
      SELECT batches.agency_id, CAST(document AS INTEGER), count(*), count(DISTINCT document),
             batches.bets
      FROM batches
      JOIN bets ON bet_id BETWEEN first_bet_id AND first_bet_id + batches.bets - 1
      GROUP BY batches.agency_id, batch_number)sql");
  std::set<std::pair<int, int>> found;
  while (stored.executeStep()) {
    const auto batch = std::pair(stored.getColumn(0).getInt(), stored.getColumn(1).getInt());
    EXPECT_TRUE(found.insert(batch).second) << "doubled: " << batch.first << ' ' << batch.second;
    for (int column = 2; column <= 4; ++column) EXPECT_EQ(stored.getColumn(column).getInt(), 3);
  }
  for (const auto& batch : acknowledged) {
    EXPECT_TRUE(found.contains(batch)) << "lost: " << batch.first << ' ' << batch.second;
  }
  // For each agency, at most one more batch may be stored: the one whose answer was in transit.
  EXPECT_LE(found.size(), acknowledged.size() + 5 * 5);
}

INSTANTIATE_TEST_SUITE_P(Seeds, KilledAtRandom, seeds(8, 3));

}  // namespace
}  // namespace lottery::test
