#include "agency_client/bet_number.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace lottery::test {
namespace {

ResumePoint point(std::int64_t draw, BooksState state, std::int64_t batches) {
  return {.draw = draw, .state = state, .batches = batches, .books = {}};
}

ResumePoint open(std::int64_t draw, std::int64_t batches) {
  return point(draw, BooksState::open, batches);
}

ResumePoint drawn(std::int64_t draw, std::int64_t batches) {
  return point(draw, BooksState::drawn, batches);
}

TEST(BetNumber, IsTheNextOneOfOpenBooks) { EXPECT_EQ(BetNumber().next(open(1, 6)), 7); }

TEST(BetNumber, IsTheFirstOneAfterADraw) { EXPECT_EQ(BetNumber().next(drawn(1, 6)), 1); }

TEST(BetNumber, StaysAfterALostAnswerWhileTheBooksAreOpen) {
  BetNumber number;
  number.next(open(1, 6));
  EXPECT_EQ(number.next(open(1, 6)), 7);
  EXPECT_TRUE(number.may_be_stored());
}

TEST(BetNumber, StaysAfterALostAnswerIfABatchHasItThatMayBeItsOwn) {
  for (const BooksState state : {BooksState::open, BooksState::closed, BooksState::drawn}) {
    BetNumber number;
    number.next(open(1, 6));
    EXPECT_EQ(number.next(point(1, state, 9)), 7);
  }
}

TEST(BetNumber, IsANewOneIfAnotherUploadHasIt) {
  BetNumber number;
  number.next(open(1, 6));
  number.refused();
  EXPECT_EQ(number.next(open(1, 9)), 10);
}

TEST(BetNumber, IsANewOneIfTheLostOneWasRefusedWhenItWasRepeated) {
  BetNumber number;
  number.next(open(1, 6));
  number.next(open(1, 9));
  number.refused();
  EXPECT_EQ(number.next(open(1, 9)), 10);
  EXPECT_FALSE(number.may_be_stored());
}

TEST(BetNumber, IsANewOneInTheNextDrawIfTheDrawEndedWithoutIt) {
  BetNumber number;
  number.next(open(1, 6));
  EXPECT_EQ(number.next(drawn(1, 6)), 1);
  EXPECT_FALSE(number.may_be_stored());
}

TEST(BetNumber, IsANewOneIfTheUploadHasNothingInANewerDraw) {
  BetNumber number;
  number.next(open(1, 6));
  EXPECT_EQ(number.next(open(2, 3)), 4);
}

TEST(BetNumber, StaysForTheNextDrawWhicheverThatIs) {
  BetNumber number;
  number.next(drawn(1, 6));
  EXPECT_EQ(number.next(open(7, 3)), 1);
}

TEST(BetNumber, IsANewOneAfterABusyServiceIfNoAnswerWasLost) {
  BetNumber number;
  number.next(open(1, 6));
  number.turned_away();
  EXPECT_EQ(number.next(open(1, 8)), 9);
}

TEST(BetNumber, StaysAfterABusyServiceIfAnAnswerWasLostBefore) {
  BetNumber number;
  number.next(open(1, 6));
  number.next(open(1, 6));
  number.turned_away();
  EXPECT_EQ(number.next(open(1, 6)), 7);
}

/// One agency's books as PROTOCOL.md describes them; an upload that places one bet, others that
/// place theirs, and a network that delays messages without a limit.
class SimulatedDraws {
 public:
  explicit SimulatedDraws(unsigned seed) : random_(seed) {}

  struct Message {
    std::int64_t number = 0;
    ResumePoint after;
  };

  ResumePoint resume() const {
    if (draws_.empty()) return open(1, 0);
    const auto own = std::find_if(draws_.begin(), draws_.end(),
                                  [](const auto& draw) { return draw.second.has_own(); });
    const auto& [id, draw] = own == draws_.end() ? *draws_.rbegin() : *own;
    return point(id, draw.is_drawn ? BooksState::drawn : BooksState::open,
                 static_cast<std::int64_t>(draw.is_own.size()));
  }

  /// True if the answer is ACK.
  bool deliver(const Message& message) {
    const auto index = static_cast<std::size_t>(message.number - 1);
    for (const auto& [id, draw] : draws_) {
      if (draw.has_own() && index < draw.is_own.size() && draw.is_own[index]) return true;
    }
    if (message.after.state != BooksState::drawn) return store(draws_[message.after.draw], index);
    auto next = draws_.upper_bound(message.after.draw);
    if (next == draws_.end()) {
      if (index != 0) return false;
      next = draws_.emplace(next_id(), Draw{}).first;
    }
    return store(next->second, index);
  }

  void delay(const Message& message) { in_transit_.push_back(message); }

  /// An action of another upload, or a delayed message that arrives.
  void happen() {
    switch (below(4)) {
      case 0:
        break;
      case 1:
        if (draws_.empty() || draws_.rbegin()->second.is_drawn) draws_.emplace(next_id(), Draw{});
        draws_.rbegin()->second.is_own.push_back(false);
        break;
      case 2:
        if (!draws_.empty()) draws_.rbegin()->second.is_drawn = true;
        break;
      default:
        if (!in_transit_.empty()) arrive(below(in_transit_.size()));
    }
  }

  void arrive_all() {
    while (!in_transit_.empty()) arrive(in_transit_.size() - 1);
  }

  std::ptrdiff_t own_bets() const {
    std::ptrdiff_t count = 0;
    for (const auto& [id, draw] : draws_) {
      count += std::count(draw.is_own.begin(), draw.is_own.end(), true);
    }
    return count;
  }

  std::size_t below(std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_);
  }

 private:
  struct Draw {
    std::vector<bool> is_own;  // of each batch
    bool is_drawn = false;

    bool has_own() const { return std::find(is_own.begin(), is_own.end(), true) != is_own.end(); }
  };

  static bool store(Draw& draw, std::size_t index) {
    if (draw.is_drawn || index != draw.is_own.size()) return false;
    draw.is_own.push_back(true);
    return true;
  }

  /// Draws in which this agency has no books are left out.
  std::int64_t next_id() {
    return (draws_.empty() ? 0 : draws_.rbegin()->first + static_cast<std::int64_t>(below(2))) + 1;
  }

  void arrive(std::size_t index) {
    const Message message = in_transit_[index];
    in_transit_.erase(in_transit_.begin() + static_cast<std::ptrdiff_t>(index));
    deliver(message);
  }

  std::mt19937 random_;
  std::map<std::int64_t, Draw> draws_;
  std::vector<Message> in_transit_;
};

TEST(BetNumber, StoresABetOnceWhateverIsLostOrLateOrDoneByOthers) {
  int acknowledged = 0;
  for (unsigned seed = 0; seed < 20'000; ++seed) {
    SimulatedDraws draws(seed);
    BetNumber number;
    bool is_acknowledged = false;
    for (int attempt = 0; attempt < 8 && !is_acknowledged; ++attempt) {
      draws.happen();
      const ResumePoint after = draws.resume();
      const SimulatedDraws::Message message{number.next(after), after};
      draws.happen();
      switch (draws.below(4)) {
        case 0:  // lost
          break;
        case 1:  // late
          draws.delay(message);
          break;
        case 2:  // its answer is lost
          draws.deliver(message);
          break;
        default:
          is_acknowledged = draws.deliver(message);
          if (!is_acknowledged) number.refused();
      }
    }
    for (int i = 0; i < 4; ++i) draws.happen();
    draws.arrive_all();
    if (is_acknowledged) {
      ++acknowledged;
      ASSERT_EQ(draws.own_bets(), 1) << "seed " << seed;
    } else {
      ASSERT_LE(draws.own_bets(), 1) << "seed " << seed;
    }
  }
  EXPECT_GT(acknowledged, 10'000);
}

}  // namespace
}  // namespace lottery::test
