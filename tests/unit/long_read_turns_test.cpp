#include "service/long_read_turns.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <future>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "service/ledger.h"
#include "tests/support/wait_until.h"

namespace lottery::test {
namespace {

using Strings = std::vector<std::string>;

constexpr AgencyId one{1};
constexpr AgencyId two{2};
constexpr AgencyId three{3};

/// Threads that each take one turn, record their name when they get it, and keep the turn until
/// they are told to end it.
class Readers {
 public:
  explicit Readers(int at_once, int rests = 0) : turns_(at_once, rests) {}

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
    wait_until([&] { return turns_.waiting() + begun() != before; });
  }

  /// From now on every turn obliges its agency to rest.
  void oblige_to_rest() { obliges_to_rest_ = true; }

  void books_closed(AgencyId agency) { turns_.books_closed(agency); }

  void end(const std::string& name) {
    {
      const std::lock_guard lock(mutex_);
      ended_.insert(name);
    }
    changed_.notify_all();
  }

  /// The same, but returns only when the turn is over.
  void end_and_wait(const std::string& name) {
    end(name);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return over_.contains(name); });
  }

  void end_turns() { turns_.end(); }

  /// Waits until this many threads have got their turn or were refused it. Returns their names in
  /// that order.
  Strings first(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return begun_.size() >= count; });
    return begun_;
  }

 private:
  void read(AgencyId agency, const std::string& name) {
    try {
      {
        LongReadTurns::Turn turn(turns_, agency);
        if (obliges_to_rest_) turn.oblige_to_rest();
        std::unique_lock lock(mutex_);
        begun_.push_back(name);
        changed_.notify_all();
        changed_.wait(lock, [&] { return all_end_ || ended_.contains(name); });
      }
      const std::lock_guard lock(mutex_);
      over_.insert(name);
      changed_.notify_all();
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
  std::set<std::string> over_;  // of those, whose turn is over
  bool all_end_ = false;
  std::atomic<bool> obliges_to_rest_ = false;
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

// With this factor, a rest lasts longer than any test.
constexpr int without_end = 1'000'000;

TEST(LongReadTurns, AreNotTakenByAnAgencyThatRestsWhileOthersTakeThem) {
  Readers readers(1, without_end);
  readers.oblige_to_rest();
  readers.ask(one, "1a");
  readers.first(1);
  readers.ask(one, "1b");
  readers.end("1a");
  for (const AgencyId other : {two, three}) {
    const std::string name = to_string(other);
    readers.ask(other, name);
    readers.end(name);
  }
  EXPECT_EQ(readers.first(3), (Strings{"1a", "2", "3"}));
}

TEST(LongReadTurns, AreTakenAtOnceByAnAgencyWhoseBooksAreClosed) {
  Readers readers(1, without_end);
  readers.oblige_to_rest();
  readers.ask(one, "1a");
  readers.end("1a");
  readers.first(1);
  readers.ask(two, "2a");
  readers.end("2a");
  readers.first(2);
  readers.books_closed(one);
  readers.ask(one, "1b");
  EXPECT_EQ(readers.first(3), (Strings{"1a", "2a", "1b"}));
}

TEST(LongReadTurns, ObligeNoAgencyToRestWhoseBooksAreClosedDuringItsTurn) {
  Readers readers(1, without_end);
  readers.oblige_to_rest();
  readers.ask(one, "1a");
  readers.first(1);
  readers.books_closed(one);
  readers.end("1a");
  readers.ask(one, "1b");
  EXPECT_EQ(readers.first(2), (Strings{"1a", "1b"}));
}

TEST(LongReadTurns, AreTakenAgainAfterARestThatAllAgenciesShare) {
  using Clock = std::chrono::steady_clock;
  constexpr int rests = 3;
  LongReadTurns turns(1, rests);
  Clock::time_point ended_at;
  {
    LongReadTurns::Turn turn(turns, one);
    turn.oblige_to_rest();
    const auto begun_at = Clock::now();
    while (Clock::now() < begun_at + std::chrono::milliseconds(20)) std::this_thread::yield();
    ended_at = Clock::now();
  }
  { LongReadTurns::Turn(turns, two).oblige_to_rest(); }
  for (const AgencyId agency : {two, one}) {
    const LongReadTurns::Turn turn(turns, agency);
    EXPECT_GE(Clock::now() - ended_at, rests * std::chrono::milliseconds(20));
  }
}

TEST(LongReadTurns, AreNotTakenAtOnceByAgenciesThatAreObligedToRest) {
  Readers readers(2);
  readers.oblige_to_rest();
  readers.ask(one, "1a");
  readers.end("1a");
  readers.first(1);
  readers.ask(two, "2a");
  readers.end("2a");
  readers.first(2);
  readers.ask(one, "1b");
  readers.first(3);
  readers.ask(two, "2b");
  readers.ask(three, "3a");
  EXPECT_EQ(readers.first(4), (Strings{"1a", "2a", "1b", "3a"}));
  readers.end("1b");
  EXPECT_EQ(readers.first(5).back(), "2b");
}

TEST(LongReadTurns, AreTakenAgainAfterTheLongestRestHoweverLongTheTurnWas) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds time{20};
  LongReadTurns turns(1, 1000, time);
  const auto begun_at = Clock::now();
  {
    LongReadTurns::Turn turn(turns, one);
    turn.oblige_to_rest();
    while (Clock::now() < begun_at + time) std::this_thread::yield();
  }
  const auto ended_at = Clock::now();
  const LongReadTurns::Turn turn(turns, one);
  EXPECT_LT(Clock::now() - ended_at, 500 * time);
}

TEST(LongReadTurns, AreTakenAfterARestThatEndsBeforeThoseWhoWaitForItAreAwake) {
  constexpr std::size_t threads = 100;
  constexpr int microseconds_max = 20;
  constexpr std::chrono::seconds time_max{20};
  LongReadTurns turns(1, 1);
  const auto take_turn = [&](std::chrono::microseconds time) {
    try {
      LongReadTurns::Turn turn(turns, one);
      turn.oblige_to_rest();
      const auto end = std::chrono::steady_clock::now() + time;
      while (std::chrono::steady_clock::now() < end) {
      }
    } catch (const LedgerUnavailable&) {
      return false;
    }
    return true;
  };
  std::vector<std::future<bool>> finished;
  {
    const LongReadTurns::Turn first(turns, one);
    for (std::size_t i = 0; i < threads; ++i) {
      const std::chrono::microseconds time(i % microseconds_max);
      finished.push_back(std::async(std::launch::async, take_turn, time));
    }
    wait_until([&] { return turns.waiting() >= threads; });
  }
  const auto give_up_at = std::chrono::steady_clock::now() + time_max;
  for (const auto& each : finished) each.wait_until(give_up_at);
  turns.end();
  for (auto& each : finished) EXPECT_TRUE(each.get()) << "it has waited in vain";
}

TEST(LongReadTurns, AreTakenAtOnceByThoseWhoWaitForARestWhenTheBooksAreClosed) {
  Readers readers(1, without_end);
  readers.oblige_to_rest();
  readers.ask(one, "1a");
  readers.first(1);
  readers.end_and_wait("1a");
  const auto asked_at = std::chrono::steady_clock::now();
  readers.ask(one, "1b");
  readers.books_closed(one);
  EXPECT_EQ(readers.first(2), (Strings{"1a", "1b"}));
  EXPECT_LT(std::chrono::steady_clock::now() - asked_at, LongReadTurns::usual_rest_max / 2);
}

TEST(LongReadTurns, AreRefusedToThoseWhoRestWhenTheyEnd) {
  Readers readers(1, without_end);
  readers.oblige_to_rest();
  readers.ask(one, "1a");
  readers.end("1a");
  readers.first(1);
  readers.ask(one, "1b");
  readers.end_turns();
  EXPECT_EQ(readers.first(2), (Strings{"1a", "1b refused"}));
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
