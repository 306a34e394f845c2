// The memory that peers make the service use is bounded.

#include <gtest/gtest.h>

#include <chrono>
#include <cstddef>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/peer.h"
#include "tests/support/process.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/wait_until.h"

namespace lottery::test {
namespace {

using std::chrono::steady_clock;

const std::string ack = "server:0\r\n";
const std::string bet = "A,B,1,1999-03-17,7574\n";

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool is_sanitized = true;  // the memory is that of the sanitizer
#else
constexpr bool is_sanitized = false;
#endif

class Memory : public testing::Test {
 protected:
  void SetUp() override {
    if (is_sanitized) GTEST_SKIP();
  }

  /// A field of the service's /proc/PID/status, in KiB.
  std::size_t kib(const std::string& name) const {
    std::ifstream status("/proc/" + std::to_string(service_.id()) + "/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with(name + ":")) return std::stoul(line.substr(name.size() + 1));
    }
    ADD_FAILURE() << "there is no " << name;
    return 0;
  }

  std::size_t resident_kib() const { return kib("VmRSS"); }

  std::vector<std::unique_ptr<Peer>> peers(std::size_t count) {
    std::vector<std::unique_ptr<Peer>> made;
    for (std::size_t i = 0; i < count; ++i) made.push_back(std::make_unique<Peer>(port_));
    return made;
  }

  /// A BETS message of agency 1 with this many bets.
  static std::string batch(std::size_t bets) {
    std::string message = "1:4:";
    for (std::size_t i = 0; i < bets; ++i) message += bet;
    return message + "\r\n";
  }

  TemporaryFolder folder_;
  ServiceProcess service_{folder_.path(), {"--lottery.agencies=1"}};
  std::uint16_t port_ = service_.port();
};

TEST_F(Memory, OfAnIdleConnectionIsNotThatOfItsLargestMessage) {
  constexpr std::size_t connections = 300;
  constexpr std::size_t kib_each = 128;     // 250 if nothing is given back
  const std::string message = batch(2900);  // almost service.max_message_bytes
  EXPECT_EQ(Peer(port_).ask(message), ack);
  const std::size_t before = resident_kib();
  const auto idle = peers(connections);
  for (int i = 0; i < 3; ++i) {
    for (const auto& peer : idle) peer->send(message);
    for (const auto& peer : idle) ASSERT_EQ(peer->receive_until(), ack);
  }
  // A connection releases its memory just after it has sent its answer.
  const auto deadline = steady_clock::now() + std::chrono::seconds(20);
  wait_until([&] {
    return resident_kib() <= before + kib_each * connections || steady_clock::now() >= deadline;
  });
  EXPECT_LE(resident_kib(), before + kib_each * connections);
}

TEST_F(Memory, OfWinnersIsBoundedThoughPeersAskAndDoNotRead) {
  constexpr std::size_t winners = 400'000;
  constexpr std::size_t bets_in_batch = 2500;
  Peer uploader(port_);
  const std::string message = batch(bets_in_batch);
  for (std::size_t i = 0; i < winners / bets_in_batch; ++i) ASSERT_EQ(uploader.ask(message), ack);
  ASSERT_EQ(uploader.ask("1:5\r\n"), ack);

  const std::size_t before = kib("VmHWM");
  const auto not_reading = peers(20);
  for (const auto& peer : not_reading) peer->send("1:6\r\n");
  for (const auto& peer : not_reading) {
    EXPECT_TRUE(peer->has_sent(std::chrono::seconds(20)));
  }
  // A peer that reads gets all of its winners, while the others do not read.
  uploader.send("1:6\r\n");
  uploader.end_sending();
  const std::string answer = uploader.receive_all();
  EXPECT_EQ(answer.size(), std::string("server:3:\r\n").size() + winners * ("1," + bet).size());
  // All answers together have 190 MB.
  EXPECT_LT(kib("VmHWM"), before + 20 * 1024);
}

}  // namespace
}  // namespace lottery::test
