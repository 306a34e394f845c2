#include "service/storage/sqlite/unfinished_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>

#include "tests/support/database_files.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

using Names = std::set<std::string>;

struct stat status_of(const std::filesystem::path& path) {
  struct stat status {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  return status;
}

class UnfinishedFileTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
  std::filesystem::path name_ = folder_ / "copy.db";
};

TEST_F(UnfinishedFileTest, IsDeletedWithWhatSqliteHasPutBesideItUnlessItIsPublished) {
  {
    const UnfinishedFile file(name_, {});
    EXPECT_EQ(names_in(folder_.path()), (Names{"copy.db.unfinished-1"}));
    folder_.write("copy.db.unfinished-1-journal", "x");
  }
  EXPECT_EQ(names_in(folder_.path()), Names());
  {
    UnfinishedFile file(name_, {});
    EXPECT_TRUE(file.publish_as(name_));
  }
  EXPECT_EQ(names_in(folder_.path()), (Names{"copy.db"}));
}

TEST_F(UnfinishedFileTest, NeverReplacesAFile) {
  folder_.write("copy.db", "first");
  {
    UnfinishedFile file(name_, {});
    EXPECT_FALSE(file.publish_as(name_));
    EXPECT_EQ(file.publish_as_free(name_), folder_ / "copy.db-2");
  }
  EXPECT_EQ(UnfinishedFile(name_, {}).publish_as_free(name_), folder_ / "copy.db-3");
  EXPECT_EQ(read_file(name_), "first");
}

TEST_F(UnfinishedFileTest, StaysOutOfTheWayOfOthersThatAreBeingWritten) {
  const UnfinishedFile first(name_, {});
  const UnfinishedFile second(name_, {});
  EXPECT_NE(first.path(), second.path());
}

TEST_F(UnfinishedFileTest, DeletesWhatAKilledProcessHasLeftAndNothingThatIsBeingWritten) {
  const UnfinishedFile first(name_, {});
  folder_.write("copy.db.unfinished-2", "left behind");
  folder_.write("copy.db.unfinished-2-journal", "left behind");
  folder_.write("copy.db.unfinished-3", "left behind");
  const UnfinishedFile second(name_, {});
  EXPECT_EQ(names_in(folder_.path()), (Names{"copy.db.unfinished-1", "copy.db.unfinished-2"}));
  EXPECT_EQ(read_file(second.path()), "");
}

TEST_F(UnfinishedFileTest, NamesTheFileThatItCanNotWrite) {
  try {
    const UnfinishedFile file(folder_ / "missing/copy.db", {});
    ADD_FAILURE() << "it was written";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()), "the file " + (folder_ / "missing/copy.db").string() +
                                             " can't be written: No such file or directory");
  }
}

TEST_F(UnfinishedFileTest, HasTheGroupOfTheFileThatItIsACopyOf) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root may give a file any group";
  constexpr gid_t group = 54321;
  constexpr uid_t owner = 54322;
  const auto original = folder_.write("bets.db", "");
  ASSERT_EQ(::chown(original.c_str(), owner, group), 0);
  ASSERT_EQ(::chmod(original.c_str(), 0660), 0);

  const UnfinishedFile copy(name_, FileAccess::of_copy(original));
  EXPECT_EQ(status_of(copy.path()).st_gid, group);
  EXPECT_EQ(status_of(copy.path()).st_uid, 0U);
  EXPECT_EQ(status_of(copy.path()).st_mode & 0777U, 0640U);

  const UnfinishedFile replacement(name_, FileAccess::of_replacement(original));
  EXPECT_EQ(status_of(replacement.path()).st_gid, group);
  EXPECT_EQ(status_of(replacement.path()).st_uid, owner);
}

TEST_F(UnfinishedFileTest, CanBeReadByNobodyElseIfItsGroupCanNotBeSet) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can become another user";
  constexpr uid_t user = 54322;
  ASSERT_EQ(::chown(folder_.path().c_str(), user, user), 0);
  ASSERT_EQ(::setegid(user), 0);
  ASSERT_EQ(::seteuid(user), 0);
  std::optional<UnfinishedFile> file;
  file.emplace(name_, FileAccess{.mode = 0640, .owner = {}, .group = 54323});
  const unsigned int mode = status_of(file->path()).st_mode & 0777U;
  ASSERT_EQ(::seteuid(0), 0);
  ASSERT_EQ(::setegid(0), 0);
  EXPECT_EQ(mode, 0600U);
}

}  // namespace
}  // namespace lottery::test
