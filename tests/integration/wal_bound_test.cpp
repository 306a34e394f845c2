#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "service/lottery.h"
#include "service/storage/sqlite/sqlite_ledger.h"
#include "tests/support/running_service.h"
#include "tests/support/sqlite_calls.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

using std::chrono::steady_clock;

constexpr AgencyId one{1};

// The length from which on the WAL should begin anew, and the most time that this may take.
constexpr std::uintmax_t long_wal_bytes = 16UL * 1024 * 1024;
constexpr std::uintmax_t kept_wal_bytes = 32UL * 1024 * 1024;  // of a longer one that begins anew
constexpr std::chrono::seconds begins_anew_max{30};

/// Commits a transaction during each copy from the WAL into the database that does not make the
/// writers wait. SQLite lets a WAL begin anew once all of it is copied; because of these commits,
/// that never happens by chance.
///
/// The thread that creates this object writes without end. Nothing else writes.
class BusyWriter {
 public:
  explicit BusyWriter(const std::filesystem::path& database) {
    struct stat status {};
    EXPECT_EQ(::stat(database.c_str(), &status), 0);
    database_ = status.st_ino;
    writer_ = std::this_thread::get_id();
    commits_ = 0;
    copied_up_to_ = 0;
  }

  static void committed() { ++commits_; }

 private:
  // If the writer has to wait, it commits nothing, and this wait ends after commit_wait_max.
  static constexpr std::chrono::seconds commit_wait_max{4};

  static ssize_t write(int file, const void* bytes, size_t count, off_t offset) {
    struct stat status {};
    const bool is_copy = std::this_thread::get_id() != writer_ && ::fstat(file, &status) == 0 &&
                         status.st_ino == database_;
    if (is_copy) {
      // SQLite copies pages in the order of their numbers. Each transaction of this test changes a
      // page with a small number.
      const bool is_first_of_copy = offset <= copied_up_to_;
      copied_up_to_ = offset;
      if (is_first_of_copy) wait_for_commit();
    }
    return ::pwrite(file, bytes, count, offset);
  }

  static void wait_for_commit() {
    const std::int64_t before = commits_;
    const auto give_up_at = steady_clock::now() + commit_wait_max;
    while (commits_ == before && steady_clock::now() < give_up_at) std::this_thread::yield();
  }

  static inline ino_t database_ = 0;
  static inline std::thread::id writer_;
  static inline std::atomic<std::int64_t> commits_ = 0;
  static inline std::atomic<off_t> copied_up_to_ = 0;  // in the database

  ReplacedCalls calls_{ReplacedCalls::Write{write}};
};

class WalBound : public testing::Test {
 protected:
  void place(std::size_t bets) {
    const std::vector<Bet> batch(bets, {.first_name = "Ana",
                                        .last_name = "D'Elia",
                                        .document = "30904465",
                                        .birthdate = "1999-03-17",
                                        .number = 1});
    ASSERT_TRUE(
        std::holds_alternative<BetsStored>(lottery_.place_bets(one, batch).for_bookkeeping()));
  }

  std::filesystem::path wal() const { return path_.string() + "-wal"; }

  /// Bytes 16 to 23 of the WAL's header. They differ each time the WAL begins anew (SQLite,
  /// "WAL-mode File Format", 4.1).
  std::string salts() const {
    std::ifstream file(wal(), std::ios::binary);
    std::string salts(8, '\0');
    file.seekg(16).read(salts.data(), 8);
    EXPECT_TRUE(file);
    return salts;
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "bets.db";
  SqliteLedger ledger_{path_, [](const std::string& sentence) { ADD_FAILURE() << sentence; }};
  Lottery lottery_{ledger_, {.agencies = agencies({1, 2}), .winning_number = 7574}};
};

TEST_F(WalBound, IsKeptThoughNoCopyEverCatchesUpWithTheWriters) {
  place(1);
  const BusyWriter busy(path_);
  const std::string before = salts();
  while (std::filesystem::file_size(wal()) < long_wal_bytes) {
    ASSERT_EQ(salts(), before) << "it has begun anew by chance, or before it was long";
    place(1000);
    BusyWriter::committed();
  }
  // From here on the WAL hardly grows. So even a busy machine has time to copy it.
  const auto deadline = steady_clock::now() + begins_anew_max;
  while (salts() == before) {
    ASSERT_LT(steady_clock::now(), deadline) << "the WAL does not begin anew";
    place(1);
    BusyWriter::committed();
  }
}

TEST_F(WalBound, CutsAWalThatALongReadHasLetGrow) {
  place(1);
  {
    SQLite::Database shell(path_.string(), SQLite::OPEN_READONLY);
    shell.exec("BEGIN");
    ASSERT_EQ(shell.execAndGet("SELECT count(*) FROM bets").getInt(), 1);
    while (std::filesystem::file_size(wal()) < kept_wal_bytes + long_wal_bytes) place(1000);
  }
  const auto deadline = steady_clock::now() + begins_anew_max;
  while (std::filesystem::file_size(wal()) > kept_wal_bytes) {
    ASSERT_LT(steady_clock::now(), deadline) << "the WAL stays as long as it was";
    place(1);
  }
  lottery_.make_durable(lottery_.close_books(one));
  SQLite::Database shell(path_.string(), SQLite::OPEN_READONLY);
  EXPECT_EQ(shell.execAndGet("SELECT bets FROM agencies WHERE agency_id = 1").getInt(),
            shell.execAndGet("SELECT count(*) FROM bets").getInt());
}

}  // namespace
}  // namespace lottery::test
