#include "service/storage/sqlite/write_queue.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <latch>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

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

TEST(WriteQueue, DoesThePiecesOfOneThreadInTheirOrder) {
  WriteQueue queue;
  std::vector<int> order;
  std::thread other([&] {
    for (int i = 0; i < 1000; ++i) queue.run([] {});
  });
  for (int i = 0; i < 1000; ++i) queue.run([&, i] { order.push_back(i); });
  other.join();
  ASSERT_EQ(order.size(), 1000U);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
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
