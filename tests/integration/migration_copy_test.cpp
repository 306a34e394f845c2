#include "service/storage/sqlite/migration_copy.h"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "service/storage/sqlite/database_file.h"
#include "service/storage/sqlite/migrations.h"
#include "tests/support/database_files.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

using Names = std::set<std::string>;

std::int32_t version_of(const std::filesystem::path& path) {
  return SQLite::Database(path.string()).execAndGet("PRAGMA user_version").getInt();
}

class MigrationCopyTest : public testing::Test {
 protected:
  static std::int32_t newest() { return migrations().back().version; }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "bets.db";
  std::string copy_ = "bets.db.before-version-" + std::to_string(newest());
};

TEST_F(MigrationCopyTest, IsKeptOfEveryOlderVersion) {
  for (int version = 1; version < newest(); ++version) {
    SCOPED_TRACE(version);
    const TemporaryFolder folder;
    make_old_database(folder / "bets.db", version);
    DatabaseFile{folder / "bets.db"};
    EXPECT_EQ(names_in(folder.path()), (Names{"bets.db", copy_}));
    EXPECT_EQ(version_of(folder / "bets.db"), newest());
    EXPECT_EQ(version_of(folder / copy_), version);
    EXPECT_EQ(bets_with(folder / copy_, "a"), 1);
    EXPECT_EQ(
        SQLite::Database((folder / copy_).string()).execAndGet("PRAGMA journal_mode").getString(),
        "delete");
  }
}

TEST_F(MigrationCopyTest, HoldsWhatIsOnlyInTheWal) {
  make_old_database(path_, 1);
  SQLite::Database writer(path_.string(), SQLite::OPEN_READWRITE);
  writer.exec("PRAGMA journal_mode = WAL; UPDATE bets SET document = 'in the WAL'");
  std::filesystem::create_directory(folder_ / "killed");
  for (const char* file : {"bets.db", "bets.db-wal"}) {
    std::filesystem::copy_file(folder_ / file, folder_ / "killed" / file);
  }
  DatabaseFile{folder_ / "killed/bets.db"};
  EXPECT_EQ(bets_with(folder_ / "killed" / copy_, "in the WAL"), 3);
}

TEST_F(MigrationCopyTest, IsNotMadeOfANewOrAnUpToDateDatabase) {
  DatabaseFile{path_};
  DatabaseFile{path_};
  EXPECT_EQ(names_in(folder_.path()), (Names{"bets.db"}));
}

TEST_F(MigrationCopyTest, NeverReplacesAnotherFile) {
  folder_.write(copy_, "of another database");
  make_old_database(path_, 1);
  DatabaseFile{path_};
  EXPECT_EQ(read_file(folder_ / copy_), "of another database");
  EXPECT_EQ(version_of(folder_ / (copy_ + "-2")), 1);
}

TEST_F(MigrationCopyTest, IsNotMadeAgainIfItIsThereAlready) {
  make_old_database(path_, 1);
  const auto keep_copy = [&] {
    SQLite::Database database(path_.string(), SQLite::OPEN_READWRITE);
    keep_copy_before_migration(database, path_, newest());
  };
  keep_copy();
  keep_copy();
  EXPECT_EQ(names_in(folder_.path()), (Names{"bets.db", copy_}));
  SQLite::Database(path_.string(), SQLite::OPEN_READWRITE)
      .exec("UPDATE bets SET document = 'b' WHERE document = 'c'");
  keep_copy();
  EXPECT_EQ(names_in(folder_.path()), (Names{"bets.db", copy_, copy_ + "-2"}));
  EXPECT_EQ(bets_with(folder_ / copy_, "c"), 1);
  EXPECT_EQ(bets_with(folder_ / (copy_ + "-2"), "c"), 0);
}

TEST_F(MigrationCopyTest, IsNoMoreOpenThanItsDatabase) {
  using std::filesystem::perms;
  for (const unsigned int mode : {0600U, 0640U, 0660U}) {
    const TemporaryFolder folder;
    make_old_database(folder / "bets.db", 1);
    std::filesystem::permissions(folder / "bets.db", static_cast<perms>(mode));
    DatabaseFile{folder / "bets.db"};
    EXPECT_EQ(static_cast<unsigned int>(std::filesystem::status(folder / copy_).permissions()),
              mode & 0640U);
  }
}

TEST_F(MigrationCopyTest, RefusesToMigrateADatabaseThatIsDamaged) {
  make_old_database(path_, 1);
  SQLite::Database(path_.string(), SQLite::OPEN_READWRITE)
      .exec("INSERT INTO winners VALUES (1, 1, 99)");
  const std::string before = read_file(path_);
  try {
    const DatabaseFile file(path_);
    ADD_FAILURE() << "it was migrated";
  } catch (const std::runtime_error& error) {
    const std::string sentence = error.what();
    EXPECT_NE(sentence.find("was not brought up to date"), std::string::npos) << sentence;
    EXPECT_NE(sentence.find("foreign_key_check: winners"), std::string::npos) << sentence;
  }
  EXPECT_EQ(read_file(path_), before);
  EXPECT_EQ(names_in(folder_.path()), (Names{"bets.db"}));
}

TEST_F(MigrationCopyTest, IsDeletedIfItWasNotFinishedByAProcessThatWasKilled) {
  make_old_database(path_, 1);
  folder_.write(copy_ + ".unfinished-1", "half of it");
  folder_.write(copy_ + ".unfinished-1-journal", "and its journal");
  DatabaseFile{path_};
  EXPECT_EQ(names_in(folder_.path()), (Names{"bets.db", copy_}));
}

}  // namespace
}  // namespace lottery::test
