#include "service/storage/sqlite/durable_writer.h"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include "service/ledger.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

class DurableWriterTest : public testing::Test {
 protected:
  /// Commits a draw without agencies.
  void commit_draw() {
    writer_->write([this] {
      writer_->begin(std::chrono::steady_clock::now() + std::chrono::seconds(2));
      writer_->connection().exec(
          "INSERT INTO draws (opened_at, drawn_at, winning_number) VALUES "
          "('2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z', 1)");
      writer_->commit();
    });
  }

  int draws_seen() const {
    return file_.connect_to_read()->execAndGet("SELECT count(*) FROM draws").getInt();
  }

  int pragma(const std::string& name) {
    return writer_->connection().execAndGet("PRAGMA " + name).getInt();
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "bets.db";
  std::vector<std::string> failures_;
  DatabaseFile file_{path_};
  ErrorPolicy errors_{path_, [this](const std::string& why) { failures_.push_back(why); }};
  LedgerMetrics metrics_;
  std::unique_ptr<DurableWriter> writer_ =
      std::make_unique<DurableWriter>(file_, errors_, metrics_);
};

TEST_F(DurableWriterTest, HasAllThatItsVfsRequires) {
  EXPECT_EQ(pragma("synchronous"), 2);
  EXPECT_EQ(pragma("checkpoint_fullfsync"), 1);
  EXPECT_EQ(pragma("cache_spill"), 0);
  EXPECT_EQ(pragma("wal_autocheckpoint"), 0);
}

TEST_F(DurableWriterTest, HasAReaderWaitForACommitThatItSeesUntilTheCommitIsCounted) {
  // SQLite calls this hook when others can see the commit, and before COMMIT returns.
  std::future<int> reader;
  std::function<void()> when_visible = [&] {
    reader = std::async(std::launch::async, [&] {
      const int seen = draws_seen();
      writer_->wait_for_counts();
      return seen;
    });
    EXPECT_EQ(reader.wait_for(std::chrono::milliseconds(200)), std::future_status::timeout);
  };
  sqlite3_wal_hook(
      writer_->connection().getHandle(),
      [](void* call, sqlite3*, const char*, int) {
        (*static_cast<std::function<void()>*>(call))();
        return SQLITE_OK;
      },
      &when_visible);
  commit_draw();
  EXPECT_EQ(reader.get(), 1);
  sqlite3_wal_hook(writer_->connection().getHandle(), nullptr, nullptr);
}

TEST_F(DurableWriterTest, FailsIfAnotherFileIsRenamedOverTheDatabase) {
  commit_draw();
  EXPECT_NO_THROW(writer_->sync());
  folder_.write("other", "x");
  std::filesystem::rename(folder_ / "other", path_);
  EXPECT_THROW(writer_->sync(), LedgerFailed);
  EXPECT_EQ(failures_.size(), 1U);
}

TEST_F(DurableWriterTest, FailsIfTheWalAloneIsRemoved) {
  commit_draw();
  std::filesystem::remove(file_.wal_path());
  EXPECT_THROW(writer_->sync(), LedgerFailed);
  EXPECT_THROW(commit_draw(), LedgerFailed) << "it has failed for good";
  EXPECT_EQ(failures_.size(), 1U);
}

TEST_F(DurableWriterTest, LeavesTheWalAsItIsWhenItClosesAfterAFailure) {
  commit_draw();
  EXPECT_THROW(errors_.fail("a test"), LedgerFailed);
  const std::string wal = read_file(file_.wal_path());
  writer_.reset();
  EXPECT_EQ(read_file(file_.wal_path()), wal);
}

TEST_F(DurableWriterTest, CopiesTheWalIntoTheDatabaseWhenItCloses) {
  commit_draw();
  writer_.reset();
  EXPECT_FALSE(std::filesystem::exists(file_.wal_path()));
  EXPECT_EQ(draws_seen(), 1);
}

}  // namespace
}  // namespace lottery::test
