#include "service/storage/sqlite/recovery_files.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "service/lottery.h"
#include "service/storage/sqlite/backup.h"
#include "service/storage/sqlite/connection_settings.h"
#include "service/storage/sqlite/sqlite_ledger.h"
#include "service/storage/sqlite/verification.h"
#include "service/storage/sqlite/wal_generation.h"
#include "tests/support/running_service.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

namespace fs = std::filesystem;

const std::string wal_refused = "does not belong to the WAL ";

/// A lottery whose service can be "killed": its files are copied to another folder while they are
/// open.
class RunningLottery {
 public:
  explicit RunningLottery(const fs::path& database)
      : path_(database),
        ledger_(database, [](const std::string& error) { ADD_FAILURE() << error; }),
        lottery_(ledger_, {.agencies = agencies({1, 2}), .winning_number = 7574}) {}

  void bet(int batches, int bets = 1000) {
    const std::vector<Bet> batch(static_cast<std::size_t>(bets), Bet{.first_name = "Ana",
                                                                     .last_name = "D'Elia",
                                                                     .document = "30904465",
                                                                     .birthdate = "1999-03-17",
                                                                     .number = 1});
    for (int i = 0; i < batches; ++i)
      lottery_.make_durable(lottery_.place_bets(AgencyId{1}, batch));
  }

  void close_books(AgencyId agency) { lottery_.make_durable(lottery_.close_books(agency)); }

  void leave(const fs::path& folder) const {
    for (const char* suffix : {"", "-wal"}) {
      fs::copy_file(path_.string() + suffix, folder / (std::string("bets.db") + suffix),
                    fs::copy_options::overwrite_existing);
    }
  }

 private:
  fs::path path_;
  SqliteLedger ledger_;
  Lottery lottery_;
};

class RecoveryFilesTest : public testing::Test {
 protected:
  std::map<std::string, std::string> content() const {
    std::map<std::string, std::string> files;
    for (const auto& entry : fs::directory_iterator(left_.path())) {
      const std::string name = entry.path().filename();
      if (!name.ends_with("-shm")) files[name] = read_file(entry.path());
    }
    return files;
  }

  /// Expects that no service starts on these files, that the error is one sentence, and that no
  /// file changes.
  void expect_refused(const std::string& because) {
    const auto before = content();
    try {
      const DatabaseFile file(left_ / "bets.db");
      ADD_FAILURE() << "was taken";
    } catch (const DatabaseError& error) {
      const std::string sentence = error.what();
      EXPECT_NE(sentence.find(because), std::string::npos) << sentence;
      EXPECT_EQ(sentence.find('\n'), std::string::npos) << sentence;
    }
    EXPECT_EQ(content(), before);
  }

  void expect_not_read(const std::string& because) {
    const auto before = content();
    try {
      verify_database(left_ / "bets.db", [](const std::string&) {});
      ADD_FAILURE() << "was read";
    } catch (const DatabaseError& error) {
      EXPECT_NE(std::string(error.what()).find(because), std::string::npos) << error.what();
    }
    EXPECT_EQ(content(), before);
  }

  void expect_taken(std::int64_t bets) {
    try {
      const DatabaseFile file(left_ / "bets.db");
      EXPECT_EQ(file.connect_to_read()->execAndGet("SELECT count(*) FROM bets").getInt64(), bets);
    } catch (const DatabaseError& error) {
      ADD_FAILURE() << error.what();
    }
    EXPECT_TRUE(verify_database(left_ / "bets.db", [](const std::string&) {}));
  }

  /// What `sqlite3 DATABASE '.backup COPY'` does.
  void sqlite_backup(const fs::path& copy) const {
    SQLite::Database source((folder_ / "bets.db").string(), SQLite::OPEN_READONLY);
    SQLite::Database target(copy.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    sqlite3_backup* backup =
        sqlite3_backup_init(target.getHandle(), "main", source.getHandle(), "main");
    EXPECT_EQ(sqlite3_backup_step(backup, -1), SQLITE_DONE);
    EXPECT_EQ(sqlite3_backup_finish(backup), SQLITE_OK);
  }

  TemporaryFolder folder_;
  TemporaryFolder left_;  // by a service that was killed
};

TEST_F(RecoveryFilesTest, OfAKilledServiceAreTaken) {
  RunningLottery lottery(folder_ / "bets.db");
  lottery.bet(3);
  lottery.leave(left_.path());
  expect_taken(3000);
}

TEST_F(RecoveryFilesTest, OfAKilledServiceAreTakenHoweverTheWalIsTorn) {
  {
    RunningLottery lottery(folder_ / "bets.db");
    lottery.bet(1);
  }
  RunningLottery lottery(folder_ / "bets.db");
  lottery.bet(1);
  for (const std::string& tail : {std::string(100, 'x'), std::string(9000, '\0')}) {
    lottery.leave(left_.path());
    const std::string wal = read_file(left_ / "bets.db-wal");
    left_.write("bets.db-wal", wal + tail);
    expect_taken(2000);
  }
  // The database contains what was copied into it before this WAL began.
  for (const std::size_t bytes : {0U, 1U, 20U, 32U, 33U, 3000U, 4200U}) {
    lottery.leave(left_.path());
    const std::string wal = read_file(left_ / "bets.db-wal");
    left_.write("bets.db-wal", wal.substr(0, bytes));
    expect_taken(1000);
  }
  lottery.leave(left_.path());
  left_.write("bets.db-wal", std::string(read_file(left_ / "bets.db-wal").size(), '\0'));
  expect_taken(1000);
}

TEST_F(RecoveryFilesTest, ThatWereCheckpointedAlreadyAreTaken) {
  std::string wal;
  {
    RunningLottery lottery(folder_ / "bets.db");
    lottery.bet(20);
    wal = read_file(folder_ / "bets.db-wal");
  }
  fs::copy_file(folder_ / "bets.db", left_ / "bets.db");
  left_.write("bets.db-wal", wal);
  expect_taken(20000);
}

TEST_F(RecoveryFilesTest, OfARandomHistoryAreTakenAtEveryMoment) {
  /// A service with one thread, so that no file changes while the test copies it. It writes without
  /// DurableWriter, whose checkpoints run on a thread of their own.
  struct Service {
    explicit Service(const fs::path& path)
        : file(path), writer(path.string(), SQLite::OPEN_READWRITE, 5000) {
      writer.exec("PRAGMA wal_autocheckpoint = 0");
      raise_change_counter(writer);
    }
    DatabaseFile file;
    SQLite::Database writer;
  };
  std::mt19937 random(7);
  const auto below = [&](int bound) { return std::uniform_int_distribution(0, bound - 1)(random); };
  const fs::path path = folder_ / "bets.db";
  auto service = std::make_unique<Service>(path);
  SQLite::Database shell(path.string(), SQLite::OPEN_READWRITE, 5000);
  std::int64_t bets = 0;
  for (int i = 0; i < 40; ++i) {
    switch (below(9)) {
      case 0:
        service.reset();
        service = std::make_unique<Service>(path);
        break;
      case 1:
        shell.exec("PRAGMA wal_checkpoint(TRUNCATE)");
        break;
      case 2:
        shell.exec("PRAGMA wal_checkpoint(PASSIVE)");
        break;
      case 3:
        shell.exec(
            "CREATE TABLE IF NOT EXISTS extra (a); CREATE INDEX IF NOT EXISTS i ON extra (a);"
            "INSERT INTO extra SELECT hex(randomblob(900)) FROM bets LIMIT 500");
        break;
      case 4:
        shell.exec("DROP TABLE IF EXISTS extra");
        break;
      case 5:
        shell.exec("VACUUM");
        break;
      case 6:
        shell.exec("BEGIN; CREATE TABLE brief AS SELECT * FROM bets; DROP TABLE brief; COMMIT");
        break;
      default:
        const int batch = 1 + below(1000);
        service->writer.exec(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
            std::to_string(batch) +
            ") INSERT INTO bets (draw_id, agency_id, first_name, last_name, document, birthdate, "
            "number) SELECT 1, 1, 'Ana', 'Paz', i, '1999-03-17', i FROM n");
        bets += batch;
    }
    SCOPED_TRACE(i);
    for (const char* suffix : {"", "-wal"}) {
      left_.write(std::string("bets.db") + suffix, read_file(path.string() + suffix));
    }
    const DatabaseFile file(left_ / "bets.db");
    ASSERT_EQ(file.connect_to_read()->execAndGet("SELECT count(*) FROM bets").getInt64(), bets);
  }
}

// SQLite never uses the page at the offset of 1 GiB, in a database or in a WAL.
TEST_F(RecoveryFilesTest, OfADatabaseThatGrowsBeyondOneGibibyteAreTaken) {
  constexpr std::uintmax_t bytes = std::uintmax_t{1} << 30U;
  const fs::path path = folder_ / "big.db";
  {
    SQLite::Database database(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    database.exec(
        "PRAGMA page_size = 65536; PRAGMA journal_mode = WAL; CREATE TABLE filler (bytes)");
  }
  // A sparse file whose header says that it has 16384 pages.
  fs::resize_file(path, bytes);
  std::fstream(path, std::ios::binary | std::ios::in | std::ios::out)
      .seekp(28)
      .write("\x00\x00\x40\x00", 4);
  {
    SQLite::Database database(path.string(), SQLite::OPEN_READWRITE);
    set_wal_at_close(database, WalAtClose::kept);
    set_pragma(database, "wal_autocheckpoint", 0);
    database.exec("INSERT INTO filler VALUES (zeroblob(300000))");
    ASSERT_GT(database.execAndGet("PRAGMA page_count").getInt(), 16385);
  }
  ASSERT_EQ(fs::file_size(path), bytes);
  EXPECT_TRUE(check_recovery_files(*OpenFile::open(path, O_RDONLY)));
}

TEST_F(RecoveryFilesTest, BesideNoDatabaseAreRefused) {
  RunningLottery lottery(folder_ / "bets.db");
  lottery.bet(1);
  lottery.leave(left_.path());
  fs::remove(left_ / "bets.db");
  expect_refused(wal_refused);
  expect_not_read(wal_refused);
  left_.write("bets.db", "");
  expect_refused(wal_refused);
  expect_not_read(wal_refused);
}

TEST_F(RecoveryFilesTest, BesideAFileThatIsNoDatabaseAreRefused) {
  RunningLottery lottery(folder_ / "bets.db");
  lottery.bet(1);
  lottery.leave(left_.path());
  left_.write("bets.db", std::string(8192, 'x'));
  expect_refused("is not a database");
}

TEST_F(RecoveryFilesTest, BesideARestoredBackupAreRefused) {
  RunningLottery lottery(folder_ / "bets.db");
  lottery.bet(1);
  ASSERT_TRUE(back_up_database(folder_ / "bets.db", folder_ / "copy.db", [](const std::string&) {
              }).is_right);
  lottery.bet(1, 1);
  lottery.leave(left_.path());
  fs::copy_file(folder_ / "copy.db", left_ / "bets.db", fs::copy_options::overwrite_existing);
  expect_refused("in rollback mode, as a backup is");
  expect_not_read("in rollback mode, as a backup is");
  fs::remove(left_ / "bets.db-wal");
  expect_taken(1000);
}

TEST_F(RecoveryFilesTest, BesideACopyThatTheShellMadeAreRefused) {
  RunningLottery lottery(folder_ / "bets.db");
  lottery.bet(1);
  sqlite_backup(folder_ / "copy.db");
  lottery.bet(1, 1);
  lottery.leave(left_.path());
  fs::copy_file(folder_ / "copy.db", left_ / "bets.db", fs::copy_options::overwrite_existing);
  expect_refused("created as different databases");
  fs::remove(left_ / "bets.db-wal");
  expect_taken(1000);
}

TEST_F(RecoveryFilesTest, BesideACopyFromBeforeManyBetsAreRefused) {
  {
    RunningLottery lottery(folder_ / "bets.db");
    lottery.bet(1);
  }
  fs::copy_file(folder_ / "bets.db", left_ / "bets.db");
  {
    RunningLottery lottery(folder_ / "bets.db");
    lottery.bet(5);
  }
  RunningLottery lottery(folder_ / "bets.db");
  lottery.bet(1, 1);
  fs::copy_file(folder_ / "bets.db-wal", left_ / "bets.db-wal");
  expect_refused("is in neither file");
}

TEST_F(RecoveryFilesTest, BesideACopyFromBeforeTheLastStartAreRefusedThoughNoPageIsMissing) {
  {
    RunningLottery lottery(folder_ / "bets.db");
    lottery.bet(1, 10);
  }
  fs::copy_file(folder_ / "bets.db", left_ / "bets.db");
  {
    RunningLottery lottery(folder_ / "bets.db");
    lottery.close_books(AgencyId{2});
  }
  RunningLottery lottery(folder_ / "bets.db");
  lottery.bet(1, 1);
  fs::copy_file(folder_ / "bets.db-wal", left_ / "bets.db-wal");
  expect_refused("they are from different moments");
}

TEST_F(RecoveryFilesTest, BesideACopyFromBeforeTheWalBeganAnewAreRefusedThoughNoPageIsMissing) {
  RunningLottery lottery(folder_ / "bets.db");
  SQLite::Database shell((folder_ / "bets.db").string(), SQLite::OPEN_READWRITE, 5000);
  const auto begin_wal_anew = [&] {
    SQLite::Statement restart(shell, "PRAGMA wal_checkpoint(RESTART)");
    ASSERT_TRUE(restart.executeStep());
    ASSERT_EQ(restart.getColumn(0).getInt(), 0);
    lottery.bet(1, 1);
  };
  lottery.bet(1);
  begin_wal_anew();
  for (int i = 0; i < 3; ++i) {
    SCOPED_TRACE(i);
    const std::string copy = read_file(folder_ / "bets.db");
    if (i == 0) lottery.close_books(AgencyId{2});
    begin_wal_anew();

    lottery.leave(left_.path());
    left_.write("bets.db", copy);
    expect_refused("they are from different moments");
    lottery.leave(left_.path());
    expect_taken(1000 + 2 + i);
  }
}

TEST_F(RecoveryFilesTest, AreTakenHoweverTheWalHasBegunAnew) {
  RunningLottery lottery(folder_ / "bets.db");
  SQLite::Database shell((folder_ / "bets.db").string(), SQLite::OPEN_READWRITE, 5000);
  SQLite::Database reader((folder_ / "bets.db").string(), SQLite::OPEN_READONLY, 5000);
  std::mt19937 random(11);
  std::int64_t bets = 0;
  for (int i = 0; i < 60; ++i) {
    SCOPED_TRACE(i);
    switch (std::uniform_int_distribution(0, 5)(random)) {
      case 0:
        reader.tryExec("ROLLBACK");
        shell.exec("PRAGMA wal_checkpoint(RESTART)");
        break;
      case 1:
        reader.tryExec("ROLLBACK");
        shell.exec("PRAGMA wal_checkpoint(TRUNCATE)");
        break;
      case 2:
        shell.exec("PRAGMA wal_checkpoint(PASSIVE)");
        shell.exec(
            "CREATE TABLE IF NOT EXISTS extra (a); INSERT INTO extra VALUES (randomblob(9))");
        break;
      case 3:
        reader.tryExec("ROLLBACK");
        reader.exec("BEGIN; SELECT * FROM bets LIMIT 1");
        break;
      default:
        break;
    }
    const int count = std::uniform_int_distribution(1, 900)(random);
    lottery.bet(1, count);
    bets += count;
    lottery.leave(left_.path());
    const DatabaseFile file(left_ / "bets.db");
    ASSERT_EQ(file.connect_to_read()->execAndGet("SELECT count(*) FROM bets").getInt64(), bets);
  }
}

TEST_F(RecoveryFilesTest, BesideAnotherLotterysDatabaseAreRefused) {
  RunningLottery lottery(folder_ / "bets.db");
  lottery.bet(1);
  lottery.leave(left_.path());
  {
    RunningLottery other(folder_ / "other.db");
    other.bet(1);
  }
  fs::copy_file(folder_ / "other.db", left_ / "bets.db", fs::copy_options::overwrite_existing);
  expect_refused("created as different databases");
}

TEST_F(RecoveryFilesTest, ThatMakeNoSoundDatabaseTogetherAreRefused) {
  {
    RunningLottery lottery(folder_ / "bets.db");
    lottery.bet(10);
  }
  RunningLottery lottery(folder_ / "bets.db");
  lottery.bet(1, 1);
  lottery.leave(left_.path());
  std::string database = read_file(left_ / "bets.db");
  // Page 20 holds bets, and is not in the WAL.
  database.replace(19 * 4096, 4096, std::string(4096, '\0'));
  left_.write("bets.db", database);
  expect_refused("is damaged (");
  expect_refused("bets.db-wal, which may hold bets that no other file has, and restore a backup");
}

TEST_F(RecoveryFilesTest, AreTakenWhateverIsWrongInATableOfSomebodyElses) {
  RunningLottery lottery(folder_ / "bets.db");
  lottery.bet(1);
  {
    SQLite::Database shell((folder_ / "bets.db").string(), SQLite::OPEN_READWRITE);
    sqlite3_create_collation(shell.getHandle(), "somebodys", SQLITE_UTF8, nullptr,
                             [](void*, int, const void*, int, const void*) { return 0; });
    shell.exec(
        "CREATE TABLE people (name TEXT COLLATE somebodys UNIQUE); INSERT INTO people VALUES ('a');"
        "CREATE TABLE ages (age INTEGER CHECK (age > 0)); PRAGMA ignore_check_constraints = ON;"
        "INSERT INTO ages VALUES (-1)");
  }
  lottery.bet(1, 1);
  lottery.leave(left_.path());
  expect_taken(1001);
}

/// A rollback journal that is to be rolled back, as a killed shell leaves it.
class JournalTest : public RecoveryFilesTest {
 protected:
  void leave_journal() {
    {
      RunningLottery lottery(folder_ / "bets.db");
      lottery.bet(1);
    }
    SQLite::Database shell((folder_ / "bets.db").string(), SQLite::OPEN_READWRITE);
    shell.exec(
        "PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN;"
        "CREATE TABLE extra AS SELECT * FROM bets; UPDATE bets SET number = 7");
    for (const std::string name : {"bets.db", "bets.db-journal"}) {
      fs::copy_file(folder_ / name, left_ / name);
    }
  }
};

TEST_F(JournalTest, OfItsOwnIsRolledBack) {
  leave_journal();
  expect_not_read("has a journal that must be rolled back first: start a service on it");
  expect_taken(1000);
}

TEST_F(JournalTest, BesideNoDatabaseIsRefused) {
  leave_journal();
  fs::remove(left_ / "bets.db");
  expect_refused("does not belong to the journal ");
  left_.write("bets.db", "");
  expect_refused("does not belong to the journal ");
  expect_not_read("does not belong to the journal ");
}

TEST_F(JournalTest, BesideAnotherMomentsDatabaseIsRefused) {
  leave_journal();
  {
    RunningLottery lottery(folder_ / "bets.db");
    lottery.bet(5);
  }
  fs::copy_file(folder_ / "bets.db", left_ / "bets.db", fs::copy_options::overwrite_existing);
  expect_refused("they are from different moments");
}

}  // namespace
}  // namespace lottery::test
