#include "service/storage/sqlite/wal_sync.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <system_error>

#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

TEST(WalSync, SyncsWhatWasThereBefore) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "wal").c_str(), 0600), 0);
  const std::fstream keeps_it_open(folder / "wal");
  LedgerMetrics metrics;
  WalSync sync(folder / "wal", metrics);
  EXPECT_THROW(sync.sync(), std::system_error);  // for a FIFO can't be synced
}

TEST(WalSync, ThrowsForeverAfterASyncHasFailed) {
  const TemporaryFolder folder;
  ASSERT_EQ(::mkfifo((folder / "wal").c_str(), 0600), 0);
  const std::fstream keeps_it_open(folder / "wal");
  LedgerMetrics metrics;
  WalSync sync(folder / "wal", metrics);
  sync.committed();
  EXPECT_THROW(sync.sync(), std::system_error);
  EXPECT_THROW(sync.sync(), std::system_error);
  sync.committed();
  EXPECT_THROW(sync.sync(), std::system_error);
}

TEST(WalSync, RefusesAFileThatIsNotThere) {
  const TemporaryFolder folder;
  LedgerMetrics metrics;
  EXPECT_THROW(WalSync(folder / "wal", metrics), std::system_error);
}

}  // namespace
}  // namespace lottery::test
