#include "service/draw_announcement.h"

#include <gtest/gtest.h>
#include <poll.h>

#include <chrono>

namespace lottery::test {
namespace {

bool has_happened(const DrawAnnouncement::NextDraw& draw) {
  pollfd watched{draw.descriptor(), POLLIN, 0};
  return ::poll(&watched, 1, 0) == 1;
}

TEST(DrawAnnouncement, IsForAllWhoHaveSubscribedSinceTheLastDraw) {
  DrawAnnouncement announcement;
  const auto first = announcement.subscribe();
  const auto second = announcement.subscribe();
  EXPECT_FALSE(has_happened(*first));
  announcement.announce();
  EXPECT_TRUE(has_happened(*first));
  EXPECT_TRUE(has_happened(*second));
  const auto next = announcement.subscribe();
  EXPECT_FALSE(has_happened(*next));
  announcement.announce();
  EXPECT_TRUE(has_happened(*next));
  EXPECT_TRUE(has_happened(*first)) << "it stays so";
}

TEST(DrawAnnouncement, TakesOneDescriptorForAllWhoWaitForTheSameDraw) {
  DrawAnnouncement announcement;
  const auto first = announcement.subscribe();
  EXPECT_EQ(announcement.subscribe()->descriptor(), first->descriptor());
  announcement.announce();
  EXPECT_NE(announcement.subscribe()->descriptor(), first->descriptor());
}

TEST(DrawAnnouncement, GivesItsDescriptorBackOnceNobodyWaits) {
  DrawAnnouncement announcement;
  const int descriptor = announcement.subscribe()->descriptor();
  announcement.announce();
  EXPECT_EQ(announcement.subscribe()->descriptor(), descriptor) << "the lowest one that is free";
}

TEST(DrawAnnouncement, IsWaitedForWhileADrawIsExpected) {
  using std::chrono::steady_clock;
  DrawAnnouncement announcement;
  const auto waits = [&] {
    const auto began_at = steady_clock::now();
    announcement.wait_until_announced();
    return steady_clock::now() - began_at >= DrawAnnouncement::wait_max;
  };
  announcement.expect();
  EXPECT_TRUE(waits()) << "for some time, though nobody announces it";
  announcement.announce();

  // On a busy machine, even a call that does not wait may take so long, but not every time.
  const auto returns_at_once = [&] {
    for (int i = 0; i < 100; ++i) {
      if (!waits()) return true;
    }
    return false;
  };
  EXPECT_TRUE(returns_at_once());
  announcement.expect();
  announcement.cancel();
  EXPECT_TRUE(returns_at_once());
  announcement.expect();
  announcement.expect();
  announcement.announce();
  EXPECT_TRUE(waits()) << "for the second one";
}

TEST(DrawAnnouncement, IsNotWaitedForForEver) {
  DrawAnnouncement announcement;
  announcement.expect();
  const auto is_given_up_at = std::chrono::steady_clock::now() + std::chrono::seconds(1);
  while (std::chrono::steady_clock::now() < is_given_up_at) announcement.wait_until_announced();
  bool waits = true;
  for (int i = 0; i < 100 && waits; ++i) {
    const auto began_at = std::chrono::steady_clock::now();
    announcement.wait_until_announced();
    waits = std::chrono::steady_clock::now() - began_at >= DrawAnnouncement::wait_max;
  }
  EXPECT_FALSE(waits);
}

}  // namespace
}  // namespace lottery::test
