#include <Poco/Timespan.h>
#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/peer.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

const std::string bet = "Ana,D'Elia,30904465,1999-03-17,7574\n";
const std::string ack = "server:0\r\n";
const std::string resume = "1:8:" + std::string(32, 'a') + "\r\n";

/// Waits until `condition` holds.
template <typename Condition>
void wait_until(Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("waited in vain");
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

/// A service of agencies 1 and 2 on a disk whose syncs of the WAL can be held back.
class HeldSync : public testing::Test {
 protected:
  void hold() { syncs_.write("hold", ""); }
  void let_go() { std::filesystem::remove(syncs_ / "hold"); }
  void let_fail() {
    syncs_.write("fail", "");
    let_go();
  }

  /// Waits until a sync is held back.
  void wait_until_held() {
    wait_until([this] { return std::filesystem::exists(syncs_ / "holding"); });
  }

  /// The number of syncs of the WAL that have ended.
  std::int64_t synced() const {
    const std::string lines =
        std::filesystem::exists(syncs_ / "synced") ? read_file(syncs_ / "synced") : "";
    return std::count(lines.begin(), lines.end(), '\n');
  }

  std::unique_ptr<Peer> connect() { return std::make_unique<Peer>(port_); }

  int stored_batches() const {
    SQLite::Database shell((folder_ / "bets.db").string(), SQLite::OPEN_READONLY, 5000);
    return shell.execAndGet("SELECT count(*) FROM batches").getInt();
  }

  TemporaryFolder folder_;
  TemporaryFolder syncs_;
  ServiceProcess service_{folder_.path(),
                          {"--lottery.agencies=1,2"},
                          {{"LD_PRELOAD", HELD_SYNC_LIBRARY},
                           {"HELD_SYNCS", syncs_.path().string()},
                           {"ASAN_OPTIONS", "verify_asan_link_order=0"}}};
  std::uint16_t port_ = service_.port();
};

// A transaction is visible to others before it is durable. Each answer that follows from it must
// wait for the sync, too: if the sync fails, no peer may have been told.
TEST_F(HeldSync, KeepsBackEveryAnswerThatDependsOnWhatIsNotDurableYet) {
  ASSERT_EQ(connect()->ask("1:4:" + bet + "\r\n"), ack);
  ASSERT_EQ(connect()->ask("2:5\r\n"), ack);
  const std::vector<std::string> questions{
      resume,                                    // the draw has happened
      "1:6\r\n",                                 // these are the winners
      "1:10:1\r\n",                              // and these
      "1:7:2:" + bet + "\r\n",                   // an ERROR: draw 1 has been drawn
      "1:5:9:" + std::string(64, '0') + "\r\n",  // an ERROR: the books don't balance
      "1:4:" + bet + "\r\n",                     // stored in draw 2
      "1:" + bet + "\r\n",                       // the same in the older dialect
      "1:5\r\n",                                 // done in draw 2
  };
  std::vector<std::unique_ptr<Peer>> peers;
  for (const std::string& question : questions) {
    peers.push_back(connect());
    if (question.starts_with("1:7:") || question.starts_with("1:5:")) {
      ASSERT_TRUE(peers.back()->ask(resume).starts_with("server:9:1:open:1:1:"));
    }
  }
  const auto drawing = connect();
  hold();
  drawing->send("1:5\r\n");
  wait_until_held();
  for (std::size_t i = 0; i < questions.size(); ++i) peers[i]->send(questions[i]);
  // An answer that waits for no sync comes at once.
  std::chrono::milliseconds wait{700};
  for (std::size_t i = 0; i < questions.size(); ++i) {
    EXPECT_FALSE(peers[i]->has_sent(wait)) << questions[i];
    wait = {};  // for all of them together
  }
  let_fail();
  for (std::size_t i = 0; i < questions.size(); ++i) {
    EXPECT_EQ(peers[i]->receive_all(), "") << questions[i];
  }
  EXPECT_EQ(drawing->receive_all(), "");
  EXPECT_EQ(service_.wait(), 1);
}

TEST_F(HeldSync, IsSharedByAllWhoHaveCommittedMeanwhile) {
  constexpr int others = 20;
  std::vector<std::unique_ptr<Peer>> peers;
  for (int i = 0; i < others; ++i) {
    peers.push_back(connect());
    ASSERT_EQ(peers.back()->ask("1:6\r\n"), "server:2\r\n");
  }
  const auto first = connect();
  const std::int64_t before = synced();
  hold();
  first->send("1:4:" + bet + "\r\n");
  wait_until_held();
  for (const auto& peer : peers) peer->send("1:4:" + bet + "\r\n");
  wait_until([this] { return stored_batches() == 1 + others; });
  let_go();
  EXPECT_EQ(first->receive_until(), ack);
  for (const auto& peer : peers) EXPECT_EQ(peer->receive_until(), ack);
  // One sync for the first commit, and one for the others. The last of the others may have been
  // visible, but not counted, when that sync began.
  EXPECT_GE(synced() - before, 2) << "what came during the first sync is not covered by it";
  EXPECT_LE(synced() - before, 3);
  EXPECT_EQ(service_.stop(), 0);
}

TEST_F(HeldSync, IsSharedByAllMessagesThatCameTogether) {
  constexpr int batches = 60;
  std::string messages;
  for (int i = 0; i < batches; ++i) messages += "1:4:" + bet + "\r\n";
  const auto peer = connect();
  const std::int64_t before = synced();
  peer->send(messages);
  for (int i = 0; i < batches; ++i) EXPECT_EQ(peer->receive_until(), ack);
  // The system may deliver the messages in parts, and a checkpoint makes syncs of its own.
  EXPECT_LT(synced() - before, batches / 4);
  EXPECT_EQ(service_.stop(), 0);
}

}  // namespace
}  // namespace lottery::test
