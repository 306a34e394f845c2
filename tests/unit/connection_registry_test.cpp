#include "service/connections/connection_registry.h"

#include <gtest/gtest.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/wait_until.h"
#include "tests/support/wait_until_asleep.h"

namespace lottery::test {
namespace {

using Acceptance = ConnectionRegistry::Acceptance;
using Admission = ConnectionRegistry::Admission;
using Poco::Net::StreamSocket;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// How a stop has ended a stream.
struct Ends {
  std::atomic<bool> stopped_receiving = false;
  std::atomic<bool> was_cut = false;
};

/// A stream without a peer.
class UnusedStream : public Stream {
 public:
  explicit UnusedStream(Ends& ends) : ends_(ends) {}

  std::optional<PeerCertificate> begin(Deadline /*deadline*/) override { return {}; }
  std::size_t receive_some(std::span<char> /*into*/, Deadline /*deadline*/) override { return 0; }
  std::optional<std::size_t> receive_now(std::span<char> /*into*/) noexcept override { return 0; }
  void send_all(std::string_view /*bytes*/, Deadline /*deadline*/) override {}
  EventWait wait_for_event(int /*event*/, Deadline /*deadline*/) override {
    return EventWait::peer_ended;
  }
  void linger(Deadline /*deadline*/) override {}
  void stop_receiving() noexcept override { ends_.stopped_receiving = true; }
  void cut() noexcept override { ends_.was_cut = true; }
  const std::string& peer() const noexcept override { return peer_; }

 private:
  Ends& ends_;
  std::string peer_ = "nobody";
};

class ConnectionRegistryTest : public testing::Test {
 protected:
  Acceptance accept(const StreamSocket& socket, const std::string& address = "a") {
    return registry_.accept(socket, Dialect::typed, {address});
  }

  std::unique_ptr<Registration> enter(const StreamSocket& socket) { return enter(socket, ends_); }

  std::unique_ptr<Registration> enter(const StreamSocket& socket, Ends& ends) {
    return std::make_unique<Registration>(registry_, socket, std::make_unique<UnusedStream>(ends));
  }

  /// A connection that was accepted and has its thread.
  std::unique_ptr<Registration> connection(const std::string& address = "a") {
    return connection(address, ends_);
  }

  std::unique_ptr<Registration> connection(const std::string& address, Ends& ends) {
    const StreamSocket socket;
    EXPECT_EQ(accept(socket, address), Acceptance::accepted);
    return enter(socket, ends);
  }

  /// A connection that has sent a valid message.
  std::unique_ptr<Registration> valid_connection(const std::string& address = "a") {
    auto made = connection(address);
    made->has_sent_valid_message();
    return made;
  }

  std::vector<ConnectionRegistry::Waiting> overdue() {
    return registry_.wait_for_overdue(milliseconds(1), {});
  }

  static constexpr int served_max = 4;
  static constexpr int served_per_address_max = 3;

  ConnectionRegistry registry_{served_max, served_per_address_max};
  Ends ends_;
};

TEST_F(ConnectionRegistryTest, ServesAsManyConnectionsAsItMay) {
  std::vector<std::unique_ptr<Registration>> served;
  for (const char* address : {"a", "b", "c", "d"}) {
    served.push_back(valid_connection(address));
    EXPECT_EQ(served.back()->admission(), Admission::served);
  }
  EXPECT_EQ(connection("e")->admission(), Admission::full);
  served.pop_back();
  EXPECT_EQ(connection("e")->admission(), Admission::served);
}

TEST_F(ConnectionRegistryTest, ServesAsManyConnectionsOfOneAddressAsItMay) {
  std::vector<std::unique_ptr<Registration>> served;
  for (int i = 0; i < served_per_address_max; ++i) served.push_back(connection("a"));
  EXPECT_EQ(connection("a")->admission(), Admission::address_full);
  EXPECT_EQ(connection("b")->admission(), Admission::served);
  served.pop_back();
  EXPECT_EQ(connection("a")->admission(), Admission::served);
}

TEST_F(ConnectionRegistryTest, GivesAPlaceBackThatAConnectionHadThatGotNoThread) {
  std::vector<StreamSocket> waiting(served_per_address_max);
  for (const StreamSocket& socket : waiting) accept(socket);
  std::size_t handed_out = 0;
  while (handed_out < waiting.size()) handed_out += overdue().size();
  EXPECT_EQ(connection("a")->admission(), Admission::served);
}

TEST_F(ConnectionRegistryTest, TakesThePlaceOfTheOldestSilentOneOfTheAddressThatHasMostOfThem) {
  Ends loser;
  const auto other = connection("b");
  const auto busy = valid_connection("a");
  const auto oldest = connection("a", loser);
  const auto younger = connection("a");
  EXPECT_EQ(connection("c")->admission(), Admission::served);
  EXPECT_TRUE(loser.was_cut);
  EXPECT_FALSE(ends_.was_cut);
}

TEST_F(ConnectionRegistryTest, TakesNoPlaceAwayThatAValidMessageHasEarned) {
  std::vector<std::unique_ptr<Registration>> served;
  for (const char* address : {"a", "b", "c", "d"}) served.push_back(valid_connection(address));
  EXPECT_EQ(connection("e")->admission(), Admission::full);
  EXPECT_FALSE(ends_.was_cut);
}

TEST_F(ConnectionRegistryTest, CountsAConnectionThatHasLostItsPlaceNoMore) {
  std::vector<std::unique_ptr<Registration>> served;
  std::vector<std::unique_ptr<Ends>> ends;
  for (int i = 0; i < 3 * served_max; ++i) {
    ends.push_back(std::make_unique<Ends>());
    served.push_back(connection("address " + std::to_string(i), *ends.back()));
    EXPECT_EQ(served.back()->admission(), Admission::served);
    EXPECT_FALSE(ends.back()->was_cut);
  }
  for (int i = 0; i < 3 * served_max; ++i) {
    EXPECT_EQ(ends[static_cast<std::size_t>(i)]->was_cut, i < 2 * served_max) << i;
  }
  served.clear();
  EXPECT_EQ(connection("a")->admission(), Admission::served);
}

TEST_F(ConnectionRegistryTest, TellsOnlyAFewConnectionsAtOnceThatNoPlaceIsLeft) {
  std::vector<std::unique_ptr<Registration>> served;
  for (const char* address : {"a", "a", "a", "b"}) served.push_back(valid_connection(address));
  const int told_max = 16;
  std::vector<StreamSocket> told(told_max);
  for (const StreamSocket& socket : told) EXPECT_EQ(accept(socket, "c"), Acceptance::accepted);
  EXPECT_EQ(accept({}, "c"), Acceptance::full);
  EXPECT_EQ(accept({}, "a"), Acceptance::address_full);
  served.pop_back();
  EXPECT_EQ(connection("b")->admission(), Admission::served);
  enter(told.front());  // and leaves
  EXPECT_EQ(connection("a")->admission(), Admission::address_full);
}

TEST_F(ConnectionRegistryTest, HasThreadsForAllThatItAcceptsAndForThoseThatHaveLostTheirPlaces) {
  std::vector<std::unique_ptr<Registration>> served;
  for (int i = 0; i < 2 * registry_.threads_max(); ++i) {
    const StreamSocket socket;
    if (accept(socket, "address " + std::to_string(i)) != Acceptance::accepted) continue;
    served.push_back(enter(socket));
  }
  EXPECT_EQ(served.size(), static_cast<std::size_t>(registry_.threads_max()));
}

TEST_F(ConnectionRegistryTest, ClosesAConnectionThatGetsItsThreadOnceTheServiceStops) {
  const StreamSocket socket;
  accept(socket);
  registry_.begin_stop();
  EXPECT_TRUE(registry_.is_stopping());
  EXPECT_EQ(enter(socket)->admission(), Admission::closed);
}

TEST_F(ConnectionRegistryTest, HandsOutConnectionsThatGetNoThreadAndClosesThemIfOneComesLater) {
  const StreamSocket first;
  const StreamSocket second;
  accept(first);
  accept(second);
  std::vector<ConnectionRegistry::Waiting> found = overdue();
  while (found.size() < 2) {
    for (auto& waiting : overdue()) found.push_back(std::move(waiting));
  }
  EXPECT_EQ(found.front().socket.impl(), first.impl());
  EXPECT_EQ(enter(first)->admission(), Admission::closed);
  EXPECT_EQ(enter(second)->admission(), Admission::closed);
}

TEST_F(ConnectionRegistryTest, HandsOutNoConnectionBeforeItsTime) {
  const StreamSocket socket;
  const auto began = steady_clock::now();
  accept(socket);
  EXPECT_EQ(registry_.wait_for_overdue(milliseconds(50), {}).size(), 1);
  EXPECT_GE(steady_clock::now() - began, milliseconds(50));
}

TEST_F(ConnectionRegistryTest, LetsOneConnectionTryWhetherThereAreThreadsAgain) {
  accept({});
  overdue();
  const StreamSocket trying;
  EXPECT_EQ(accept(trying), Acceptance::accepted);
  EXPECT_EQ(accept({}), Acceptance::no_threads);
  EXPECT_EQ(enter(trying)->admission(), Admission::served);
  EXPECT_EQ(accept({}), Acceptance::accepted);
  EXPECT_EQ(accept({}), Acceptance::accepted);
}

TEST_F(ConnectionRegistryTest, StopsTheWaitForConnectionsWithoutAThread) {
  for (const bool is_one_waiting : {false, true}) {
    if (is_one_waiting) accept({});
    std::promise<pid_t> id;
    std::jthread waiting([&](const std::stop_token& stop) {
      id.set_value(::gettid());
      EXPECT_TRUE(registry_.wait_for_overdue(std::chrono::hours(1), stop).empty());
    });
    wait_until_asleep(id.get_future().get());
  }
}

TEST_F(ConnectionRegistryTest, EndsAConnectionWithoutCuttingItIfItLeavesInTime) {
  auto served = connection();
  registry_.begin_stop();
  std::jthread leaving([&] {
    wait_until([&] { return ends_.stopped_receiving.load(); });
    served.reset();
  });
  registry_.end_all([] { ADD_FAILURE() << "the connection has left"; });
  EXPECT_FALSE(ends_.was_cut);
}

TEST_F(ConnectionRegistryTest, EndsLongWorkAndThenCutsAConnectionThatDoesNotLeave) {
  auto served = connection();
  registry_.begin_stop();
  const auto began = steady_clock::now();
  steady_clock::duration until_long_work_ended{};
  std::jthread leaving([&] {
    wait_until([&] { return ends_.was_cut.load(); });
    served.reset();
  });
  registry_.end_all([&] { until_long_work_ended = steady_clock::now() - began; });
  EXPECT_GE(until_long_work_ended, std::chrono::seconds(2));
  EXPECT_LT(steady_clock::now() - began, std::chrono::seconds(5));
}

}  // namespace
}  // namespace lottery::test
