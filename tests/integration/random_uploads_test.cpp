#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "protocol/answer.h"
#include "protocol/books.h"
#include "service/storage/sqlite/verification.h"
#include "tests/support/peer.h"
#include "tests/support/running_service.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

/// One run of a client that does everything that can go wrong: it pipelines batches, loses
/// connections before it has read the answers, repeats batches whose outcome it does not know,
/// continues after batches that another client has stored, and sometimes closes the books. All
/// clients send equal bets.
class RandomUpload {
 public:
  RandomUpload(std::uint16_t port, int agency, unsigned seed)
      : port_(port), agency_(std::to_string(agency)), random_(seed) {
    for (int i = 0; i < 32; ++i) upload_ += "0123456789abcdef"[below(16)];
  }

  void run() {
    for (int connection = 0; connection < 12; ++connection) {
      try {
        Peer peer(port_);
        serve(peer);
      } catch (const std::exception&) {
        // The service has closed the connection, for example because it has refused a hundred
        // messages in a row.
        lost_.insert(in_doubt_.begin(), in_doubt_.end());
      }
    }
  }

  const std::string& upload() const { return upload_; }

  /// The acknowledged batches, by number, with their bets.
  const std::map<std::int64_t, int>& acknowledged() const { return acknowledged_; }

  /// True if the answer to such a batch was lost once. The batch may then be stored although its
  /// repetition was refused, because the first one may still have been in transit.
  bool has_lost(std::int64_t number, int content) const {
    return lost_.contains({number, content});
  }

 private:
  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }

  static std::string batch_of(int content) {
    std::string lines;
    for (int i = 0; i <= content; ++i)
      lines += "Ana,D'Elia," + std::to_string(i) + ",1999-03-17,7574\n";
    return lines;
  }

  std::string numbered(std::int64_t number, int content) const {
    return agency_ + ":7:" + std::to_string(number) + ":" + batch_of(content) + "\r\n";
  }

  void serve(Peer& peer) {
    for (int turn = 0; turn < 6; ++turn) {
      const std::string answer = peer.ask(agency_ + ":8:" + upload_ + "\r\n");
      const auto decoded = decode_answer(std::string_view(answer).substr(0, answer.size() - 2));
      const auto* const point = std::get_if<ResumePoint>(&std::get<Answer>(decoded));
      ASSERT_NE(point, nullptr) << answer;
      while (!in_doubt_.empty()) {
        const auto [number, content] = *in_doubt_.begin();
        settle(peer.ask(numbered(number, content)), number, content);
      }
      send_batches(peer, point->state == BooksState::drawn && acknowledged_.empty()
                             ? 1
                             : point->batches + 1);
      if (!in_doubt_.empty()) return;
      if (below(4) == 0) peer.ask(agency_ + ":5\r\n");
      if (below(4) == 0) peer.ask(agency_ + ":10:" + std::to_string(point->draw) + "\r\n");
    }
  }

  void send_batches(Peer& peer, std::int64_t number) {
    std::map<std::int64_t, int> sent;
    for (std::size_t count = 1 + below(5); count > 0; --count) {
      const int content = static_cast<int>(below(2));
      sent[number] = content;
      in_doubt_[number] = content;
      peer.send(numbered(number++, content));
    }
    if (below(4) == 0) {  // the answers are lost
      lost_.insert(sent.begin(), sent.end());
      return;
    }
    for (const auto& [sent_number, content] : sent) {
      settle(peer.receive_until(), sent_number, content);
    }
  }

  void settle(const std::string& answer, std::int64_t number, int content) {
    in_doubt_.erase(number);
    if (answer == "server:0\r\n") {
      const auto [known, is_new] = acknowledged_.emplace(number, content);
      EXPECT_EQ(known->second, content) << "batch " << number << " was stored with other bets";
    } else {
      EXPECT_TRUE(answer.starts_with("server:1:")) << answer;
    }
  }

  std::uint16_t port_;
  std::string agency_;
  std::mt19937 random_;
  std::string upload_;
  std::map<std::int64_t, int> acknowledged_;
  std::map<std::int64_t, int> in_doubt_;  // sent, and not answered yet
  std::set<std::pair<std::int64_t, int>> lost_;
};

class RandomUploads : public testing::TestWithParam<unsigned> {};

TEST_P(RandomUploads, AreToldOfExactlyWhatIsStored) {
  const TemporaryFolder folder;
  std::vector<std::unique_ptr<RandomUpload>> uploads;
  {
    RunningService service(folder / "bets.db",
                           {.agencies = agencies({1, 2}), .winning_number = 7574},
                           {.await_winners_max = std::chrono::milliseconds(20)});
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < 6; ++i) {
      const int agency = static_cast<int>(i % 2) + 1;
      uploads.push_back(
          std::make_unique<RandomUpload>(service.port(), agency, GetParam() * 100 + i));
      threads.emplace_back([upload = uploads.back().get()] { upload->run(); });
    }
  }
  std::string said;
  EXPECT_TRUE(verify_database(folder / "bets.db", [&](const std::string& line) {
    said += line + "\n";
  })) << said;

  SQLite::Database database((folder / "bets.db").string());
  std::size_t acknowledged = 0;
  for (const auto& upload : uploads) {
    std::map<std::int64_t, int> stored;
    SQLite::Statement batches(database,
                              "SELECT batch_number, bets, draw_id FROM batches WHERE upload = ?");
    batches.bind(1, upload->upload());
    while (batches.executeStep()) {
      const bool is_new =
          stored.emplace(batches.getColumn(0).getInt64(), batches.getColumn(1).getInt() - 1).second;
      EXPECT_TRUE(is_new) << "an upload has stored a number in two draws";
    }
    for (const auto& [number, content] : upload->acknowledged()) {
      const auto found = stored.find(number);
      ASSERT_NE(found, stored.end()) << "batch " << number << " was acknowledged and is not stored";
      EXPECT_EQ(found->second, content);
    }
    for (const auto& [number, content] : stored) {
      EXPECT_TRUE(upload->acknowledged().contains(number) || upload->has_lost(number, content))
          << "batch " << number << " is stored, and its client was told that it is not";
    }
    acknowledged += upload->acknowledged().size();
  }
  EXPECT_GT(acknowledged, 0U);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomUploads, testing::Range(1U, 11U));

}  // namespace
}  // namespace lottery::test
