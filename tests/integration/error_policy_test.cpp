#include "service/storage/sqlite/error_policy.h"

#include <SQLiteCpp/Exception.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <string>
#include <vector>

#include "service/ledger.h"

namespace lottery::test {
namespace {

class ErrorPolicyTest : public testing::Test {
 protected:
  std::vector<std::string> failures_;
  ErrorPolicy errors_{"/var/bets.db", [this](const std::string& why) { failures_.push_back(why); }};
};

TEST_F(ErrorPolicyTest, LetsErrorsPassAfterWhichNothingIsStored) {
  for (const int code : {SQLITE_FULL, SQLITE_BUSY, SQLITE_NOMEM, SQLITE_CONSTRAINT}) {
    EXPECT_THROW(errors_.guarded([&] { throw SQLite::Exception("no", code); }), LedgerUnavailable);
  }
  EXPECT_FALSE(errors_.has_failed());
  EXPECT_EQ(errors_.guarded([] { return 7; }), 7);
}

TEST_F(ErrorPolicyTest, FailsOnceAndForGoodAfterAFinalError) {
  const std::string sentence = "the database /var/bets.db has failed: the first";
  const auto expect_failed = [&](const auto& call) {
    try {
      call();
      ADD_FAILURE() << "it goes on";
    } catch (const LedgerFailed& error) {
      EXPECT_EQ(error.what(), sentence);
    }
  };
  expect_failed(
      [&] { errors_.guarded([] { throw SQLite::Exception("the first", SQLITE_CORRUPT); }); });
  expect_failed([&] { errors_.guarded([] { ADD_FAILURE() << "it was called"; }); });
  expect_failed([&] { errors_.guarded_commit([] { ADD_FAILURE() << "it was called"; }); });
  expect_failed([&] { errors_.fail("the second"); });
  EXPECT_TRUE(errors_.has_failed());
  EXPECT_EQ(failures_, std::vector<std::string>{sentence});
}

TEST_F(ErrorPolicyTest, TakesMoreErrorsForFinalInACommit) {
  EXPECT_THROW(
      errors_.guarded_commit([] { throw SQLite::Exception("the disk is full", SQLITE_FULL); }),
      LedgerUnavailable);
  EXPECT_THROW(errors_.guarded([] { throw SQLite::Exception("no memory", SQLITE_NOMEM); }),
               LedgerUnavailable);
  EXPECT_THROW(errors_.guarded_commit([] { throw SQLite::Exception("no memory", SQLITE_NOMEM); }),
               LedgerFailed);
}

TEST_F(ErrorPolicyTest, NotesOnlyFinalErrorsOfAThreadWithoutACaller) {
  errors_.note(SQLite::Exception("busy", SQLITE_BUSY));
  EXPECT_FALSE(errors_.has_failed());
  errors_.note(SQLite::Exception("damaged", SQLITE_CORRUPT));
  EXPECT_TRUE(errors_.has_failed());
  EXPECT_EQ(failures_.size(), 1U);
}

}  // namespace
}  // namespace lottery::test
