#include "service/long_read_turns.h"

#include <gtest/gtest.h>

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "service/ledger.h"

namespace lottery::test {
namespace {

using Strings = std::vector<std::string>;

constexpr AgencyId one{1};
constexpr AgencyId two{2};
constexpr AgencyId three{3};

/// Threads that each take one turn, write down their name when they get it, and keep it until they
/// are told to end.
class Readers {
 public:
  explicit Readers(int at_once) : turns_(at_once) {}

  ~Readers() {
    turns_.end();
    {
      const std::lock_guard lock(mutex_);
      all_end_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;

  /// Asks for a turn on another thread, and returns once that thread has it or waits for it.
  void ask(AgencyId agency, const std::string& name) {
    const std::size_t before = turns_.waiting() + begun();
    threads_.emplace_back([this, agency, name] { read(agency, name); });
    while (turns_.waiting() + begun() == before) std::this_thread::yield();
  }

  void end(const std::string& name) {
    {
      const std::lock_guard lock(mutex_);
      ended_.insert(name);
    }
    changed_.notify_all();
  }

  void end_turns() { turns_.end(); }

  /// Waits until so many have got their turn or were refused it. Returns their names, in that
  /// order.
  Strings first(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return begun_.size() >= count; });
    return begun_;
  }

 private:
  void read(AgencyId agency, const std::string& name) {
    try {
      const LongReadTurns::Turn turn(turns_, agency);
      std::unique_lock lock(mutex_);
      begun_.push_back(name);
      changed_.notify_all();
      changed_.wait(lock, [&] { return all_end_ || ended_.contains(name); });
    } catch (const LedgerUnavailable&) {
      const std::lock_guard lock(mutex_);
      begun_.push_back(name + " refused");
      changed_.notify_all();
    }
  }

  std::size_t begun() {
    const std::lock_guard lock(mutex_);
    return begun_.size();
  }

  LongReadTurns turns_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Strings begun_;
  std::set<std::string> ended_;
  bool all_end_ = false;
  std::vector<std::thread> threads_;
};

TEST(LongReadTurns, AreTakenRoundRobinByTheAgenciesThatWait) {
  Readers readers(1);
  readers.ask(one, "1a");
  readers.first(1);
  readers.ask(one, "1b");
  readers.ask(one, "1c");
  readers.ask(two, "2a");
  readers.ask(two, "2b");
  readers.ask(three, "3a");
  const Strings expected{"1a", "2a", "3a", "1b", "2b", "1c"};
  Strings so_far;
  for (const std::string& name : expected) {
    so_far.push_back(name);
    EXPECT_EQ(readers.first(so_far.size()), so_far);
    readers.end(name);
  }
}

TEST(LongReadTurns, AreTakenOnceByAnAgencyThoughOthersAreFree) {
  Readers readers(2);
  readers.ask(one, "1a");
  readers.first(1);
  readers.ask(one, "1b");
  readers.ask(two, "2a");
  EXPECT_EQ(readers.first(2), (Strings{"1a", "2a"}));
  readers.end("1a");
  EXPECT_EQ(readers.first(3), (Strings{"1a", "2a", "1b"}));
}

TEST(LongReadTurns, AreRefusedToThoseWhoWaitWhenTheyEndAndFromThenOn) {
  Readers readers(1);
  readers.ask(one, "1a");
  readers.first(1);
  readers.ask(two, "2a");
  readers.end_turns();
  EXPECT_EQ(readers.first(2), (Strings{"1a", "2a refused"}));
  readers.end("1a");
  readers.ask(three, "3a");
  EXPECT_EQ(readers.first(3), (Strings{"1a", "2a refused", "3a refused"}));
}

}  // namespace
}  // namespace lottery::test
