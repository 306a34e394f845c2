#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <future>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "service/lottery.h"
#include "service/storage/sqlite/sqlite_ledger.h"
#include "tests/support/running_service.h"
#include "tests/support/sqlite_calls.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

constexpr AgencyId one{1};
constexpr std::chrono::seconds wait_max{20};

Bet bet(std::string_view document) {
  return {.first_name = "Ana",
          .last_name = "D'Elia",
          .document = document,
          .birthdate = "1999-03-17",
          .number = 1};
}

/// A ledger with a batch of one bet in draw 1, which is durable.
class LedgerDurability : public testing::Test {
 protected:
  LedgerDurability() {
    place();
    ledger_.sync();
  }

  void place(const std::vector<Bet>& bets = {bet("a")}) {
    EXPECT_TRUE(
        std::holds_alternative<BetsStored>(lottery_.place_bets(one, bets).for_bookkeeping()));
  }

  std::int64_t batches_seen() {
    return ledger_.begin_read()->books(DrawId{1}, one).value_or(AgencyBooks{}).batches;
  }

  /// Expects that the ledger has failed, and has reported the reason once.
  void expect_failed(const std::string& why) {
    EXPECT_THROW(ledger_.sync(), LedgerFailed);
    EXPECT_THROW(place(), LedgerFailed);
    EXPECT_THROW(batches_seen(), LedgerFailed);
    ASSERT_EQ(failures_.size(), 1U);
    EXPECT_NE(failures_.front().find(why), std::string::npos) << failures_.front();
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "bets.db";
  std::vector<std::string> failures_;
  SqliteLedger ledger_{path_,
                       [this](const std::string& sentence) { failures_.push_back(sentence); }};
  Lottery lottery_{ledger_, {.agencies = agencies({1, 2}), .winning_number = 7574}};
};

TEST_F(LedgerDurability, EndsWhenAnotherFileIsRenamedOverTheDatabase) {
  std::filesystem::rename(folder_.write("other", "another file"), path_);
  expect_failed(path_.string() + " was moved, deleted or replaced");
}

TEST_F(LedgerDurability, EndsWhenTheDatabaseIsRemoved) {
  std::filesystem::remove(path_);
  expect_failed(path_.string() + " was moved, deleted or replaced");
}

TEST_F(LedgerDurability, EndsWhenTheWalAloneIsRemoved) {
  std::filesystem::remove(path_.string() + "-wal");
  expect_failed(path_.string() + "-wal was moved, deleted or replaced");
}

TEST_F(LedgerDurability, EndsWhenAnotherFileIsRenamedOverTheWal) {
  std::filesystem::rename(folder_.write("other", "another file"), path_.string() + "-wal");
  expect_failed(path_.string() + "-wal was moved, deleted or replaced");
}

TEST_F(LedgerDurability, EndsWhenTheDatabaseCanNotBeRead) {
  {
    const ReplacedCalls unreadable(ReplacedCalls::Read{[](int, void*, size_t, off_t) -> ssize_t {
      errno = ESTALE;  // as a network's file system says; SQLite takes EIO for a damaged file
      return -1;
    }});
    EXPECT_THROW(static_cast<void>(ledger_.begin_long_read()->books(DrawId{1}, one)), LedgerFailed);
  }
  expect_failed("disk I/O error");
}

// If a transaction did not fit into SQLite's cache, its pages might be written to the WAL later,
// where another program has written its own in the meantime. SQLite does not document how much
// fits.
TEST_F(LedgerDurability, WritesNothingOfALargeTransactionThatIsRolledBack) {
  const std::vector<Bet> many(1000, bet("rolled back"));
  SQLite::Database shell(path_.string(), SQLite::OPEN_READWRITE);
  shell.exec("CREATE TABLE notes (text)");
  int rounds = 0;
  for (std::int64_t batches = 20; batches < 50; batches += 2) {
    ledger_.write(one, [&](WriteTransaction& transaction) {
      const DrawId draw = transaction.open_draw().value();
      const std::int64_t stored = transaction.books(draw, one).value().batches;
      for (std::int64_t i = 1; i <= batches; ++i) {
        transaction.store_batch(draw, one, stored + i, {}, many, std::string(64, '0'), {});
      }
    });
    shell.exec("INSERT INTO notes VALUES (hex(zeroblob(60000)))");
    place();
    ++rounds;
    ASSERT_EQ(shell.execAndGet("PRAGMA integrity_check").getString(), "ok") << batches;
    ASSERT_EQ(shell.execAndGet("SELECT count(*) FROM notes").getInt(), rounds);
    ASSERT_EQ(shell.execAndGet("SELECT count(*) FROM bets").getInt(), 1 + rounds);
  }
}

// A service that stops can't wait until whole books or a million winners are read.
TEST_F(LedgerDurability, EndsReadsThatAreUnderWay) {
  place(std::vector<Bet>(3, bet("b")));
  ledger_.write(one, [&](WriteTransaction& transaction) {
    transaction.draw_winners(DrawId{1}, bet("b").number);
    transaction.commit();
  });
  const auto winners = ledger_.begin_read();
  const auto books = ledger_.begin_long_read();
  int read = 0;
  EXPECT_THROW(winners->winners_after(DrawId{1}, one, {}, 10,
                                      [&](const Bet&) {
                                        ++read;
                                        ledger_.end_reads();
                                      }),
               LedgerUnavailable);
  EXPECT_EQ(read, 1);
  EXPECT_THROW(books->each_bet(DrawId{1}, one, 0, [](const Bet&) { ADD_FAILURE(); }),
               LedgerUnavailable);
  EXPECT_THROW(ledger_.begin_read(), LedgerUnavailable);
  EXPECT_THROW(ledger_.begin_long_read(), LedgerUnavailable);
}

TEST_F(LedgerDurability, StoresNoBatchOfADrawOrAnAgencyThatIsNotThere) {
  for (const auto& [draw, agency] :
       {std::pair(DrawId{9}, one), std::pair(DrawId{1}, AgencyId{9})}) {
    EXPECT_THROW(ledger_.write(agency,
                               [&, draw = draw, agency = agency](WriteTransaction& transaction) {
                                 transaction.store_batch(draw, agency, 1, {}, std::vector{bet("a")},
                                                         std::string(64, '0'), {});
                                 transaction.commit();
                               }),
                 LedgerUnavailable);
  }
  EXPECT_EQ(batches_seen(), 1);
}

/// While this object lives, it stops the next COMMIT of each new connection at the point at which
/// others can see the transaction and COMMIT has not returned yet.
class PausedCommit {
 public:
  PausedCommit() { sqlite3_auto_extension(reinterpret_cast<void (*)()>(watch)); }
  ~PausedCommit() { sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(watch)); }
  PausedCommit(const PausedCommit&) = delete;
  PausedCommit& operator=(const PausedCommit&) = delete;

  static void pause_next() {
    reached_ = {};
    released_ = {};
    is_next_ = true;
  }
  static bool wait_until_reached() {
    return reached_.get_future().wait_for(wait_max) == std::future_status::ready;
  }
  static void go_on() { released_.set_value(); }

 private:
  static int watch(sqlite3* connection, char**, const sqlite3_api_routines*) {
    return sqlite3_trace_v2(connection, SQLITE_TRACE_PROFILE, statement_ended, nullptr);
  }

  static int statement_ended(unsigned int, void*, void* statement, void*) {
    const std::string_view sql = sqlite3_sql(static_cast<sqlite3_stmt*>(statement));
    if (sql.starts_with("COMMIT") && is_next_.exchange(false)) {
      reached_.set_value();
      released_.get_future().wait_for(wait_max);
    }
    return 0;
  }

  static inline std::atomic<bool> is_next_ = false;
  static inline std::promise<void> reached_;
  static inline std::promise<void> released_;
};

/// A ledger whose next commit can be stopped halfway.
class LedgerThatStops : protected PausedCommit, public LedgerDurability {};

TEST_F(LedgerThatStops, MakesAReaderOfACommitWaitUntilASyncCoversIt) {
  pause_next();
  std::jthread writer([this] { place(); });
  ASSERT_TRUE(wait_until_reached());
  std::promise<std::int64_t> seen;
  std::promise<void> synced;
  std::jthread reader([&] {
    seen.set_value(batches_seen());
    ledger_.sync();
    synced.set_value();
  });
  // What a reader has seen may be sent after sync() has returned. So sync() must wait until the
  // commit that the reader has seen is counted among those that a sync covers.
  EXPECT_EQ(synced.get_future().wait_for(std::chrono::milliseconds(500)),
            std::future_status::timeout)
      << "the reader may tell of a commit that no sync covers";
  go_on();
  EXPECT_EQ(seen.get_future().get(), 2);
  reader.join();
  writer.join();
  EXPECT_EQ(failures_, std::vector<std::string>{});
}

}  // namespace
}  // namespace lottery::test
