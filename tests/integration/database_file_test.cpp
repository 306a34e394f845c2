#include "service/storage/sqlite/database_file.h"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

#include "service/storage/sqlite/durable_writer.h"
#include "service/storage/sqlite/error_policy.h"
#include "service/storage/sqlite/migrations.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

/// Opens the database, expects that this is refused, and returns the error.
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

/// A service that writes to the file.
class Writing {
 public:
  explicit Writing(const DatabaseFile& file)
      : errors_(file.path(), [](const std::string& why) { ADD_FAILURE() << why; }),
        writer_(file, errors_, metrics_) {}

 private:
  ErrorPolicy errors_;
  LedgerMetrics metrics_;
  DurableWriter writer_;
};

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
  const auto database = file.connect_to_read();
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

// `storage.path` may name any file of the machine by mistake.
TEST_F(DatabaseFileTest, LeavesAFileThatItRefusesAsOpenAsItIs) {
  const auto mode = [](const std::filesystem::path& file) {
    return std::filesystem::status(file).permissions();
  };
  constexpr auto open_to_all = static_cast<std::filesystem::perms>(0666);
  constexpr auto folder_open_to_all = static_cast<std::filesystem::perms>(0777);
  for (const bool is_database : {false, true}) {
    std::filesystem::remove(path_);
    if (is_database) {
      run_sql(path_, "CREATE TABLE recipes (name TEXT)");
    } else {
      folder_.write("bets.db", "a text");
    }
    std::filesystem::permissions(path_, open_to_all);
    std::filesystem::permissions(folder_.path(), folder_open_to_all);
    EXPECT_THROW(DatabaseFile{path_}, DatabaseError);
    EXPECT_EQ(mode(path_), open_to_all);
    EXPECT_EQ(mode(folder_.path()), folder_open_to_all);
  }
}

TEST_F(DatabaseFileTest, RefusesADatabaseFromANewerVersion) {
  const int newest = migrations().back().version;
  for (const int version : {newest + 1, 1000}) {
    DatabaseFile{path_};
    run_sql(path_, "PRAGMA user_version = " + std::to_string(version));
    expect_refused("is from a newer version");
    run_sql(path_, "PRAGMA user_version = " + std::to_string(newest));
  }
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

TEST_F(DatabaseFileTest, RefusesWhatIsNoRegularFile) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_NE(refusal(path_).find("is not a regular file"), std::string::npos);
  EXPECT_THROW(open_to_read(path_), DatabaseError);
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

class DatabaseFileModesTest : public DatabaseFileTest {
 protected:
  ~DatabaseFileModesTest() override { ::umask(umask_); }

  static mode_t mode_of(const std::filesystem::path& path) {
    struct stat status {};
    EXPECT_EQ(::lstat(path.c_str(), &status), 0) << path;
    return status.st_mode & 07777U;
  }

  mode_t umask_ = ::umask(0);
};

TEST_F(DatabaseFileModesTest, AreTheSameWhateverTheUmaskIs) {
  for (const mode_t umask : {0U, 022U, 077U, 027U}) {
    ::umask(umask);
    const auto path = folder_ / ("a" + std::to_string(umask)) / "b/bets.db";
    const DatabaseFile file(path);
    const Writing writing(file);
    for (const char* suffix : {"", "-wal", "-shm"})
      EXPECT_EQ(mode_of(path.string() + suffix), 0640U);
    EXPECT_EQ(mode_of(path.parent_path()), 0750U);
    EXPECT_EQ(mode_of(path.parent_path().parent_path()), 0750U);
  }
}

TEST_F(DatabaseFileModesTest, OfWhatIsThereAreTightenedAndNeverOpened) {
  for (const auto& [before, after] : {std::pair{0666U, 0640U}, {0600U, 0600U}, {0664U, 0640U}}) {
    {
      const DatabaseFile file(path_);
      const Writing killed(file);
      for (const char* suffix : {"", "-wal", "-shm"}) {
        std::filesystem::copy_file(path_.string() + suffix,
                                   folder_ / (std::string("left.db") + suffix),
                                   std::filesystem::copy_options::overwrite_existing);
      }
    }
    for (const char* suffix : {"", "-wal", "-shm"}) {
      ASSERT_EQ(::chmod((folder_ / (std::string("left.db") + suffix)).c_str(), before), 0);
    }
    // A reader keeps the database's companion files in place.
    SQLite::Database shell((folder_ / "left.db").string(), SQLite::OPEN_READONLY);
    shell.execAndGet("SELECT count(*) FROM bets");
    const DatabaseFile file(folder_ / "left.db");
    const Writing writing(file);
    for (const char* suffix : {"", "-wal", "-shm"}) {
      EXPECT_EQ(mode_of(folder_ / (std::string("left.db") + suffix)), after) << suffix;
    }
  }
}

TEST_F(DatabaseFileModesTest, OfAFolderOfItsOwnAreTightenedAndNeverOpened) {
  std::filesystem::create_directory(folder_ / "var");
  for (const auto& [before, after] : {std::pair{02777U, 02750U}, {0755U, 0750U}, {0700U, 0700U}}) {
    ASSERT_EQ(::chmod((folder_ / "var").c_str(), before), 0);
    const DatabaseFile file(folder_ / "var/bets.db");
    EXPECT_EQ(mode_of(folder_ / "var"), after);
  }
}

TEST_F(DatabaseFileModesTest, OfAFolderThatHoldsOtherFilesStayAsTheyAre) {
  std::filesystem::create_directory(folder_ / "var");
  folder_.write("var/notes", "x");
  ASSERT_EQ(::chmod((folder_ / "var").c_str(), 02777), 0);
  const DatabaseFile file(folder_ / "var/bets.db");
  EXPECT_EQ(mode_of(folder_ / "var"), 02777U);
}

TEST_F(DatabaseFileTest, RefusesAFileThatHasSeveralNames) {
  {
    const DatabaseFile file(path_);
    const Writing killed(file);
    for (const char* suffix : {"", "-wal"}) {
      std::filesystem::copy_file(path_.string() + suffix,
                                 folder_ / (std::string("left.db") + suffix));
    }
  }
  for (const std::string name : {"left.db", "left.db-wal"}) {
    std::filesystem::create_hard_link(folder_ / name, folder_ / "snapshot");
    const std::string sentence = refusal(folder_ / "left.db");
    EXPECT_NE(sentence.find((folder_ / name).string() + " has 2 names (hard links)"),
              std::string::npos)
        << sentence;
    std::filesystem::remove(folder_ / "snapshot");
  }
  EXPECT_NO_THROW(DatabaseFile(folder_ / "left.db"));
}

TEST_F(DatabaseFileModesTest, AreNeverChangedThroughALink) {
  const auto other = folder_.write("other", "x");
  ASSERT_EQ(::chmod(other.c_str(), 0666), 0);
  DatabaseFile{path_};
  std::filesystem::create_symlink(other, path_.string() + "-wal");
  expect_refused("bets.db-wal is a symbolic link");
  EXPECT_EQ(mode_of(other), 0666U);
}

TEST_F(DatabaseFileTest, IsTheOneThatALinkPointsTo) {
  DatabaseFile{folder_ / "big/lottery.db"};
  std::filesystem::create_symlink("big/lottery.db", path_);
  const DatabaseFile file(path_);
  EXPECT_EQ(file.path(), std::filesystem::canonical(folder_ / "big/lottery.db"));
  EXPECT_EQ(file.wal_path(), file.path().string() + "-wal");
  EXPECT_NE(refusal(folder_ / "big/lottery.db").find("is locked by another lottery_service"),
            std::string::npos);
  EXPECT_TRUE(open_to_read(path_).tableExists("bets"));
}

TEST_F(DatabaseFileTest, RefusesALinkWhoseTargetIsMissing) {
  std::filesystem::create_symlink("big/lottery.db", path_);
  EXPECT_NE(refusal(path_).find("which is not there"), std::string::npos);
  EXPECT_THROW(open_to_read(path_), DatabaseError);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "big"));
}

TEST_F(DatabaseFileTest, RefusesALinkToAFolder) {
  std::filesystem::create_directory(folder_ / "big");
  std::filesystem::create_symlink("big", path_);
  EXPECT_NE(refusal(path_).find("can't be opened"), std::string::npos);
  EXPECT_THROW(open_to_read(path_), DatabaseError);
}

TEST_F(DatabaseFileTest, ThatIsReplacedByALinkToItselfIsNoticed) {
  const DatabaseFile file(path_);
  EXPECT_NO_THROW(file.identity().throw_if_moved());
  std::filesystem::rename(path_, folder_ / "moved.db");
  std::filesystem::create_symlink("moved.db", path_);
  EXPECT_THROW(file.identity().throw_if_moved(), std::runtime_error);
}

}  // namespace
}  // namespace lottery::test
