#include "service/storage/sqlite/restore.h"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "service/lottery.h"
#include "service/storage/sqlite/backup.h"
#include "service/storage/sqlite/database_file.h"
#include "service/storage/sqlite/migrations.h"
#include "service/storage/sqlite/sqlite_ledger.h"
#include "service/storage/sqlite/verification.h"
#include "tests/support/database_files.h"
#include "tests/support/running_service.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

using Names = std::set<std::string>;

void say_nothing(const std::string& /*line*/) {}

/// Stores bets with this document in the database. Makes the database if there is none.
void place_bets(const std::filesystem::path& path, std::string_view document, std::size_t bets) {
  SqliteLedger ledger(path, [](const std::string& sentence) { ADD_FAILURE() << sentence; });
  Lottery lottery(ledger, {.agencies = agencies({1, 2}), .winning_number = 7574});
  const Bet bet{.first_name = "Ana",
                .last_name = "D'Elia",
                .document = document,
                .birthdate = "1999-03-17",
                .number = 1};
  lottery.make_durable(lottery.place_bets(AgencyId{1}, std::vector(bets, bet)));
}

/// Runs SQL in the database at `path`.
void change(const std::filesystem::path& path, const std::string& sql) {
  SQLite::Database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE).exec(sql);
}

/// A database with three old bets, and, in another folder, a backup with five new ones.
class RestoreTest : public testing::Test {
 protected:
  RestoreTest() {
    place_bets(path_, "old", 3);
    place_bets(elsewhere_ / "other.db", "new", 5);
    EXPECT_TRUE(back_up_database(elsewhere_ / "other.db", backup_, say_nothing).is_right);
  }

  Restored restore() const { return restore_database(path_, backup_.string(), say_nothing); }

  /// Every file of the database's folder, by its name.
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> all;
    for (const std::string& name : names_in(folder_.path())) all[name] = read_file(folder_ / name);
    return all;
  }

  /// Expects that the restore is refused with a sentence that contains `because`, and that it has
  /// changed no file.
  void expect_refused(const std::string& from, const std::string& because) const {
    SCOPED_TRACE(from);
    const auto before = files();
    try {
      restore_database(path_, from, say_nothing);
      ADD_FAILURE() << "it was restored";
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string(error.what()).find(because), std::string::npos) << error.what();
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos) << error.what();
    }
    EXPECT_EQ(files(), before);
  }

  TemporaryFolder folder_;
  TemporaryFolder elsewhere_;
  std::filesystem::path path_ = folder_ / "bets.db";
  std::filesystem::path backup_ = elsewhere_ / "backup.db";
};

TEST_F(RestoreTest, PutsTheBackupInPlaceAndKeepsWhatWasThere) {
  const Restored restored = restore();
  EXPECT_EQ(restored.draws, 1);
  EXPECT_EQ(restored.bets, 5);
  ASSERT_EQ(restored.before.size(), 1U);
  const std::string kept = restored.before.front().filename().string();
  EXPECT_TRUE(std::regex_match(kept, std::regex("bets\\.db\\.before-restore-[0-9]{8}T[0-9]{6}Z")))
      << kept;
  EXPECT_EQ(names_in(folder_.path()), (Names{"bets.db", kept}));
  EXPECT_EQ(bets_with(folder_ / kept, "old"), 3);
  EXPECT_EQ(bets_with(path_, "new"), 5);
  EXPECT_TRUE(verify_database(path_, say_nothing));
  place_bets(path_, "newer", 1);
}

TEST_F(RestoreTest, KeepsTheWalOfAKilledServiceWithItsDatabase) {
  SQLite::Database killed(path_.string(), SQLite::OPEN_READWRITE);
  killed.exec("UPDATE bets SET document = 'in the WAL'");
  const TemporaryFolder folder;
  for (const char* file : {"bets.db", "bets.db-wal"}) {
    std::filesystem::copy_file(folder_ / file, folder / file);
  }
  const Restored restored = restore_database(folder / "bets.db", backup_.string(), say_nothing);
  ASSERT_EQ(restored.before.size(), 2U);
  EXPECT_EQ(restored.before[1].string(), restored.before[0].string() + "-wal");
  EXPECT_FALSE(std::filesystem::exists(folder / "bets.db-wal"));
  EXPECT_EQ(bets_with(restored.before[0], "in the WAL"), 3);
  EXPECT_EQ(bets_with(folder / "bets.db", "new"), 5);
}

TEST_F(RestoreTest, KeepsFilesThatAreNoDatabase) {
  folder_.write("bets.db", "no database");
  folder_.write("bets.db-wal", "no WAL");
  folder_.write("bets.db-journal", "no journal");
  folder_.write("bets.db-shm", "no data");
  const Restored restored = restore();
  ASSERT_EQ(restored.before.size(), 3U);
  const std::string kept = restored.before.front().string();
  EXPECT_EQ(read_file(kept), "no database");
  EXPECT_EQ(read_file(kept + "-wal"), "no WAL");
  EXPECT_EQ(read_file(kept + "-journal"), "no journal");
  EXPECT_EQ(names_in(folder_.path()).size(), 4U);
  EXPECT_TRUE(verify_database(path_, say_nothing));
}

TEST_F(RestoreTest, KeepsWhatSeveralRestoresInOneSecondReplace) {
  restore();
  restore();
  restore();
  EXPECT_EQ(names_in(folder_.path()).size(), 4U);
  EXPECT_EQ(bets_with(path_, "new"), 5);
}

TEST_F(RestoreTest, MakesAFolderThatIsNotThere) {
  const auto path = folder_ / "a/b/bets.db";
  const Restored restored = restore_database(path, backup_.string(), say_nothing);
  EXPECT_TRUE(restored.before.empty());
  EXPECT_EQ(bets_with(path, "new"), 5);
  EXPECT_EQ(modes_in(path.parent_path()), 0640U);
  EXPECT_EQ(static_cast<unsigned int>(std::filesystem::status(path.parent_path()).permissions()),
            0750U);
}

TEST_F(RestoreTest, GivesTheDatabaseTheModeThatItHadAndAtMost0640) {
  using std::filesystem::perms;
  for (const unsigned int mode : {0600U, 0640U, 0666U}) {
    std::filesystem::permissions(path_, static_cast<perms>(mode));
    restore();
    EXPECT_EQ(static_cast<unsigned int>(std::filesystem::status(path_).permissions()),
              mode & 0640U);
  }
}

TEST_F(RestoreTest, FollowsALinkToTheDatabaseAndReplacesTheDatabase) {
  std::filesystem::create_symlink(path_, elsewhere_ / "link.db");
  const Restored restored = restore_database(elsewhere_ / "link.db", backup_.string(), say_nothing);
  EXPECT_TRUE(std::filesystem::is_symlink(elsewhere_ / "link.db"));
  EXPECT_EQ(bets_with(path_, "new"), 5);
  EXPECT_EQ(restored.before.front().parent_path(), folder_.path());
}

TEST_F(RestoreTest, ReadsTheWalBesideAFile) {
  SQLite::Database writer((elsewhere_ / "other.db").string(), SQLite::OPEN_READWRITE);
  writer.exec("PRAGMA journal_mode = WAL; CREATE TABLE only_in_the_wal (a)");
  restore_database(path_, (elsewhere_ / "other.db").string(), say_nothing);
  EXPECT_TRUE(SQLite::Database(path_.string()).tableExists("only_in_the_wal"));
}

TEST_F(RestoreTest, SaysWhatToDoWithAFileWhoseJournalMustBeRolledBack) {
  const auto copy = folder_ / "with_journal.db";
  {
    SQLite::Database shell(backup_.string(), SQLite::OPEN_READWRITE);
    shell.exec(
        "PRAGMA cache_size = 1; BEGIN; CREATE TABLE extra AS SELECT hex(randomblob(9000));"
        "INSERT INTO extra SELECT hex(randomblob(9000)) FROM extra; UPDATE bets SET number = 7;"
        "INSERT INTO extra SELECT hex(randomblob(90000)) FROM extra");
    for (const std::string suffix : {"", "-journal"}) {
      std::filesystem::copy_file(backup_.string() + suffix, copy.string() + suffix);
    }
  }
  expect_refused(copy.string(), "has a journal that must be rolled back first");
}

TEST_F(RestoreTest, LeavesOutAWalThatIsNotTheFilesOwn) {
  SQLite::Database writer((elsewhere_ / "other.db").string(), SQLite::OPEN_READWRITE);
  writer.exec("PRAGMA journal_mode = WAL; UPDATE bets SET document = 'another'");
  std::filesystem::copy_file(elsewhere_ / "other.db-wal", backup_.string() + "-wal");
  restore();
  EXPECT_EQ(bets_with(path_, "new"), 5);
}

TEST_F(RestoreTest, TakesAnOlderSchemaAndTheNextStartMigratesIt) {
  const auto old = elsewhere_ / "old.db";
  make_old_database(old, 1);
  std::string said;
  const Restored restored =
      restore_database(path_, old.string(), [&](const std::string& line) { said += line + "\n"; });
  EXPECT_EQ(restored.version, 1);
  EXPECT_EQ(restored.bets, 3);
  EXPECT_NE(said.find("the books: not checked: the schema has version 1"), std::string::npos)
      << said;
  DatabaseFile{path_};
  EXPECT_TRUE(verify_database(path_, say_nothing));
}

TEST_F(RestoreTest, RefusesAnOlderSchemaThatWasChanged) {
  const auto old = elsewhere_ / "old.db";
  make_old_database(old, 1);
  change(old, "DROP TABLE winners");
  expect_refused(old.string(),
                 "failed verification; nothing was changed: the schema: WRONG: "
                 "the table winners is not there");
}

TEST_F(RestoreTest, RefusesWhatIsNoLotterysDatabase) {
  expect_refused((elsewhere_ / "missing").string(), "can't be read: No such file");
  expect_refused(elsewhere_.path().string(), "is not a regular file");
  expect_refused("", "has no name");
  expect_refused(elsewhere_.write("text", std::string(5000, 'x')).string(), "is not a database");
  expect_refused(elsewhere_.write("empty", "").string(), "is empty");
  change(elsewhere_ / "recipes.db", "CREATE TABLE recipes (name)");
  expect_refused((elsewhere_ / "recipes.db").string(), "is not a lottery's");
  change(backup_, "PRAGMA user_version = " + std::to_string(migrations().back().version + 1));
  expect_refused(backup_.string(), "is from a newer version");
  expect_refused(path_.string(), "is the database that the restore would replace");
}

TEST_F(RestoreTest, RefusesWhatFailsVerification) {
  change(backup_, "DELETE FROM bets WHERE bet_id = 2");
  expect_refused(backup_.string(),
                 "failed verification; nothing was changed: draw 1, agency 1, batch 1: WRONG: "
                 "it should have 5 bets, but has 4");
  const std::string bytes = read_file(elsewhere_ / "other.db");
  const auto half = elsewhere_.write("half.db", bytes.substr(0, bytes.size() / 2)).string();
  expect_refused(half, "the database " + half + " ");
}

TEST_F(RestoreTest, RefusesADatabaseThatAServiceHas) {
  const DatabaseFile service(path_);
  expect_refused(backup_.string(), "is locked by another lottery_service");
}

TEST_F(RestoreTest, RefusesADatabaseThatAShellHasOpen) {
  SQLite::Database shell(path_.string());
  shell.execAndGet("SELECT count(*) FROM bets");
  const auto names = names_in(folder_.path());
  EXPECT_THROW(restore(), DatabaseError);
  EXPECT_EQ(names_in(folder_.path()), names);
}

TEST_F(RestoreTest, ThatWasInterruptedKeepsServicesAwayAndIsFinishedByTheNext) {
  // What a kill between the two renames leaves. Other tests kill a restore at every step.
  const std::string time = "20261126T101500Z";
  std::filesystem::copy_file(backup_, folder_ / ("bets.db.restoring-" + time));
  const auto expect_sentence = [&](const auto& use) {
    try {
      use();
      ADD_FAILURE() << "it can be used";
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string(error.what()).find("is being restored"), std::string::npos)
          << error.what();
    }
  };
  expect_sentence([&] { DatabaseFile{path_}; });
  expect_sentence([&] { verify_database(path_, say_nothing); });
  std::filesystem::create_symlink(path_, elsewhere_ / "link.db");
  expect_sentence([&] { verify_database(elsewhere_ / "link.db", say_nothing); });
  expect_sentence([&] { back_up_database(path_, elsewhere_ / "copy.db", say_nothing); });

  place_bets(elsewhere_ / "third.db", "third", 2);
  restore_database(path_, (elsewhere_ / "third.db").string(), say_nothing);
  EXPECT_EQ(bets_with(folder_ / ("bets.db.before-restore-" + time), "old"), 3);
  EXPECT_EQ(bets_with(path_, "third"), 2);
  EXPECT_EQ(names_in(folder_.path()).size(), 3U);
}

}  // namespace
}  // namespace lottery::test
