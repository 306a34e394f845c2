#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "protocol/books.h"
#include "service/storage/sqlite/verification.h"
#include "tests/support/peer.h"
#include "tests/support/running_service.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

/// Sends messages to a service. Most are valid; some are damaged in one place or are random bytes.
class Babbler {
 public:
  explicit Babbler(unsigned seed) : random_(seed) {}

  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }

  std::string message() {
    std::string text = well_formed();
    if (below(3) != 0) return text;
    for (std::size_t changes = 1 + below(3); changes > 0 && !text.empty(); --changes) {
      const std::size_t place = below(text.size());
      switch (below(4)) {
        case 0:
          text[place] = static_cast<char>(below(256));
          break;
        case 1:
          text.erase(place, 1 + below(8));
          break;
        case 2:
          text.insert(place, text.substr(below(text.size()), 1 + below(40)));
          break;
        default:
          text.insert(place, 1, ":,\n\r0\xC3"[below(6)]);
          break;
      }
    }
    return text;
  }

 private:
  std::string well_formed() {
    const std::string agency = std::to_string(1 + below(4));  // one of them is not in the draw
    switch (below(14)) {
      case 0:
        return agency + ":5\r\n";
      case 1:
        return agency + ":6\r\n";
      case 2:
        return agency + ":8:" + std::string(32, "ab"[below(2)]) + "\r\n";
      case 3:
        return agency + ":5:" + std::to_string(below(3)) + ":" + std::string(64, 'a') + "\r\n";
      case 4:
        return agency + ":" + bets() + "\r\n";
      case 5:
      case 6:
      case 7:
        return agency + ":7:" + std::to_string(1 + below(6)) + ":" + bets() + "\r\n";
      case 8:
        return agency + ":10:" + std::to_string(1 + below(3)) + "\r\n";
      case 9:  // the agency has no bets yet, as often as not
        return agency + ":5:0:" + BooksBalance().books().sha256 + "\r\n";
      default:
        return agency + ":4:" + bets() + "\r\n";
    }
  }

  std::string bets() {
    std::string lines;
    for (std::size_t count = 1 + below(4); count > 0; --count) {
      lines += "Ana,D'Elia," + std::to_string(below(50)) + ",1999-03-17," +
               std::to_string(7570 + below(8)) + "\n";
    }
    return lines;
  }

  std::mt19937 random_;
};

class RandomSessions : public testing::TestWithParam<unsigned> {};

TEST_P(RandomSessions, LeaveTheBooksInOrder) {
  const TemporaryFolder folder;
  {
    RunningService service(folder / "bets.db",
                           {.agencies = agencies({1, 2, 3}), .winning_number = 7574},
                           {.await_winners_max = std::chrono::milliseconds(20)});
    std::vector<std::jthread> peers;
    for (unsigned i = 0; i < 4; ++i) {
      peers.emplace_back([&, seed = GetParam() * 100 + i] {
        Babbler babbler(seed);
        for (int connection = 0; connection < 10; ++connection) {
          try {
            Peer peer(service.port());
            std::string sent;
            for (int message = 0; message < 20; ++message) sent += babbler.message();
            for (std::size_t at = 0; at < sent.size();) {
              const std::size_t bytes = 1 + babbler.below(200);
              peer.send(std::string_view(sent).substr(at, bytes));
              at += bytes;
            }
            peer.end_sending();
            peer.receive_all();
          } catch (const std::exception&) {
            // The service has closed the connection before it has read everything, which is
            // allowed.
          }
        }
      });
    }
    peers.clear();
    EXPECT_TRUE(
        Peer(service.port()).ask("1:8:" + std::string(32, 'c') + "\r\n").starts_with("server:9:"));
  }
  std::string said;
  EXPECT_TRUE(verify_database(folder / "bets.db", [&](const std::string& line) {
    said += line + "\n";
  })) << said;
  SQLite::Database database((folder / "bets.db").string());
  EXPECT_GT(database.execAndGet("SELECT count(*) FROM bets").getInt(), 0);
  EXPECT_LE(database.execAndGet("SELECT count(*) FROM draws WHERE drawn_at IS NULL").getInt(), 1);
  EXPECT_EQ(
      database
          .execAndGet("SELECT count(*) FROM batches "
                      "WHERE (draw_id, agency_id) NOT IN (SELECT draw_id, agency_id FROM agencies)")
          .getInt(),
      0);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomSessions, testing::Range(1U, 9U));

}  // namespace
}  // namespace lottery::test
