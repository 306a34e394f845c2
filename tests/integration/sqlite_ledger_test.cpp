#include "service/storage/sqlite/sqlite_ledger.h"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "service/lottery.h"
#include "tests/support/running_service.h"
#include "tests/support/sqlite_calls.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/wait_until.h"
#include "tests/support/wait_until_asleep.h"

namespace lottery::test {
namespace {

constexpr AgencyId one{1};
constexpr AgencyId two{2};
constexpr std::int32_t winning_number = 7574;
const UploadId upload_a{std::string(32, 'a')};
const UploadId upload_b{std::string(32, 'b')};

Bet bet(std::string_view document, std::int32_t number = 1) {
  return {.first_name = "Ana María",
          .last_name = "D'Elia",
          .document = document,
          .birthdate = "1999-03-17",
          .number = number};
}

class SqliteLedgerTest : public testing::Test {
 protected:
  void open() {
    ledger_ = std::make_unique<SqliteLedger>(
        path_, [this](const std::string& sentence) { failures_.push_back(sentence); });
    lottery_ = std::make_unique<Lottery>(
        *ledger_, DrawTerms{.agencies = agencies({1, 2}), .winning_number = winning_number});
  }

  void SetUp() override { open(); }

  void TearDown() override { EXPECT_EQ(failures_, std::vector<std::string>{}); }

  void reopen() {
    lottery_.reset();
    ledger_.reset();
    open();
  }

  bool place(AgencyId agency, const std::vector<Bet>& bets) {
    return std::holds_alternative<BetsStored>(lottery_->place_bets(agency, bets).for_bookkeeping());
  }

  /// Sends RESUME, and returns the context of the messages that follow it.
  UploadContext resume(AgencyId agency, const UploadId& upload) {
    return std::get<Resumption>(lottery_->resume(agency, upload).for_bookkeeping()).context;
  }

  std::string place_numbered(AgencyId agency, std::int64_t number, const std::vector<Bet>& bets,
                             const UploadContext& context) {
    const auto outcome =
        lottery_->place_numbered_bets(agency, number, bets, context).for_bookkeeping();
    if (std::holds_alternative<BetsStored>(outcome)) return "stored";
    if (std::holds_alternative<BetsStoredBefore>(outcome)) return "stored before";
    return std::get<Rejected>(outcome).reason;
  }

  bool close_books(AgencyId agency) {
    return std::holds_alternative<BooksClosed>(lottery_->close_books(agency).for_bookkeeping());
  }

  /// The documents of the agency's winners; "not yet" alone before the draw.
  std::vector<std::string> winners(AgencyId agency) {
    std::vector<std::string> documents;
    auto outcome = lottery_->make_durable(lottery_->winners(agency));
    if (auto* const drawn = std::get_if<DrawnWinners>(&outcome)) {
      while (lottery_->read_winners(
          *drawn, [&](const Bet& winner) { documents.emplace_back(winner.document); })) {
      }
    }
    if (std::holds_alternative<NotDrawnYet>(outcome)) documents.emplace_back("not yet");
    return documents;
  }

  /// What another program's sqlite3 shell would see.
  std::string look(const std::string& query) const {
    SQLite::Database shell(path_.string(), SQLite::OPEN_READONLY, 5000);
    return shell.execAndGet(query).getString();
  }

  /// Bytes 16 to 23 of the WAL's header. They differ each time the WAL begins anew (SQLite, "File
  /// Format", 4.1).
  std::string wal_salt() const {
    std::ifstream wal(path_.string() + "-wal", std::ios::binary);
    std::string salt(8, '\0');
    wal.seekg(16).read(salt.data(), 8);
    EXPECT_TRUE(wal);
    return salt;
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "bets.db";
  std::vector<std::string> failures_;
  std::unique_ptr<SqliteLedger> ledger_;
  std::unique_ptr<Lottery> lottery_;
};

TEST_F(SqliteLedgerTest, StoresABetByteForByte) {
  ASSERT_TRUE(place(one, {bet(" 30 904 465 ", 2147483647)}));
  EXPECT_EQ(look("SELECT first_name || '|' || last_name || '|' || document || '|' || birthdate "
                 "|| '|' || number FROM bets"),
            "Ana María|D'Elia| 30 904 465 |1999-03-17|2147483647");
}

TEST_F(SqliteLedgerTest, NumbersBatchesPerAgencyAndBetsInTheOrderOfStoring) {
  ASSERT_TRUE(place(one, {bet("a"), bet("b")}));
  ASSERT_TRUE(place(two, {bet("c")}));
  ASSERT_TRUE(place(one, {bet("d")}));
  EXPECT_EQ(look("SELECT group_concat(agency_id || ':' || batch_number || ':' || first_bet_id || "
                 "'+' || bets, ' ') FROM (SELECT * FROM batches ORDER BY first_bet_id)"),
            "1:1:1+2 2:1:3+1 1:2:4+1");
  EXPECT_EQ(look("SELECT group_concat(document, '') FROM (SELECT * FROM bets ORDER BY bet_id)"),
            "abcd");
}

TEST_F(SqliteLedgerTest, DrawsOnTheBetsOfThatDrawAlone) {
  ASSERT_TRUE(place(one, {bet("old", winning_number)}));
  ASSERT_TRUE(close_books(one));
  ASSERT_TRUE(close_books(two));
  EXPECT_EQ(winners(one), std::vector<std::string>{"old"});

  ASSERT_TRUE(place(one, {bet("x", 1), bet("new", winning_number)}));
  ASSERT_TRUE(place(two, {bet("other's", winning_number)}));
  ASSERT_TRUE(close_books(one));
  EXPECT_EQ(winners(one), std::vector<std::string>{"not yet"});
  ASSERT_TRUE(close_books(two));
  EXPECT_EQ(winners(one), std::vector<std::string>{"new"});
  EXPECT_EQ(winners(two), std::vector<std::string>{"other's"});
}

TEST_F(SqliteLedgerTest, TellsNobodyTheWinningNumberBeforeTheDraw) {
  ASSERT_TRUE(place(one, {bet("a")}));
  EXPECT_EQ(look("SELECT winning_number IS NULL FROM draws"), "1");
}

TEST_F(SqliteLedgerTest, DrawsWhereNobodyHasBet) {
  ASSERT_TRUE(close_books(one));
  ASSERT_TRUE(close_books(two));
  EXPECT_EQ(winners(one), std::vector<std::string>{});
}

TEST_F(SqliteLedgerTest, DrawsWhateverAnotherProgramHasWrittenDownAsWinners) {
  ASSERT_TRUE(place(one, {bet("a", winning_number), bet("b")}));
  SQLite::Database(path_.string(), SQLite::OPEN_READWRITE)
      .exec(
          "INSERT INTO winners (draw_id, agency_id, bet_id) SELECT draw_id, agency_id, bet_id "
          "FROM bets");
  ASSERT_TRUE(close_books(one));
  ASSERT_TRUE(close_books(two));
  EXPECT_EQ(winners(one), std::vector<std::string>{"a"});
  EXPECT_EQ(look("SELECT count(*) FROM winners"), "1");
}

TEST_F(SqliteLedgerTest, TellsWinnersInTheOrderInWhichTheirBetsWereStored) {
  ASSERT_TRUE(place(one, {bet("z", winning_number), bet("-"), bet("a", winning_number)}));
  ASSERT_TRUE(place(one, {bet("m", winning_number)}));
  ASSERT_TRUE(close_books(one));
  ASSERT_TRUE(close_books(two));
  EXPECT_EQ(winners(one), (std::vector<std::string>{"z", "a", "m"}));
}

TEST_F(SqliteLedgerTest, GoesOnWhereItWasWhenItIsOpenedAgain) {
  ASSERT_TRUE(place(one, {bet("a", winning_number)}));
  ASSERT_TRUE(close_books(one));
  reopen();
  EXPECT_FALSE(place(one, {bet("b")}));
  EXPECT_EQ(winners(one), std::vector<std::string>{"not yet"});
  ASSERT_TRUE(close_books(two));
  reopen();
  EXPECT_EQ(winners(one), std::vector<std::string>{"a"});
  ASSERT_TRUE(place(one, {bet("c")}));
  EXPECT_EQ(look("SELECT draw_id || ':' || bet_id FROM bets WHERE document = 'c'"), "2:2");
}

TEST_F(SqliteLedgerTest, StoresNothingOfATransactionThatIsNotCommitted) {
  ledger_->write(one, [](WriteTransaction& transaction) {
    const DrawId draw = transaction.begin_draw(agencies({1}));
    transaction.store_batch(draw, one, 1, {}, std::vector{bet("a")}, "", {});
  });
  EXPECT_EQ(look("SELECT count(*) FROM bets"), "0");
  EXPECT_EQ(look("SELECT count(*) FROM draws"), "0");
  EXPECT_TRUE(place(one, {bet("b")}));
}

TEST_F(SqliteLedgerTest, RecognisesARepeatByUploadNumberAndBets) {
  const std::vector<Bet> batch{bet("a"), bet("b")};
  const UploadContext context = resume(one, upload_a);
  ASSERT_EQ(place_numbered(one, 1, batch, context), "stored");
  ASSERT_TRUE(place(two, {bet("x")}));
  ASSERT_EQ(place_numbered(one, 2, {bet("c")}, context), "stored");
  const std::string with_other_bets = "batch 1 is stored already, with other bets";
  EXPECT_EQ(place_numbered(one, 1, batch, context), "stored before");
  EXPECT_EQ(place_numbered(one, 2, {bet("c")}, context), "stored before");
  EXPECT_EQ(place_numbered(one, 1, {bet("b"), bet("a")}, context), with_other_bets);
  EXPECT_EQ(place_numbered(one, 1, {bet("a")}, context), with_other_bets);
  EXPECT_EQ(place_numbered(one, 1, {bet("a"), bet("b"), bet("c")}, context), with_other_bets);
  const auto with_other = [](const auto& change) {
    Bet other = bet("c");
    change(other);
    return std::vector<Bet>{other};
  };
  for (const auto& other : {with_other([](Bet& other) { other.first_name = "Eva"; }),
                            with_other([](Bet& other) { other.last_name = "Rivera"; }),
                            with_other([](Bet& other) { other.document = "d"; }),
                            with_other([](Bet& other) { other.birthdate = "1999-03-18"; }),
                            with_other([](Bet& other) { other.number = 2; })}) {
    EXPECT_EQ(place_numbered(one, 2, other, context), "batch 2 is stored already, with other bets");
  }
  EXPECT_EQ(place_numbered(one, 1, batch, resume(one, upload_b)),
            "batch 1 is stored already, by another upload");
  ASSERT_TRUE(place(one, {bet("d")}));
  EXPECT_EQ(place_numbered(one, 3, {bet("d")}, context),
            "batch 3 is stored already, by another upload");
  EXPECT_EQ(look("SELECT count(*) FROM bets"), "5");
  EXPECT_EQ(look("SELECT group_concat(batch_number || coalesce(upload, '-'), ' ') FROM batches "
                 "WHERE agency_id = 1"),
            "1" + upload_a.hex + " 2" + upload_a.hex + " 3-");
  EXPECT_EQ(look("SELECT group_concat(agency_id || upload || draw_id, ' ') FROM uploads"),
            "1" + upload_a.hex + "1")
      << "an upload is there once, and only if it has stored a batch";
}

TEST_F(SqliteLedgerTest, FindsTheDrawOfAnUploadAndTheNextDrawOfAnAgency) {
  ASSERT_EQ(place_numbered(one, 1, {bet("a")}, resume(one, upload_a)), "stored");
  ASSERT_TRUE(close_books(one));
  ASSERT_TRUE(close_books(two));
  ASSERT_TRUE(close_books(two));  // in draw 2
  ASSERT_EQ(place_numbered(one, 1, {bet("b")}, resume(one, upload_b)), "stored");

  const auto check = [](LedgerView& ledger) {
    EXPECT_EQ(ledger.draw_of_upload(one, upload_a), DrawId{1});
    EXPECT_EQ(ledger.draw_of_upload(one, upload_b), DrawId{2});
    EXPECT_EQ(ledger.draw_of_upload(two, upload_a), std::nullopt);
    EXPECT_EQ(ledger.draw_of_upload(one, UploadId{std::string(32, 'c')}), std::nullopt);
    EXPECT_EQ(ledger.next_draw_of(one, DrawId{0}), DrawId{1});
    EXPECT_EQ(ledger.next_draw_of(one, DrawId{1}), DrawId{2});
    EXPECT_EQ(ledger.next_draw_of(two, DrawId{1}), DrawId{2});
    EXPECT_EQ(ledger.next_draw_of(one, DrawId{2}), std::nullopt);
    EXPECT_EQ(ledger.open_draw(), DrawId{2});
    EXPECT_EQ(ledger.newest_draw_of(one)->draw, DrawId{2});
    EXPECT_EQ(ledger.books(DrawId{1}, one)->balance->bets, 1);
    EXPECT_EQ(ledger.books(DrawId{2}, one)->balance, std::nullopt);
    EXPECT_EQ(ledger.books(DrawId{2}, two)->balance->bets, 0);
    EXPECT_EQ(ledger.books(DrawId{2}, two)->state, BooksState::closed);
    EXPECT_FALSE(ledger.books(DrawId{3}, one));
  };
  check(*ledger_->begin_read());
  ledger_->write(one, [&](WriteTransaction& transaction) { check(transaction); });
}

TEST_F(SqliteLedgerTest, ComputesTheBalanceOfWhatItHasStored) {
  ASSERT_TRUE(place(one, {bet("a"), bet("b")}));
  ASSERT_TRUE(place(two, {bet("x")}));
  ASSERT_TRUE(place(one, {bet("c")}));
  BooksBalance balance;
  for (const char* document : {"a", "b", "c"}) {
    balance.add_line(std::string("Ana María,D'Elia,") + document + ",1999-03-17,1");
  }

  const auto outcome = lottery_->resume(one, upload_a).for_bookkeeping();
  const auto& point = std::get<Resumption>(outcome).point;
  EXPECT_EQ(point.draw, 1);
  EXPECT_EQ(point.state, BooksState::open);
  EXPECT_EQ(point.batches, 2);
  EXPECT_EQ(point.books, balance.books());

  ASSERT_TRUE(std::holds_alternative<BooksClosed>(
      lottery_->close_books(one, balance.books()).for_bookkeeping()));
  EXPECT_EQ(look("SELECT bets || ':' || sha256 FROM agencies WHERE agency_id = 1"),
            "3:" + balance.books().sha256);
  EXPECT_TRUE(std::holds_alternative<BooksClosed>(
      lottery_->close_books(one, balance.books()).for_bookkeeping()));
  EXPECT_TRUE(std::holds_alternative<Rejected>(
      lottery_->close_books(one, Books{2, balance.books().sha256}).for_bookkeeping()));
}

TEST_F(SqliteLedgerTest, DetectsInADoneARowThatWasChangedAfterItWasAcknowledged) {
  const auto resumed = [&] {
    return std::get<Resumption>(lottery_->resume(one, upload_a).for_bookkeeping()).point.books;
  };
  const auto close_with = [&](const Books& declared) {
    const auto outcome = lottery_->make_durable(lottery_->close_books(one, declared));
    const auto* const refused = std::get_if<Rejected>(&outcome);
    return refused == nullptr ? "closed" : refused->reason;
  };
  const auto in_shell = [&](const std::string& statement) {
    SQLite::Database(path_.string(), SQLite::OPEN_READWRITE, 5000).exec(statement);
  };
  ASSERT_TRUE(place(one, {bet("a"), bet("b")}));
  const Books acknowledged = resumed();
  in_shell("UPDATE bets SET number = 7574 WHERE document = 'b'");
  EXPECT_NE(resumed(), acknowledged) << "RESUME remembers nothing that has changed since";
  in_shell("UPDATE bets SET number = 1 WHERE document = 'b'");
  EXPECT_EQ(resumed(), acknowledged);
  in_shell("UPDATE bets SET number = 7574 WHERE document = 'b'");
  EXPECT_TRUE(close_with(acknowledged).starts_with("the books of agency 1 do not balance"));
  EXPECT_NE(resumed(), acknowledged) << "RESUME tells what the rows say, too";
  in_shell("UPDATE bets SET number = 1 WHERE document = 'b'");
  EXPECT_EQ(close_with(acknowledged), "closed");
}

/// A ledger that counts the long reads, and holds the first one until let_go().
class HeldReads : public Ledger {
 public:
  explicit HeldReads(Ledger& ledger) : ledger_(ledger) {}

  void let_go() { turn_.set_value(); }
  int reads() const { return reads_; }
  int long_reads() const { return long_reads_; }

  void write(AgencyId agency, const std::function<void(WriteTransaction&)>& work) override {
    ledger_.write(agency, work);
  }
  void check_that_it_stores() override { ledger_.check_that_it_stores(); }
  std::unique_ptr<ReadTransaction> begin_read() override {
    ++reads_;
    return ledger_.begin_read();
  }
  std::unique_ptr<ReadTransaction> begin_long_read() override {
    if (++long_reads_ == 1) turn_.get_future().wait();
    return ledger_.begin_long_read();
  }
  int long_reads_max() const noexcept override { return ledger_.long_reads_max(); }
  std::optional<std::int64_t> changes_by_others() override { return ledger_.changes_by_others(); }
  void end_reads() noexcept override { ledger_.end_reads(); }
  void sync() override { ledger_.sync(); }
  const LedgerMetrics& metrics() const noexcept override { return ledger_.metrics(); }
  LedgerFiles files() const override { return ledger_.files(); }

 private:
  Ledger& ledger_;
  std::promise<void> turn_;
  std::atomic<int> reads_ = 0;
  std::atomic<int> long_reads_ = 0;
};

TEST_F(SqliteLedgerTest, ReadsTheBooksOfAnAgencyOnceForAllDonesThatWait) {
  ASSERT_TRUE(place(one, {bet("a"), bet("b")}));
  HeldReads ledger(*ledger_);
  Lottery lottery(ledger, {.agencies = agencies({1, 2}), .winning_number = winning_number});
  std::mutex mutex;
  std::vector<pid_t> threads;
  const auto declare_wrong_books = [&] {
    {
      const std::lock_guard lock(mutex);
      threads.push_back(::gettid());
    }
    const auto outcome = lottery.close_books(one, Books{.bets = 1, .sha256 = {}}).for_bookkeeping();
    return std::holds_alternative<Rejected>(outcome);
  };
  constexpr int peers = 40;
  std::vector<std::future<bool>> refused;
  for (int i = 0; i < peers; ++i) {
    refused.push_back(std::async(std::launch::async, declare_wrong_books));
  }
  // Each thread first checks whether there is something to read.
  wait_until([&] { return ledger.reads() >= peers; });
  for (const pid_t thread : threads) wait_until_asleep(thread);
  ledger.let_go();
  for (auto& each : refused) EXPECT_TRUE(each.get());
  // Two reads are enough, unless a thread was asleep for another reason.
  EXPECT_LT(ledger.long_reads(), peers / 4);
}

TEST_F(SqliteLedgerTest, NoticesThatAnotherProgramHasChangedSomething) {
  ASSERT_TRUE(place(one, {bet("a")}));
  const auto before = ledger_->changes_by_others();
  ASSERT_TRUE(before);
  ASSERT_TRUE(place(one, std::vector<Bet>(50, bet("b"))));
  lottery_->make_durable(lottery_->resume(one, upload_a));
  EXPECT_EQ(ledger_->changes_by_others(), before) << "its own commits and reads don't count";
  SQLite::Database(path_.string(), SQLite::OPEN_READWRITE, 5000)
      .exec("UPDATE bets SET number = 7574 WHERE document = 'a'");
  EXPECT_NE(ledger_->changes_by_others(), before);
}

TEST_F(SqliteLedgerTest, IsUnavailableWhileAnotherProgramWrites) {
  ASSERT_TRUE(place(one, {bet("a")}));
  {
    SQLite::Database other(path_.string(), SQLite::OPEN_READWRITE);
    other.exec("BEGIN IMMEDIATE");
    EXPECT_THROW(place(one, {bet("b")}), LedgerUnavailable);
    EXPECT_EQ(winners(one), std::vector<std::string>{"not yet"});  // reading goes on
  }
  EXPECT_TRUE(place(one, {bet("c")}));
  EXPECT_EQ(look("SELECT group_concat(document, '') FROM bets"), "ac");
}

ssize_t refuse_all(int /*file*/, const void* /*bytes*/, size_t /*count*/, off_t /*offset*/) {
  errno = ENOSPC;
  return -1;
}

// Within a second of a successful check, others share its result.
TEST_F(SqliteLedgerTest, FindsOutEachTimeThatItCanNotStore) {
  {
    const ReplacedCalls full(refuse_all);
    EXPECT_THROW(ledger_->check_that_it_stores(), LedgerUnavailable);
    EXPECT_THROW(ledger_->check_that_it_stores(), LedgerUnavailable);
  }
  EXPECT_NO_THROW(ledger_->check_that_it_stores());
}

TEST_F(SqliteLedgerTest, FindsOutThatItStoresWithoutAChange) {
  {
    SQLite::Database other(path_.string(), SQLite::OPEN_READWRITE);
    other.exec("BEGIN IMMEDIATE");
    EXPECT_THROW(ledger_->check_that_it_stores(), LedgerUnavailable);
  }
  const std::string changes = "PRAGMA data_version";
  SQLite::Database shell(path_.string(), SQLite::OPEN_READONLY, 5000);
  const std::int64_t before = shell.execAndGet(changes).getInt64();
  EXPECT_NO_THROW(ledger_->check_that_it_stores());
  EXPECT_NE(shell.execAndGet(changes).getInt64(), before) << "it has written";
  EXPECT_EQ(look("SELECT count(*) FROM draws"), "0");
  reopen();
  EXPECT_TRUE(place(one, {bet("a")}));
}

TEST_F(SqliteLedgerTest, RefusesOnlyTheBatchThatAnIndexOfSomebodyElsesRefuses) {
  SQLite::Database(path_.string(), SQLite::OPEN_READWRITE)
      .exec("CREATE UNIQUE INDEX documents ON bets (document)");
  ASSERT_TRUE(place(one, {bet("a")}));
  EXPECT_THROW(place(one, {bet("b"), bet("a")}), LedgerUnavailable);
  EXPECT_TRUE(place(one, {bet("c")}));
  EXPECT_EQ(look("SELECT group_concat(document) FROM bets"), "a,c");
  EXPECT_EQ(look("SELECT count(*) FROM batches"), "2");
}

TEST_F(SqliteLedgerTest, NamesTheDatabaseIfAnotherProgramBeginsToWriteWhileItIsOpened) {
  lottery_.reset();
  ledger_.reset();
  // The checks use the first connection. So it begins when the second one is opened.
  static std::unique_ptr<SQLite::Database> other;
  static int connections;
  connections = 0;
  other = std::make_unique<SQLite::Database>(path_.string(), SQLite::OPEN_READWRITE);
  const auto count = [](sqlite3*, char**, const sqlite3_api_routines*) {
    if (++connections == 2) other->exec("BEGIN IMMEDIATE");
    return SQLITE_OK;
  };
  using Entry = void (*)();
  using Count = int (*)(sqlite3*, char**, const sqlite3_api_routines*);
  const auto entry = reinterpret_cast<Entry>(static_cast<Count>(count));
  ASSERT_EQ(sqlite3_auto_extension(entry), SQLITE_OK);
  try {
    open();
    ADD_FAILURE() << "it was opened";
  } catch (const DatabaseError& error) {
    EXPECT_EQ(std::string(error.what()),
              "the database " + path_.string() + " is locked by another program");
  }
  sqlite3_cancel_auto_extension(entry);
  EXPECT_EQ(connections, 2);
  other.reset();
}

/// For a folder in which no -shm file can grow. SQLite makes a file grow by writing single bytes.
ssize_t refuse_one_byte(int file, const void* bytes, size_t count, off_t offset) {
  if (count != 1) return ::pwrite(file, bytes, count, offset);
  errno = ENOSPC;
  return -1;
}

TEST_F(SqliteLedgerTest, FailsWhenACommitIsWrittenAndCanNotBeEnteredIntoTheIndexOfTheWal) {
  ASSERT_TRUE(place(one, {bet("first")}));
  // While a reader keeps this state, the WAL grows until one page of its index no longer suffices.
  std::optional<SQLite::Database> shell;
  shell.emplace(path_.string(), SQLite::OPEN_READONLY);
  shell->exec("BEGIN");
  ASSERT_EQ(shell->execAndGet("SELECT count(*) FROM bets").getInt(), 1);
  std::int64_t acknowledged = 1;
  {
    const ReplacedCalls full(refuse_one_byte);
    const std::vector<Bet> batch(1000, bet("a"));
    const auto place_until_it_fails = [&] {
      for (int i = 0; i < 1000; ++i, acknowledged += 1000) place(one, batch);
    };
    EXPECT_THROW(place_until_it_fails(), LedgerFailed);
  }
  ASSERT_EQ(failures_.size(), 1U);
  failures_.clear();
  EXPECT_THROW(place(one, {bet("b")}), LedgerFailed);
  shell.reset();
  lottery_.reset();
  ledger_.reset();
  // The service must not answer, because the next program that opens the WAL finds the batch.
  EXPECT_EQ(look("SELECT count(*) FROM bets"), std::to_string(acknowledged + 1000));
}

TEST_F(SqliteLedgerTest, CanBeReadByAShellBetweenAnyTwoBatches) {
  SQLite::Database shell(path_.string(), SQLite::OPEN_READONLY, 5000);
  for (int batches = 1; batches <= 20; ++batches) {
    ASSERT_TRUE(place(one, {bet("a"), bet("b")}));
    EXPECT_EQ(shell.execAndGet("SELECT bets FROM open_draw WHERE agency_id = 1").getInt(),
              2 * batches);
  }
}

TEST_F(SqliteLedgerTest, TakesBatchesOfManyThreadsEachOnce) {
  constexpr int threads = 8;
  constexpr int batches_each = 50;
  std::atomic<int> stored{0};
  {
    std::vector<std::jthread> writers;
    for (int thread = 0; thread < threads; ++thread) {
      writers.emplace_back([&, agency = AgencyId{1 + thread % 2}] {
        for (int i = 0; i < batches_each; ++i) {
          if (place(agency, {bet("a"), bet("b"), bet("c")})) ++stored;
          ledger_->sync();
        }
      });
    }
  }
  EXPECT_EQ(stored, threads * batches_each);
  EXPECT_EQ(look("SELECT count(*) FROM bets"), std::to_string(3 * threads * batches_each));
  EXPECT_EQ(look("SELECT max(bet_id) FROM bets"), std::to_string(3 * threads * batches_each));
  EXPECT_EQ(look("SELECT count(*) = max(batch_number) FROM batches WHERE agency_id = 1"), "1");
}

TEST_F(SqliteLedgerTest, GoesOnCopyingItsWalOnceALongReaderHasLeft) {
  const std::vector<Bet> batch(1000, bet("30904465"));
  ASSERT_TRUE(place(one, batch));
  {
    SQLite::Database shell(path_.string(), SQLite::OPEN_READONLY);
    shell.exec("BEGIN");
    EXPECT_EQ(shell.execAndGet("SELECT count(*) FROM bets").getInt(), 1000);
    for (int i = 0; i < 200; ++i) ASSERT_TRUE(place(one, batch));
  }
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  const std::string salt = wal_salt();
  while (wal_salt() == salt) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the WAL never begins anew";
    ASSERT_TRUE(place(one, std::vector<Bet>(50, bet("a"))));
  }
  // New pages are copied soon, and not only when the WAL is as long as it was before.
  const auto size = std::filesystem::file_size(path_);
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(place(one, batch));
  wait_until([&] {
    return std::filesystem::file_size(path_) != size ||
           std::chrono::steady_clock::now() >= deadline;
  });
  EXPECT_NE(std::filesystem::file_size(path_), size) << "nothing more is copied";
}

TEST_F(SqliteLedgerTest, PutsEverythingIntoOneFileWhenItCloses) {
  ASSERT_TRUE(place(one, {bet("a")}));
  lottery_.reset();
  ledger_.reset();
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) {
    files.insert(entry.path().filename());
  }
  EXPECT_EQ(files, std::set<std::string>{"bets.db"});
}

}  // namespace
}  // namespace lottery::test
