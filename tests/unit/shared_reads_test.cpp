#include "service/shared_reads.h"

#include <gtest/gtest.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <future>
#include <vector>

#include "tests/support/wait_until_asleep.h"

namespace lottery::test {
namespace {

constexpr AgencyId one{1};
constexpr AgencyId two{2};

/// Threads that ask for a read. A read waits until the test lets it go, and returns its number,
/// from 1.
class SharedReadsTest : public testing::Test {
 protected:
  using Reads = SharedReads<int>;

  ~SharedReadsTest() override { let_go(); }

  void let_go() {
    if (!is_let_go_.exchange(true)) turn_.set_value();
  }

  /// Asks on another thread, and returns when that thread waits.
  std::future<int> ask(AgencyId agency) {
    return ask(agency, [this](const std::function<void()>& begins) {
      waits_.wait();
      begins();
      return ++reads_;
    });
  }

  std::future<int> ask(AgencyId agency, const Reads::Read& read) {
    std::promise<pid_t> id;
    auto thread = id.get_future();
    auto answer = std::async(std::launch::async, [this, agency, read, &id] {
      id.set_value(::gettid());
      return shared_.share(agency, read);
    });
    wait_until_asleep(thread.get());
    return answer;
  }

  Reads shared_;
  std::promise<void> turn_;
  std::shared_future<void> waits_{turn_.get_future()};
  std::atomic<bool> is_let_go_ = false;
  std::atomic<int> reads_ = 0;
};

TEST_F(SharedReadsTest, AreDoneOnceForAllWhoAskBeforeTheyBegin) {
  std::vector<std::future<int>> answers;
  constexpr int asking = 20;
  for (int i = 0; i < asking; ++i) answers.push_back(ask(one));
  let_go();
  for (auto& answer : answers) EXPECT_EQ(answer.get(), 1);
}

TEST_F(SharedReadsTest, AreDoneOnceForEachAgency) {
  auto of_one = ask(one);
  auto of_two = ask(two);
  let_go();
  EXPECT_EQ(of_one.get() + of_two.get(), 1 + 2);
}

TEST_F(SharedReadsTest, AreDoneAnewForThoseWhoAskOnceTheyHaveBegun) {
  std::promise<void> end;
  auto first = ask(one, [&](const auto& begins) {
    begins();
    end.get_future().wait();
    return 0;
  });
  auto second = ask(one);
  end.set_value();
  EXPECT_EQ(first.get(), 0);
  auto third = ask(one);
  let_go();
  EXPECT_EQ(second.get(), 1);
  EXPECT_EQ(third.get(), 1) << "the end of the first read must not end the wait for the second";
}

TEST_F(SharedReadsTest, FailForAllWhoShareThemAndForNobodyElse) {
  const auto fail_with = [&](const auto& error) {
    return [this, error](const std::function<void()>& /*begins*/) -> int {
      waits_.wait();
      throw error;
    };
  };
  auto unavailable = ask(one, fail_with(LedgerUnavailable("the disk is full")));
  auto also_unavailable = ask(one);
  auto failed = ask(two, fail_with(LedgerFailed("a sync has failed")));
  auto also_failed = ask(two);
  let_go();
  EXPECT_THROW(unavailable.get(), LedgerUnavailable);
  EXPECT_THROW(also_unavailable.get(), LedgerUnavailable);
  EXPECT_THROW(failed.get(), LedgerFailed);
  EXPECT_THROW(also_failed.get(), LedgerFailed);
  EXPECT_EQ(shared_.share(one, [](const auto& /*begins*/) { return 7; }), 7);
}

}  // namespace
}  // namespace lottery::test
