#include "agency_client/random_upload_id.h"

#include <gtest/gtest.h>

namespace lottery::test {
namespace {

TEST(RandomUploadId, IsAnotherOneEachTime) {
  const UploadId first = random_upload_id();
  const UploadId second = random_upload_id();
  EXPECT_TRUE(is_upload_id(first.hex)) << first.hex;
  EXPECT_TRUE(is_upload_id(second.hex)) << second.hex;
  EXPECT_NE(first, second);
}

}  // namespace
}  // namespace lottery::test
