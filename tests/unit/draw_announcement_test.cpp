#include "service/draw_announcement.h"

#include <gtest/gtest.h>
#include <poll.h>

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

}  // namespace
}  // namespace lottery::test
