#include "service/connections/upload_tracker.h"

#include <gtest/gtest.h>

#include <string>

namespace lottery::test {
namespace {

constexpr AgencyId one{1};
constexpr AgencyId two{2};

UploadContext context_of(char digit) {
  return {.upload = {std::string(32, digit)}, .resume_point_draw = DrawId{7}};
}

TEST(UploadTracker, KnowsTheUploadOfTheLastResumeOfEachAgency) {
  UploadTracker uploads;
  EXPECT_EQ(uploads.context(one), nullptr);
  uploads.begin(one, context_of('a'));
  EXPECT_EQ(uploads.context(two), nullptr);
  uploads.begin(two, context_of('b'));
  uploads.begin(one, context_of('c'));
  EXPECT_EQ(uploads.context(one)->upload.hex, std::string(32, 'c'));
  EXPECT_EQ(uploads.context(two)->upload.hex, std::string(32, 'b'));
}

TEST(UploadTracker, RemembersTheDrawOfTheUpload) {
  UploadTracker uploads;
  uploads.begin(one, context_of('a'));
  EXPECT_FALSE(uploads.context(one)->own_draw);
  uploads.batch_stored(one, 1, DrawId{8});
  EXPECT_EQ(uploads.context(one)->own_draw, DrawId{8});
}

TEST(UploadTracker, RefusesBehindTheFirstBatchThatWasRefused) {
  UploadTracker uploads;
  uploads.begin(one, context_of('a'));
  uploads.batch_refused(one, 5, false);
  uploads.batch_refused(one, 3, true);
  uploads.batch_refused(one, 4, false);
  EXPECT_FALSE(uploads.refusal_of_batch(one, 3));
  EXPECT_TRUE(uploads.refusal_of_batch(one, 4)->is_busy) << "as batch 3 was";
  uploads.batch_refused(one, 3, false);
  EXPECT_FALSE(uploads.refusal_of_batch(one, 4)->is_busy);
  uploads.batch_stored(one, 2, DrawId{7});
  EXPECT_TRUE(uploads.refusal_of_batch(one, 4)) << "another one was stored";
  uploads.batch_stored(one, 3, DrawId{7});
  EXPECT_FALSE(uploads.refusal_of_batch(one, 4));
}

TEST(UploadTracker, ForgetsWhatWasRefusedAtTheNextResume) {
  UploadTracker uploads;
  uploads.begin(one, context_of('a'));
  uploads.batch_refused(one, 1, false);
  uploads.begin(one, context_of('a'));
  EXPECT_FALSE(uploads.refusal_of_batch(one, 2));
}

TEST(UploadTracker, RefusesWhatDependsOnAResumeThatWasRefused) {
  UploadTracker uploads;
  uploads.begin(one, context_of('a'));
  uploads.resume_refused(one, true);
  EXPECT_EQ(uploads.context(one), nullptr);
  EXPECT_TRUE(uploads.refusal_of_batch(one, 1)->is_busy);
  EXPECT_TRUE(uploads.refusal_of_done(one)->is_busy);
  uploads.batch_refused(one, 1, false);
  EXPECT_TRUE(uploads.refusal_of_batch(one, 2)->is_busy);
  uploads.resume_refused(one, false);
  EXPECT_FALSE(uploads.refusal_of_batch(one, 1)->is_busy);
  EXPECT_FALSE(uploads.refusal_of_done(one)) << "it is as without a RESUME";
}

TEST(UploadTracker, KeepsABoundedNumberOfRefusedResumes) {
  UploadTracker uploads;
  for (int id = 1; id <= 2000; ++id) uploads.resume_refused(AgencyId{id}, true);
  EXPECT_TRUE(uploads.refusal_of_done(AgencyId{1000}));
  EXPECT_FALSE(uploads.refusal_of_done(AgencyId{2000}));
  EXPECT_FALSE(uploads.refusal_of_batch(AgencyId{2000}, 1)->is_busy);
  uploads.begin(AgencyId{2000}, context_of('a'));
  EXPECT_NE(uploads.context(AgencyId{2000}), nullptr);
}

}  // namespace
}  // namespace lottery::test
