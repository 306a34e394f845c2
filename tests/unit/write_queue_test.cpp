#include "service/storage/sqlite/write_queue.h"

#include <gtest/gtest.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstddef>
#include <future>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/wait_until_asleep.h"

namespace lottery::test {
namespace {

TEST(WriteQueue, DoesWorkOnTheThreadThatBringsItWhereNobodyElseWrites) {
  WriteQueue queue;
  std::thread::id done_by;
  queue.run([&] { done_by = std::this_thread::get_id(); });
  EXPECT_EQ(done_by, std::this_thread::get_id());
}

TEST(WriteQueue, DoesEveryPieceOnceAndOneAtATime) {
  constexpr int threads_max = 8;
  constexpr int pieces = 2000;
  WriteQueue queue;
  int inside = 0;  // no atomics: the queue keeps the threads apart
  int done = 0;
  bool was_alone = true;
  std::latch all_there(threads_max);
  std::vector<std::thread> threads;
  for (int i = 0; i < threads_max; ++i) {
    threads.emplace_back([&] {
      all_there.arrive_and_wait();
      for (int piece = 0; piece < pieces; ++piece) {
        int mine = 0;
        queue.run([&] {
          was_alone = was_alone && ++inside == 1;
          ++done;
          ++mine;
          --inside;
        });
        ASSERT_EQ(mine, 1);  // and it is done when run() returns
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(was_alone);
  EXPECT_EQ(done, threads_max * pieces);
}

TEST(WriteQueue, DoesThePiecesInTheOrderInWhichTheyCame) {
  constexpr int threads = 8;
  WriteQueue queue;
  std::vector<int> order;
  std::latch all_wait(1);
  std::latch first_has_its_turn(1);
  std::vector<std::jthread> others;
  std::jthread first([&] {
    queue.run([&] {
      first_has_its_turn.count_down();
      all_wait.wait();
    });
  });
  first_has_its_turn.wait();
  for (int i = 0; i < threads; ++i) {
    std::promise<pid_t> id;
    others.emplace_back([&, i, told = &id] {
      told->set_value(::gettid());
      queue.run([&order, i] { order.push_back(i); });
    });
    wait_until_asleep(id.get_future().get());  // in the queue
  }
  all_wait.count_down();
  others.clear();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(WriteQueue, ThrowsWhatTheWorkThrowsToWhoBroughtItAndGoesOn) {
  constexpr int pieces = 2000;
  WriteQueue queue;
  std::latch both_there(2);
  const auto bring = [&](bool throws) {
    both_there.arrive_and_wait();
    int caught = 0;
    for (int i = 0; i < pieces; ++i) {
      try {
        queue.run([&] {
          if (throws) throw std::runtime_error("no");
        });
      } catch (const std::runtime_error&) {
        ++caught;
      }
    }
    return caught;
  };
  int caught_by_other = 0;
  std::thread other([&] { caught_by_other = bring(true); });
  EXPECT_EQ(bring(false), 0);
  other.join();
  EXPECT_EQ(caught_by_other, pieces);
}

}  // namespace
}  // namespace lottery::test
