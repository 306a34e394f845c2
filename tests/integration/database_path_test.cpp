#include "service/storage/sqlite/database_path.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "service/storage/sqlite/database_error.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

namespace fs = std::filesystem;

class DatabasePathTest : public testing::Test {
 protected:
  DatabasePathTest() { fs::create_directories(folder_ / "big"); }

  static void expect_refused(const fs::path& path, const std::string& because) {
    try {
      const fs::path found = canonical_database_path(path);
      ADD_FAILURE() << path << " was taken for " << found;
    } catch (const DatabaseError& error) {
      const std::string sentence = error.what();
      EXPECT_NE(sentence.find(because), std::string::npos) << sentence;
    }
  }

  TemporaryFolder folder_;
  fs::path target_ = fs::canonical(folder_.path()) / "big/lottery.db";
};

TEST_F(DatabasePathTest, OfAFileIsItself) {
  folder_.write("big/lottery.db", "");
  EXPECT_EQ(canonical_database_path(target_), target_);
}

TEST_F(DatabasePathTest, OfALinkIsItsTarget) {
  folder_.write("big/lottery.db", "");
  fs::create_symlink("big/lottery.db", folder_ / "bets.db");
  fs::create_symlink(folder_ / "bets.db", folder_ / "again.db");
  EXPECT_EQ(canonical_database_path(folder_ / "bets.db"), target_);
  EXPECT_EQ(canonical_database_path(folder_ / "again.db"), target_);
}

TEST_F(DatabasePathTest, GoesThroughLinksToFolders) {
  folder_.write("big/lottery.db", "");
  fs::create_symlink("big", folder_ / "var");
  EXPECT_EQ(canonical_database_path(folder_ / "var/lottery.db"), target_);
  EXPECT_EQ(canonical_database_path(folder_ / "var/../big/./lottery.db"), target_);
}

TEST_F(DatabasePathTest, MayBeOfAFileAndFoldersThatAreMissing) {
  fs::create_symlink("big", folder_ / "var");
  EXPECT_EQ(canonical_database_path(folder_ / "var/lottery.db"), target_);
  EXPECT_EQ(canonical_database_path(folder_ / "var/a/b/lottery.db"),
            target_.parent_path() / "a/b/lottery.db");
}

TEST_F(DatabasePathTest, IsAbsoluteIfItWasRelative) {
  EXPECT_EQ(canonical_database_path("no-such-folder/../bets.db"),
            fs::canonical(fs::current_path()) / "bets.db");
  EXPECT_EQ(canonical_database_path("file:bets.db?mode=memory"),
            fs::canonical(fs::current_path()) / "file:bets.db?mode=memory");
}

TEST_F(DatabasePathTest, RefusesALinkWhoseTargetIsMissingAndDoesNotCreateIt) {
  fs::create_symlink("big/lottery.db", folder_ / "bets.db");
  fs::create_symlink("not-mounted", folder_ / "var");
  expect_refused(folder_ / "bets.db",
                 (folder_ / "bets.db").string() + " points to big/lottery.db, which is not there");
  expect_refused(folder_ / "var/bets.db", "points to not-mounted, which is not there");
  EXPECT_FALSE(fs::exists(target_));
}

TEST_F(DatabasePathTest, RefusesALoopOfLinks) {
  fs::create_symlink("b", folder_ / "a");
  fs::create_symlink("a", folder_ / "b");
  expect_refused(folder_ / "a", "can't be followed");
  expect_refused(folder_ / "a/bets.db", "can't be followed");
}

TEST_F(DatabasePathTest, RefusesAPathThatNamesNoFile) {
  expect_refused(folder_ / "big/", "names no file");
  expect_refused("", "names no file");
}

}  // namespace
}  // namespace lottery::test
