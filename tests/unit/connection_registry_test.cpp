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
  Acceptance accept(const StreamSocket& socket) { return registry_.accept(socket, Dialect::typed); }

  std::unique_ptr<Registration> enter(const StreamSocket& socket) {
    return std::make_unique<Registration>(registry_, socket, std::make_unique<UnusedStream>(ends_));
  }

  /// A connection that has come and has its thread.
  std::unique_ptr<Registration> connection() {
    const StreamSocket socket;
    EXPECT_EQ(accept(socket), Acceptance::accepted);
    return enter(socket);
  }

  std::vector<ConnectionRegistry::Waiting> overdue() {
    return registry_.wait_for_overdue(milliseconds(1), {});
  }

  static constexpr int served_max = 2;

  ConnectionRegistry registry_{served_max};
  Ends ends_;
};

TEST_F(ConnectionRegistryTest, ServesAsManyConnectionsAsItMay) {
  const auto first = connection();
  auto second = connection();
  EXPECT_EQ(first->admission(), Admission::served);
  EXPECT_EQ(second->admission(), Admission::served);
  EXPECT_EQ(connection()->admission(), Admission::full);
  second.reset();
  EXPECT_EQ(connection()->admission(), Admission::served);
}

TEST_F(ConnectionRegistryTest, AcceptsNoMoreConnectionsThanThereAreThreads) {
  std::vector<StreamSocket> waiting(static_cast<std::size_t>(registry_.threads_max() - 1));
  const auto served = connection();
  for (const StreamSocket& socket : waiting) EXPECT_EQ(accept(socket), Acceptance::accepted);
  EXPECT_EQ(accept({}), Acceptance::full);
  enter(waiting.front());  // and leaves
  EXPECT_EQ(accept({}), Acceptance::accepted);
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
    while (!ends_.stopped_receiving) std::this_thread::yield();
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
    while (!ends_.was_cut) std::this_thread::yield();
    served.reset();
  });
  registry_.end_all([&] { until_long_work_ended = steady_clock::now() - began; });
  EXPECT_GE(until_long_work_ended, std::chrono::seconds(2));
  EXPECT_LT(steady_clock::now() - began, std::chrono::seconds(5));
}

}  // namespace
}  // namespace lottery::test
