#include "service/storage/sqlite/wal_frames.h"

#include <SQLiteCpp/Database.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <set>
#include <string>

#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

class WalFramesTest : public testing::Test {
 protected:
  WalFramesTest() {
    database_.exec("PRAGMA journal_mode = WAL");
    database_.exec("PRAGMA wal_autocheckpoint = 0");
    database_.exec("CREATE TABLE numbers (number INTEGER PRIMARY KEY, text TEXT)");
  }

  void insert(int rows) {
    for (int i = 0; i < rows; ++i) {
      database_.exec("INSERT INTO numbers (text) VALUES (hex(randomblob(500)))");
    }
  }

  WalFrames frames() const { return read_wal_frames(*OpenFile::open(wal_, O_RDONLY)); }

  static WalFrames frames_of(const std::filesystem::path& path) {
    return read_wal_frames(*OpenFile::open(path, O_RDONLY));
  }

  /// The number of frames that SQLite finds in the WAL.
  int frames_counted() {
    int frames = 0;
    EXPECT_EQ(sqlite3_wal_checkpoint_v2(database_.getHandle(), nullptr, SQLITE_CHECKPOINT_PASSIVE,
                                        &frames, nullptr),
              SQLITE_OK);
    return frames;
  }

  TemporaryFolder folder_;
  std::filesystem::path wal_ = folder_ / "test.db-wal";
  SQLite::Database database_{(folder_ / "test.db").string(),
                             SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
};

TEST_F(WalFramesTest, AreAsManyAsSqliteCounts) {
  insert(50);
  const WalFrames found = frames();
  EXPECT_EQ(found.page_bytes, 4096U);
  EXPECT_EQ(found.database_pages,
            static_cast<std::uint32_t>(database_.execAndGet("PRAGMA page_count").getInt()));
  EXPECT_EQ(found.pages.size(), static_cast<std::size_t>(frames_counted()));
  EXPECT_EQ(found.headers.back().pages, found.database_pages);
}

TEST_F(WalFramesTest, EndWithTheLastCommitThatIsWhole) {
  insert(2);
  const std::size_t before = frames().pages.size();
  insert(1);
  const std::string whole = read_file(wal_);
  for (std::size_t cut = 1; cut < 4096 + 24; cut += 500) {
    EXPECT_EQ(frames_of(folder_.write("torn", whole.substr(0, whole.size() - cut))).pages.size(),
              before);
  }
  std::string changed = whole;
  changed[whole.size() - 10] ^= 1;
  EXPECT_EQ(frames_of(folder_.write("changed", changed)).pages.size(), before);
}

TEST_F(WalFramesTest, AreThoseOfTheWalThatHasBegunAnew) {
  insert(50);
  frames_counted();  // and copies all
  insert(1);
  EXPECT_EQ(frames().pages.size(), static_cast<std::size_t>(frames_counted()));
  EXPECT_LT(frames().pages.size(), 5U);
}

TEST_F(WalFramesTest, AreNoneInAWalThatIsEmptyOrHasATornHeader) {
  insert(1);
  const std::string whole = read_file(wal_);
  EXPECT_TRUE(frames_of(folder_.write("empty", "")).pages.empty());
  EXPECT_TRUE(frames_of(folder_.write("short", whole.substr(0, 20))).pages.empty());
  EXPECT_TRUE(frames_of(folder_.write("zeros", std::string(whole.size(), '\0'))).pages.empty());
  EXPECT_TRUE(frames_of(folder_.write(
                            "torn", whole.substr(0, 16) + std::string(16, '\0') + whole.substr(32)))
                  .pages.empty());
}

}  // namespace
}  // namespace lottery::test
