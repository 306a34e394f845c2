#include "service/storage/sqlite/lock_wait.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <chrono>
#include <string>

#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

class LockWaitTest : public testing::Test {
 protected:
  /// Begins a transaction, ends it, and returns the result of the begin.
  int begin_until(LockWait::Deadline deadline) {
    try {
      wait_.begin_until(deadline, [this] { connection_.exec("BEGIN IMMEDIATE"); });
    } catch (const SQLite::Exception& error) {
      return error.getErrorCode();
    }
    connection_.exec("ROLLBACK");
    return SQLITE_OK;
  }

  /// Expects that a transaction waits for the other program until its deadline, and then fails.
  void expect_waits() {
    const auto deadline = steady_clock::now() + milliseconds(50);
    EXPECT_EQ(begin_until(deadline), SQLITE_BUSY);
    EXPECT_GE(steady_clock::now(), deadline);
  }

  TemporaryFolder folder_;
  const std::string path_ = (folder_ / "test.db").string();
  SQLite::Database connection_{path_, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
  SQLite::Database other_program_{path_, SQLite::OPEN_READWRITE};
  LockWait wait_{connection_};
};

TEST_F(LockWaitTest, IsNotRepeatedWhileTheLockIsHeld) {
  other_program_.exec("BEGIN IMMEDIATE");
  expect_waits();
  // It does not wait: the deadline is an hour away.
  EXPECT_EQ(begin_until(steady_clock::now() + hours(1)), SQLITE_BUSY);
}

TEST_F(LockWaitTest, IsGrantedAgainOnceATransactionHasBegun) {
  other_program_.exec("BEGIN IMMEDIATE");
  expect_waits();
  other_program_.exec("ROLLBACK");
  EXPECT_EQ(begin_until(steady_clock::now()), SQLITE_OK);
  other_program_.exec("BEGIN IMMEDIATE");
  expect_waits();
}

}  // namespace
}  // namespace lottery::test
