#include "service/storage/sqlite/checkpointer.h"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <future>
#include <memory>

#include "service/storage/sqlite/write_queue.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

class CheckpointerTest : public testing::Test {
 protected:
  CheckpointerTest() {
    writer_.exec("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0");
    writer_.exec("CREATE TABLE numbers (text TEXT); INSERT INTO numbers VALUES (zeroblob(500000))");
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "test.db";
  SQLite::Database writer_{path_.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE};
  WriteQueue write_queue_;
  LedgerMetrics metrics_;
};

TEST_F(CheckpointerTest, CopiesNothingOnceItMayNotGoOn) {
  const auto size = std::filesystem::file_size(path_);
  std::promise<void> was_asked;
  {
    Checkpointer checkpointer(
        std::make_unique<SQLite::Database>(path_.string(), SQLite::OPEN_READWRITE), write_queue_,
        metrics_, [](const SQLite::Exception& error) { ADD_FAILURE() << error.what(); },
        [&] {
          was_asked.set_value();
          return false;
        });
    checkpointer.wal_has(100'000);
    ASSERT_EQ(was_asked.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
    checkpointer.wal_has(200'000);
  }
  EXPECT_EQ(std::filesystem::file_size(path_), size);
}

}  // namespace
}  // namespace lottery::test
