#include "service/storage/sqlite/database_file.h"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "service/storage/sqlite/migrations.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

/// Opens the database, which must be refused, and returns the sentence.
std::string refusal(const std::filesystem::path& path) {
  try {
    const DatabaseFile file(path);
  } catch (const DatabaseError& error) {
    return error.what();
  }
  ADD_FAILURE() << path << " was taken";
  return "";
}

void run_sql(const std::filesystem::path& path, const std::string& sql) {
  SQLite::Database database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
  database.exec(sql);
}

class DatabaseFileTest : public testing::Test {
 protected:
  void expect_refused(const std::string& because) {
    const std::string before = read_file(path_);
    const std::string sentence = refusal(path_);
    EXPECT_NE(sentence.find(path_.string()), std::string::npos) << sentence;
    EXPECT_NE(sentence.find(because), std::string::npos) << sentence;
    EXPECT_EQ(read_file(path_), before);
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "bets.db";
};

TEST_F(DatabaseFileTest, IsMadeWithItsFolder) {
  const DatabaseFile file(folder_ / "a/b/bets.db");
  EXPECT_TRUE(std::filesystem::exists(folder_ / "a/b/bets.db"));
}

TEST_F(DatabaseFileTest, IsMadeInWalModeWithTheSchema) {
  const DatabaseFile file(path_);
  const auto database = file.connect(SQLite::OPEN_READONLY);
  EXPECT_EQ(database->execAndGet("PRAGMA journal_mode").getString(), "wal");
  EXPECT_TRUE(database->tableExists("bets"));
}

TEST_F(DatabaseFileTest, TakesAnEmptyFileForANewDatabase) {
  folder_.write("bets.db", "");
  EXPECT_NO_THROW(DatabaseFile{path_});
}

TEST_F(DatabaseFileTest, RefusesAFileThatIsNoDatabase) {
  folder_.write("bets.db", std::string(5000, 'x'));
  expect_refused("is not a database");
}

TEST_F(DatabaseFileTest, RefusesADatabaseThatIsNotALotterys) {
  run_sql(path_, "CREATE TABLE recipes (name TEXT)");
  expect_refused("is not a lottery's");
}

TEST_F(DatabaseFileTest, RefusesADatabaseFromANewerVersion) {
  DatabaseFile{path_};
  run_sql(path_, "PRAGMA user_version = 1000");
  expect_refused("is from a newer version");
}

TEST_F(DatabaseFileTest, RefusesAReadOnlyFile) {
  DatabaseFile{path_};
  std::filesystem::permissions(path_, std::filesystem::perms::owner_read);
  expect_refused(" is read-only");
}

TEST_F(DatabaseFileTest, RefusesAFolder) {
  std::filesystem::create_directory(path_);
  EXPECT_NE(refusal(path_).find("can't be opened"), std::string::npos);
}

TEST_F(DatabaseFileTest, RefusesADatabaseThatAnotherServiceHas) {
  const DatabaseFile first(path_);
  expect_refused("is locked by another lottery_service");
}

TEST_F(DatabaseFileTest, CanBeTakenOnceTheOtherServiceHasLeftIt) {
  std::make_unique<DatabaseFile>(path_).reset();
  EXPECT_NO_THROW(DatabaseFile{path_});
}

TEST_F(DatabaseFileTest, RefusesADatabaseThatAnotherProgramHolds) {
  DatabaseFile{path_};
  SQLite::Database other(path_.string(), SQLite::OPEN_READWRITE);
  other.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; PRAGMA user_version = 0");
  EXPECT_NE(refusal(path_).find("is locked by another program"), std::string::npos);
}

}  // namespace
}  // namespace lottery::test
