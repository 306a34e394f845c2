#include "service/storage/sqlite/write_combining_vfs.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Transaction.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

class WriteCombiningVfsTest : public testing::Test {
 protected:
  WriteCombiningVfsTest() {
    writer_.exec("PRAGMA journal_mode = WAL");
    prepare(writer_);
    writer_.exec("CREATE TABLE numbers (number INTEGER PRIMARY KEY, text TEXT)");
  }

  static void prepare(SQLite::Database& database) {
    database.exec("PRAGMA synchronous = FULL");
    database.exec("PRAGMA checkpoint_fullfsync = ON");
    database.exec("PRAGMA cache_spill = OFF");
    database.exec("PRAGMA wal_autocheckpoint = 0");
  }

  /// Inserts `count` rows of a few hundred bytes each.
  static std::string insertion_of(int count) {
    return "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
           std::to_string(count) +
           ") INSERT INTO numbers (text) SELECT hex(randomblob(200)) FROM n";
  }

  void insert(int count) { writer_.exec(insertion_of(count)); }

  static std::string look(SQLite::Database& database, const std::string& query) {
    return database.execAndGet(query).getString();
  }

  /// What another program sees through SQLite's usual VFS.
  std::string others_see(const std::string& query) const {
    SQLite::Database other(path_.string(), SQLite::OPEN_READONLY);
    return look(other, query);
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "test.db";
  SQLite::Database writer_{path_.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, 0,
                           write_combining_vfs()};
};

TEST_F(WriteCombiningVfsTest, ShowsOthersWhatIsCommittedAndNothingElse) {
  for (int i = 1; i <= 20; ++i) {
    SQLite::Transaction transaction(writer_);
    insert(10);
    EXPECT_EQ(others_see("SELECT count(*) FROM numbers"), std::to_string(10 * (i - 1)));
    transaction.commit();
    EXPECT_EQ(others_see("SELECT count(*) FROM numbers"), std::to_string(10 * i));
  }
  EXPECT_EQ(others_see("PRAGMA integrity_check"), "ok");
}

TEST_F(WriteCombiningVfsTest, TakesFarFewerSystemCallsForACommitThanTheUsualOne) {
  // The descriptors of this process. A sanitizer may add some.
  const auto writes_so_far = [] {
    std::ifstream io("/proc/self/io");
    std::string name;
    long count = 0;
    while (io >> name >> count && name != "syscw:") {
    }
    return count;
  };
  const auto writes_of_a_commit = [&](const char* vfs) {
    SQLite::Database database(path_.string(), SQLite::OPEN_READWRITE, 0, vfs);
    prepare(database);
    const long before = writes_so_far();
    database.exec(insertion_of(100));
    return writes_so_far() - before;
  };
  const long usual = writes_of_a_commit("unix");
  EXPECT_GE(usual, 20);
  EXPECT_LE(writes_of_a_commit(write_combining_vfs()), usual / 2);
}

TEST_F(WriteCombiningVfsTest, LeavesNothingOfATransactionThatIsRolledBackToBeWrittenLater) {
  writer_.exec("PRAGMA cache_size = 10");
  insert(10);
  {
    const SQLite::Transaction rolled_back(writer_);
    insert(2000);
  }
  {
    SQLite::Database other(path_.string(), SQLite::OPEN_READWRITE);
    other.exec("INSERT INTO numbers (text) SELECT text FROM numbers");
  }
  insert(10);
  EXPECT_EQ(others_see("SELECT count(*) FROM numbers"), "30");
  EXPECT_EQ(others_see("PRAGMA integrity_check"), "ok");
}

TEST_F(WriteCombiningVfsTest, ReadsBackALargeTransactionThatSqliteWritesBeforeItsCommit) {
  // The service's writing connection switches this off. If it is on, SQLite writes pages into the
  // WAL before the commit, and reads them from there again, even pages that the VFS has gathered
  // and not written yet.
  writer_.exec("PRAGMA cache_spill = ON");
  writer_.exec("PRAGMA cache_size = 10");
  const auto wal_bytes = [this] { return std::filesystem::file_size(path_.string() + "-wal"); };
  const auto bytes_before = wal_bytes();
  {
    SQLite::Transaction transaction(writer_);
    insert(2000);
    EXPECT_EQ(look(writer_, "SELECT count(*) || ' ' || sum(length(text)) FROM numbers"),
              "2000 800000");
    EXPECT_GT(wal_bytes(), bytes_before + 500'000) << "nothing was read back from the WAL";
    writer_.exec("UPDATE numbers SET text = text || 'x' WHERE number % 7 = 0");
    transaction.commit();
  }
  {
    const SQLite::Transaction rolled_back(writer_);
    insert(2000);
  }
  EXPECT_EQ(look(writer_, "SELECT count(*) || ' ' || sum(length(text)) FROM numbers"),
            "2000 800285");
  EXPECT_EQ(others_see("PRAGMA integrity_check"), "ok");
}

TEST_F(WriteCombiningVfsTest, BeginsItsWalAnewAfterACheckpoint) {
  for (int i = 1; i <= 5; ++i) {
    insert(500);
    writer_.exec("PRAGMA wal_checkpoint(RESTART)");
    EXPECT_EQ(others_see("SELECT count(*) FROM numbers"), std::to_string(500 * i));
  }
  writer_.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  EXPECT_EQ(std::filesystem::file_size(path_.string() + "-wal"), 0U);
  EXPECT_EQ(others_see("PRAGMA integrity_check"), "ok");
}

TEST_F(WriteCombiningVfsTest, FailsTheCommitThatCannotBeWrittenAndGoesOn) {
  insert(10);
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  rlimit limit = before;
  limit.rlim_cur = std::filesystem::file_size(path_.string() + "-wal") + 10'000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
  EXPECT_THROW(insert(200), SQLite::Exception);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);

  EXPECT_EQ(others_see("SELECT count(*) FROM numbers"), "10");
  insert(200);
  EXPECT_EQ(others_see("SELECT count(*) FROM numbers"), "210");
  EXPECT_EQ(others_see("PRAGMA integrity_check"), "ok");
}

}  // namespace
}  // namespace lottery::test
