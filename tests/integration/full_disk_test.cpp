#include <gtest/gtest.h>
#include <sys/mount.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "service/storage/sqlite/database_error.h"
#include "service/storage/sqlite/sqlite_ledger.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

/// A disk of 100 KiB, if this user may mount one.
class SmallDisk {
 public:
  SmallDisk() = default;
  ~SmallDisk() {
    if (is_mounted_) ::umount(path_.c_str());
  }
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  bool is_mounted() const noexcept { return is_mounted_; }
  const std::filesystem::path& path() const noexcept { return path_; }

  void fill(std::size_t kibibytes) const {
    std::ofstream file(path_ / "other_file", std::ios::trunc);
    file << std::string(kibibytes * 1024, 'x') << std::flush;
  }

 private:
  static bool mount_at(const std::filesystem::path& path) {
    std::filesystem::create_directory(path);
    return ::mount("tmpfs", path.c_str(), "tmpfs", 0, "size=100k") == 0;
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "disk";
  bool is_mounted_ = mount_at(path_);
};

TEST(FullDisk, IsNamedAsTheReasonWhyADatabaseCanNotBeOpened) {
  const SmallDisk disk;
  if (!disk.is_mounted()) GTEST_SKIP() << "this user may not mount a file system";
  const std::filesystem::path folder = disk.path() / "var";
  // With each size, the disk is full at another step of the opening. SQLite has two messages for a
  // full disk.
  for (const std::size_t kibibytes : {0U, 20U, 40U, 60U, 80U, 96U, 100U}) {
    std::filesystem::remove_all(folder);
    std::filesystem::create_directory(folder);
    disk.fill(kibibytes);
    try {
      const SqliteLedger ledger(folder / "bets.db", [](const std::string& /*sentence*/) {});
      ADD_FAILURE() << "100 KiB are enough";
    } catch (const DatabaseError& error) {
      const std::string expected =
          "the database " + (folder / "bets.db").string() + " can't be used: its disk is full (";
      EXPECT_TRUE(std::string(error.what()).starts_with(expected)) << error.what();
    }
  }
}

}  // namespace
}  // namespace lottery::test
