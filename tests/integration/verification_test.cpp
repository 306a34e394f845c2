#include "service/storage/sqlite/verification.h"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "service/lottery.h"
#include "service/storage/sqlite/backup.h"
#include "service/storage/sqlite/database_file.h"
#include "service/storage/sqlite/migrations.h"
#include "service/storage/sqlite/sqlite_ledger.h"
#include "tests/support/running_service.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

constexpr std::int32_t winning_number = 7574;

Bet bet(std::string_view document, std::int32_t number = 1) {
  return {.first_name = "Ana",
          .last_name = "D'Elia",
          .document = document,
          .birthdate = "1999-03-17",
          .number = number};
}

/// A collation that another program may have defined.
void add_collation(SQLite::Database& database) {
  sqlite3_create_collation(database.getHandle(), "somebodys", SQLITE_UTF8, nullptr,
                           [](void*, int, const void*, int, const void*) { return 0; });
}

/// A database with one draw that has happened, and an open one in which agency 1 has closed its
/// books.
class VerificationTest : public testing::Test {
 protected:
  VerificationTest() {
    SqliteLedger ledger(path_, [](const std::string& sentence) { ADD_FAILURE() << sentence; });
    Lottery lottery(ledger, {.agencies = agencies({1, 2}), .winning_number = winning_number});
    for (int draw = 1; draw <= 2; ++draw) {
      lottery.make_durable(lottery.place_bets(
          AgencyId{1}, std::vector{bet("a", winning_number), bet("b"), bet("c")}));
      lottery.make_durable(
          lottery.place_bets(AgencyId{2}, std::vector{bet("d"), bet("e", winning_number)}));
      lottery.make_durable(lottery.place_bets(AgencyId{1}, std::vector{bet("f"), bet("g")}));
      lottery.make_durable(lottery.close_books(AgencyId{1}));
      if (draw == 1) lottery.make_durable(lottery.close_books(AgencyId{2}));
    }
  }

  bool verify() {
    said_.clear();
    return verify_database(path_, [this](const std::string& line) { said_ += line + "\n"; });
  }

  /// The number of files whose name begins with `prefix`.
  int files_named(const std::string& beginning) const {
    int files = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder_.path())) {
      if (file.path().filename().string().starts_with(beginning)) ++files;
    }
    return files;
  }

  /// Damages the database, and expects that verification reports the damage and its place.
  void expect_found(const std::string& tampering, const std::string& place) {
    SCOPED_TRACE(tampering);
    {
      SQLite::Database database(path_.string(), SQLite::OPEN_READWRITE);
      database.exec(tampering);
    }
    EXPECT_FALSE(verify()) << said_;
    EXPECT_NE(said_.find(place), std::string::npos) << said_;
  }

  /// The same; then undoes the damage.
  void expect_found_and_mend(const std::string& tampering, const std::string& place) {
    SQLite::Database(path_.string(), SQLite::OPEN_READWRITE)
        .exec("VACUUM INTO '" + (folder_ / "keep").string() + "'");
    expect_found(tampering, place);
    std::filesystem::rename(folder_ / "keep", path_);
    ASSERT_TRUE(verify()) << said_;
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "bets.db";
  std::string said_;
};

TEST_F(VerificationTest, FindsThatAllIsRightAndSaysWhatItChecked) {
  EXPECT_TRUE(verify());
  EXPECT_EQ(said_,
            "the file: SQLite's integrity_check and foreign_key_check: right\n"
            "the schema: 11 objects: right\n"
            "draw 1, agency 1: closed books, 2 batches, 5 bets: right\n"
            "draw 1, agency 2: closed books, 1 batch, 2 bets: right\n"
            "draw 1, winners: 2 bets on 7574: right\n"
            "draw 2, agency 1: closed books, 2 batches, 5 bets: right\n"
            "draw 2, agency 2: open books, 1 batch, 2 bets: right\n"
            "the bets: 14 bets, each in one batch: right\n"
            "the uploads: 0 uploads, each in the draw of its batches: right\n"
            "all is right\n");
}

TEST_F(VerificationTest, FindsAChangedBet) {
  for (const std::string& change :
       {std::string("first_name = 'Eva'"), std::string("last_name = 'X'"),
        std::string("document = 'x'"), std::string("birthdate = '1999-03-18'"),
        std::string("number = number + 1"), std::string("number = number + 4294967296"),
        std::string("agency_id = 2"), std::string("draw_id = 2")}) {
    expect_found_and_mend("UPDATE bets SET " + change + " WHERE bet_id = 2", "draw 1, agency 1");
  }
}

TEST_F(VerificationTest, FindsABetThatWasAddedToABatch) {
  expect_found(
      "UPDATE batches SET bets = bets + 1 WHERE first_bet_id = 13;"
      "INSERT INTO bets SELECT 15, draw_id, agency_id, first_name, last_name, document, birthdate,"
      " number FROM bets WHERE bet_id = 14",
      "draw 2, agency 1, batch 2: WRONG");
}

TEST_F(VerificationTest, FindsABetThatWasAddedToNoBatch) {
  expect_found(
      "INSERT INTO bets SELECT 99, draw_id, agency_id, first_name, last_name, document, birthdate,"
      " number FROM bets WHERE bet_id = 3",
      "the bets: WRONG: there are 15 bets, but 14 in batches");
}

TEST_F(VerificationTest, FindsARemovedBet) {
  expect_found("DELETE FROM bets WHERE bet_id = 3",
               "draw 1, agency 1, batch 1: WRONG: it should have 3 bets, but has 2");
}

TEST_F(VerificationTest, FindsABatchThatWasRemovedWithItsBets) {
  expect_found(
      "DELETE FROM bets WHERE bet_id IN (13, 14);"
      "DELETE FROM batches WHERE draw_id = 2 AND agency_id = 1 AND batch_number = 2",
      "draw 2, agency 1: WRONG: its books were closed with 5 bets, but hold 3");
}

TEST_F(VerificationTest, FindsBetsThatWereSwapped) {
  expect_found(
      "UPDATE bets SET document = CASE bet_id WHEN 2 THEN 'c' ELSE 'b' END WHERE bet_id IN (2, 3)",
      "draw 1, agency 1, batch 1: WRONG: its bets differ from those that it was stored with");
}

TEST_F(VerificationTest, FindsBatchesThatWereSwapped) {
  expect_found(
      "UPDATE batches SET batch_number = batch_number + 10 WHERE draw_id = 1 AND agency_id = 1;"
      "UPDATE batches SET batch_number = 13 - batch_number WHERE batch_number > 10",
      "draw 1, agency 1: WRONG: its books were closed with the SHA-256");
}

TEST_F(VerificationTest, FindsAMissingWinnerAndOneThatDidNotWin) {
  expect_found("UPDATE winners SET bet_id = 2 WHERE agency_id = 1",
               "draw 1, winners: WRONG: bet 2 of agency 1 is among the winners, but has not won");
  EXPECT_NE(
      said_.find("draw 1, winners: WRONG: bet 1 of agency 1 has won, but is not among the winners"),
      std::string::npos)
      << said_;
}

TEST_F(VerificationTest, FindsAnotherWinningNumber) {
  expect_found("UPDATE draws SET winning_number = 1 WHERE draw_id = 1", "draw 1, winners: WRONG");
}

TEST_F(VerificationTest, FindsADrawThatWasDrawnWithOpenBooks) {
  expect_found("UPDATE agencies SET done_at = NULL WHERE draw_id = 1 AND agency_id = 2",
               "draw 1, agency 2: WRONG");
}

TEST_F(VerificationTest, FindsTwoBetsThatWereMadeOneWithTheSameLines) {
  expect_found(
      "UPDATE bets SET first_name = 'Ana,D''Elia,b,1999-03-17,1' || char(10) || first_name"
      " WHERE bet_id = 3;"
      "DELETE FROM bets WHERE bet_id = 2;"
      "UPDATE bets SET bet_id = 2 WHERE bet_id = 3;"
      "UPDATE batches SET bets = 2 WHERE first_bet_id = 1;"
      "UPDATE agencies SET bets = 4 WHERE draw_id = 1 AND agency_id = 1",
      "draw 1, agency 1, batch 1: WRONG: bet 2 can't be read back as it was sent");
}

TEST_F(VerificationTest, FindsABalanceThatWasTakenAway) {
  for (const std::string& tampering :
       {std::string("UPDATE batches SET sha256 = NULL WHERE first_bet_id = 1"),
        std::string("UPDATE agencies SET sha256 = NULL WHERE draw_id = 1 AND agency_id = 1"),
        std::string("UPDATE agencies SET bets = NULL WHERE draw_id = 1 AND agency_id = 1")}) {
    expect_found_and_mend(tampering, "draw 1, agency 1");
  }
}

TEST_F(VerificationTest, FindsBooksThatWereOpenedAgainOrClosedByHand) {
  expect_found_and_mend(
      "UPDATE agencies SET done_at = NULL WHERE draw_id = 2 AND agency_id = 1",
      "draw 2, agency 1: WRONG: its books are open, but have the balance of closed books");
  expect_found_and_mend("UPDATE agencies SET done_at = 'now' WHERE draw_id = 2 AND agency_id = 2",
                        "draw 2, agency 2: WRONG: its books are closed, but have no balance");
}

TEST_F(VerificationTest, FindsBooksAndDrawsThatWereRemoved) {
  const std::string books =
      "DELETE FROM winners WHERE draw_id = 1 AND agency_id = 2;"
      "DELETE FROM bets WHERE draw_id = 1 AND agency_id = 2;"
      "DELETE FROM batches WHERE draw_id = 1 AND agency_id = 2;"
      "DELETE FROM agencies WHERE draw_id = 1 AND agency_id = 2;";
  expect_found_and_mend(books, "the bets: WRONG: there are 12 bets, but the last one is bet 14");
  const std::string draw =
      "DELETE FROM winners WHERE draw_id = 1;"
      "DELETE FROM bets WHERE draw_id = 1;"
      "DELETE FROM batches WHERE draw_id = 1;"
      "DELETE FROM agencies WHERE draw_id = 1;"
      "DELETE FROM draws WHERE draw_id = 1";
  expect_found_and_mend(draw, "draw 2: WRONG: draw 1 is missing");
}

TEST_F(VerificationTest, FindsWinnersBeforeTheDraw) {
  expect_found("INSERT INTO winners VALUES (2, 1, 9)",
               "draw 2, winners: WRONG: bet 9 of agency 1 is among the winners before the draw");
}

TEST_F(VerificationTest, FindsADrawThatNoRulesCouldHaveMade) {
  expect_found_and_mend(
      "UPDATE agencies SET done_at = 'now', bets = 2, sha256 = (SELECT sha256 FROM batches"
      " WHERE draw_id = 2 AND agency_id = 2) WHERE draw_id = 2 AND agency_id = 2",
      "draw 2: WRONG: all books are closed, but it is not drawn");
  expect_found_and_mend(
      "UPDATE draws SET winning_number = winning_number + 4294967296 WHERE draw_id = 1",
      "draw 1, winners: WRONG: 4294974870 is not a number that can be drawn");
  const std::string unchecked = "PRAGMA ignore_check_constraints = ON;";
  expect_found_and_mend(unchecked + "UPDATE draws SET winning_number = 1 WHERE draw_id = 2",
                        "draw 2: WRONG: it is open, but has a winning number");
  expect_found_and_mend(unchecked +
                            "DELETE FROM winners;"
                            "UPDATE draws SET winning_number = NULL WHERE draw_id = 1",
                        "draw 1: WRONG: it is drawn, but has no winning number");
  expect_found_and_mend("INSERT INTO draws VALUES (3, 'now', 'now', 7574)",
                        "draw 3: WRONG: it has no agencies");
  expect_found_and_mend(
      "INSERT INTO batches VALUES (2, 2, 2, 15, 0, 'now', (SELECT sha256 FROM batches), NULL, "
      "NULL)",
      "draw 2, agency 2, batch 2: WRONG: it has no bets");
}

TEST_F(VerificationTest, FindsUploadsThatAreNotThoseOfTheBatches) {
  const std::string upload(32, 'a');
  const std::string insert = "INSERT INTO uploads VALUES (1, '" + upload + "', 2);";
  const std::string use =
      "UPDATE batches SET upload = '" + upload + "' WHERE draw_id = 1 AND agency_id = 1";
  const std::string the_upload =
      "the uploads: WRONG: the upload '" + upload + "' of agency 1 in draw ";
  expect_found_and_mend(insert, the_upload + "2 has no batch");
  expect_found_and_mend(use, the_upload + "1 has batches, but no row of its own");
  expect_found_and_mend(insert + use, the_upload + "1 has batches, but no row of its own");
}

TEST_F(VerificationTest, FindsASchemaThatWasChanged) {
  expect_found_and_mend("DROP INDEX one_open_draw", "the index one_open_draw is not there");
  expect_found_and_mend("DROP VIEW winning_bets; CREATE VIEW winning_bets AS SELECT 1",
                        "the view winning_bets is different");
  expect_found_and_mend("ALTER TABLE bets ADD COLUMN note TEXT", "the table bets is different");
}

TEST_F(VerificationTest, FindsAdditionsThatCanChangeOrRefuseWhatIsStored) {
  expect_found_and_mend(
      "CREATE TRIGGER t AFTER INSERT ON bets BEGIN DELETE FROM bets WHERE number = 7574; END",
      "the schema: WRONG: the trigger t is not the lottery's, and can change what is stored");
  expect_found_and_mend(
      "CREATE TRIGGER t INSTEAD OF INSERT ON open_draw BEGIN SELECT 1; END",
      "the schema: WRONG: the trigger t is not the lottery's, and can change what is stored");
  expect_found_and_mend(
      "CREATE TRIGGER t AFTER INSERT ON BETS BEGIN SELECT 1; END",
      "the schema: WRONG: the trigger t is not the lottery's, and can change what is stored");
  expect_found_and_mend(
      "CREATE TABLE notes (a); "
      "CREATE TRIGGER t AFTER INSERT ON notes BEGIN DELETE FROM bets; END",
      "the schema: WRONG: the trigger t is not the lottery's, and can change what is stored");
  expect_found_and_mend("CREATE UNIQUE INDEX documents ON \"BETS\" (document, bet_id)",
                        "the schema: WRONG: the index documents is not the lottery's, and can "
                        "refuse bets: it is unique");
  expect_found_and_mend("CREATE UNIQUE INDEX documents ON bets (document, bet_id)",
                        "the schema: WRONG: the index documents is not the lottery's, and can "
                        "refuse bets: it is unique");
  expect_found_and_mend("CREATE INDEX names ON bets (lower(first_name))",
                        "the index names is not the lottery's, and can refuse bets: it holds an "
                        "expression");
  expect_found_and_mend("CREATE INDEX few ON bets (number) WHERE number < 10",
                        "the index few is not the lottery's, and can refuse bets: it has a "
                        "condition");
  expect_found_and_mend("CREATE TABLE notes (bet_id REFERENCES Bets (document))",
                        "the table notes is not the lottery's, and can refuse changes of bets: it "
                        "has a foreign key to it");
}

TEST_F(VerificationTest, FindsAnIndexThatNeedsACollationWhichTheServiceDoesNotHave) {
  {
    SQLite::Database database(path_.string(), SQLite::OPEN_READWRITE);
    add_collation(database);
    database.exec("CREATE INDEX names ON bets (first_name COLLATE somebodys)");
  }
  EXPECT_FALSE(verify());
  EXPECT_NE(said_.find("the index names is not the lottery's, and can refuse bets: it needs a "
                       "collation that the service does not have"),
            std::string::npos)
      << said_;
}

TEST_F(VerificationTest, ReportsHarmlessAdditionsAndFindsThatAllIsRight) {
  SQLite::Database(path_.string(), SQLite::OPEN_READWRITE).exec(R"sql(
      CREATE INDEX numbers ON bets (number, agency_id DESC);
      CREATE VIEW totals AS SELECT draw_id, count(*) FROM bets GROUP BY draw_id;
      CREATE TABLE _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER);
      CREATE TABLE _litestream_lock (id INTEGER);
      CREATE TABLE notes (text UNIQUE);
      CREATE UNIQUE INDEX one_note ON notes (text);
      CREATE VIRTUAL TABLE words USING fts5(word);
      ANALYZE)sql");
  EXPECT_TRUE(verify()) << said_;
  for (const std::string addition :
       {"index numbers on bets", "view totals", "table _litestream_seq", "table _litestream_lock",
        "table notes", "index one_note on notes", "table words", "table words_content"}) {
    EXPECT_NE(said_.find("the schema: also there, and harmless: " + addition + "\n"),
              std::string::npos)
        << addition << " in " << said_;
  }
  EXPECT_EQ(said_.find("sqlite_stat1"), std::string::npos) << said_;
  EXPECT_NE(said_.find("the schema: 11 objects: right\n"), std::string::npos) << said_;

  const Backup backup = back_up_database(path_, folder_ / "copy.db", [](const std::string&) {});
  EXPECT_TRUE(backup.is_right);
}

TEST_F(VerificationTest, IsNotDisturbedByTheRowsOfATableOfSomebodyElses) {
  SQLite::Database(path_.string(), SQLite::OPEN_READWRITE).exec(R"sql(
      CREATE TABLE people (id INTEGER PRIMARY KEY, age INTEGER);
      INSERT INTO people VALUES (1, NULL);
      PRAGMA writable_schema = ON;
      UPDATE sqlite_schema
      SET sql = 'CREATE TABLE people (id INTEGER PRIMARY KEY, age INTEGER NOT NULL)'
      WHERE name = 'people';
      PRAGMA writable_schema = OFF;
      CREATE TABLE notes (person INTEGER REFERENCES people);
      INSERT INTO notes VALUES (99))sql");
  EXPECT_TRUE(verify()) << said_;
  EXPECT_NE(said_.find("the file: in a table that is not the lottery's: SQLite's integrity_check: "
                       "NULL value in people.age"),
            std::string::npos)
      << said_;
}

TEST_F(VerificationTest, IsNotDisturbedByATableThatSQLiteCanNotCheckHere) {
  {
    SQLite::Database database(path_.string(), SQLite::OPEN_READWRITE);
    add_collation(database);
    database.exec("CREATE TABLE notes (text COLLATE somebodys UNIQUE)");
  }
  EXPECT_TRUE(verify()) << said_;
  EXPECT_NE(said_.find("the file: in a table that is not the lottery's: SQLite's integrity_check: "
                       "notes: "),
            std::string::npos)
      << said_;
}

TEST_F(VerificationTest, FindsBetsThatRefuseTheirForeignKeysBesideATableOfSomebodyElses) {
  expect_found("CREATE TABLE notes (text); INSERT INTO winners VALUES (1, 1, 99)",
               "the file: WRONG: SQLite's foreign_key_check: winners");
}

TEST_F(VerificationTest, FindsBatchesThatShareBets) {
  expect_found(
      "INSERT INTO batches SELECT draw_id, agency_id, 3, first_bet_id, bets, received_at,"
      " sha256, upload, certificate FROM batches WHERE draw_id = 2 AND agency_id = 1 AND"
      " batch_number = 2",
      "draw 2, agency 1, batch 3: WRONG: its bets are out of order, or it shares bets with "
      "another batch");
}

TEST_F(VerificationTest, FindsEveryChangeOfADatabaseThatHasSeveral) {
  expect_found(
      "UPDATE bets SET document = 'x' WHERE bet_id IN (2, 12);"
      "DELETE FROM winners WHERE draw_id = 1 AND agency_id = 2",
      "draw 1, agency 1, batch 1: WRONG: its bets differ from those that it was stored with");
  for (const std::string place :
       {"draw 1, agency 1: WRONG: its books were closed with the SHA-256",
        "draw 1, winners: WRONG: bet 5 of agency 2 has won, but is not among the winners",
        "draw 2, agency 2, batch 1: WRONG: its bets differ from those", "4 problems found"}) {
    EXPECT_NE(said_.find(place), std::string::npos) << place << " in " << said_;
  }
}

/// While this object lives, it counts the instructions of SQLite's virtual machine in every
/// connection of this process.
class InstructionCount {
 public:
  InstructionCount() {
    instructions_ = 0;
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(watch));
  }
  ~InstructionCount() { sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(watch)); }
  InstructionCount(const InstructionCount&) = delete;
  InstructionCount& operator=(const InstructionCount&) = delete;

  static std::int64_t value() { return instructions_; }

 private:
  static int watch(sqlite3* connection, char**, const sqlite3_api_routines*) {
    return sqlite3_trace_v2(connection, SQLITE_TRACE_PROFILE, add, nullptr);
  }

  static int add(unsigned int, void*, void* statement, void*) {
    constexpr int and_begin_anew = 1;
    instructions_ += sqlite3_stmt_status(static_cast<sqlite3_stmt*>(statement),
                                         SQLITE_STMTSTATUS_VM_STEP, and_begin_anew);
    return 0;
  }

  static inline std::int64_t instructions_ = 0;
};

/// A database with this many drawn draws of one agency, each with a batch of this many bets.
void make_draws(const std::filesystem::path& path, int draws, std::size_t bets) {
  SqliteLedger ledger(path, [](const std::string& sentence) { ADD_FAILURE() << sentence; });
  Lottery lottery(ledger, {.agencies = agencies({1}), .winning_number = winning_number});
  for (int draw = 1; draw <= draws; ++draw) {
    lottery.make_durable(
        lottery.place_bets(AgencyId{1}, std::vector(bets, bet("a", winning_number))));
    lottery.make_durable(lottery.close_books(AgencyId{1}));
  }
}

std::int64_t instructions_to_verify(const std::filesystem::path& path) {
  const InstructionCount count;
  EXPECT_TRUE(verify_database(path, [](const std::string&) {}));
  return InstructionCount::value();
}

TEST(VerificationOfManyDraws, ReadsTheBetsOnceForAllOfThem) {
  const TemporaryFolder folder;
  make_draws(folder / "few.db", 2, 5000);
  make_draws(folder / "many.db", 200, 50);
  // Both databases have 10,000 bets. If all of them were read for each of the 200 draws, that would
  // take millions of instructions more. What each draw needs is a few hundred.
  const std::int64_t few = instructions_to_verify(folder / "few.db");
  const std::int64_t many = instructions_to_verify(folder / "many.db");
  EXPECT_GT(few, 100'000);
  EXPECT_LT(many, few + 200 * 1000) << few;
}

TEST_F(VerificationTest, FindsAFileThatIsBrokenInTheMiddle) {
  std::string bytes = read_file(path_);
  for (std::size_t i = 3 * 4096; i < bytes.size(); i += 64) bytes[i] = static_cast<char>(~bytes[i]);
  folder_.write("bets.db", bytes);
  try {
    EXPECT_FALSE(verify()) << said_;
  } catch (const DatabaseError&) {
    // So badly damaged that it can't be read to the end.
  }
}

TEST_F(VerificationTest, RefusesWhatIsNoDatabaseOfALottery) {
  EXPECT_THROW(verify_database(folder_ / "missing.db", [](const std::string&) {}), DatabaseError);
  folder_.write("text.db", std::string(5000, 'x'));
  EXPECT_THROW(verify_database(folder_ / "text.db", [](const std::string&) {}), DatabaseError);
  ASSERT_EQ(::mkfifo((folder_ / "fifo").c_str(), 0600), 0);
  EXPECT_THROW(verify_database(folder_ / "fifo", [](const std::string&) {}), DatabaseError);
}

TEST_F(VerificationTest, BacksUpWhatItHasVerified) {
  const Backup backup = back_up_database(path_, folder_ / "copy.db", [](const std::string&) {});
  EXPECT_TRUE(backup.is_right);
  EXPECT_EQ(backup.path, folder_ / "copy.db");
  EXPECT_TRUE(verify_database(folder_ / "copy.db", [](const std::string&) {}));
  EXPECT_EQ(files_named("copy.db"), 1);
  EXPECT_THROW(back_up_database(path_, folder_ / "copy.db", [](const std::string&) {}),
               DatabaseError);
}

TEST_F(VerificationTest, KeepsABackupThatIsNotRightUnderANameThatSaysSo) {
  SQLite::Database(path_.string(), SQLite::OPEN_READWRITE)
      .exec("DELETE FROM bets WHERE bet_id = 3");
  const auto back_up = [&] {
    said_.clear();
    return back_up_database(path_, folder_ / "copy.db",
                            [this](const std::string& line) { said_ += line + "\n"; });
  };
  const Backup first = back_up();
  EXPECT_FALSE(first.is_right);
  EXPECT_EQ(first.path, folder_ / "copy.db.failed-verification");
  EXPECT_NE(said_.find("but has 2"), std::string::npos) << said_;
  const std::string kept = read_file(first.path);

  const Backup second = back_up();
  EXPECT_FALSE(second.is_right);
  EXPECT_EQ(second.path, folder_ / "copy.db.failed-verification-2");
  EXPECT_EQ(read_file(first.path), kept);
  EXPECT_EQ(files_named("copy.db"), 2);
}

TEST_F(VerificationTest, KeepsABackupThatCanNotBeReadToItsEnd) {
  std::string bytes = read_file(path_);
  for (std::size_t i = 2 * 4096; i < bytes.size(); i += 64) bytes[i] = static_cast<char>(~bytes[i]);
  folder_.write("bets.db", bytes);
  const Backup backup = back_up_database(path_, folder_ / "copy.db", [](const std::string&) {});
  EXPECT_FALSE(backup.is_right);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "copy.db.failed-verification"));
}

TEST_F(VerificationTest, MakesNoBackupMoreOpenThanItsDatabase) {
  using std::filesystem::perms;
  const auto mode_of_copy = [&](unsigned int mode) {
    std::filesystem::permissions(path_, static_cast<perms>(mode));
    const auto copy = folder_ / ("copy-" + std::to_string(mode) + ".db");
    EXPECT_TRUE(back_up_database(path_, copy, [](const std::string&) {}).is_right);
    return static_cast<unsigned int>(std::filesystem::status(copy).permissions());
  };
  EXPECT_EQ(mode_of_copy(0600), 0600U);
  EXPECT_EQ(mode_of_copy(0640), 0640U);
  EXPECT_EQ(mode_of_copy(0666), 0640U);
}

TEST(Upgrade, OfADatabaseOfTheFirstVersionGoesOnWithItsDraw) {
  const TemporaryFolder folder;
  {
    SQLite::Database old((folder / "bets.db").string(),
                         SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    old.exec("PRAGMA application_id = 0x4C4F5454");
    migrate(old, migrations().first(1));
    old.exec(R"sql(
        INSERT INTO draws (draw_id, opened_at) VALUES (1, '2026-11-23T10:00:00.000Z');
        INSERT INTO agencies (draw_id, agency_id, done_at)
            VALUES (1, 1, NULL), (1, 2, '2026-11-23T10:00:02.000Z');
        INSERT INTO batches (draw_id, agency_id, batch_number, first_bet_id, bets, received_at)
            VALUES (1, 1, 1, 1, 2, '2026-11-23T10:00:01.000Z'),
                   (1, 2, 1, 3, 1, '2026-11-23T10:00:01.000Z');
        INSERT INTO bets VALUES
            (1, 1, 1, 'Ana', 'D''Elia', 'a', '1999-03-17', 7574),
            (2, 1, 1, 'Ana', 'D''Elia', 'b', '1999-03-17', 1),
            (3, 1, 2, 'Ana', 'D''Elia', 'c', '1999-03-17', 7574))sql");
  }
  std::vector<std::string> winners;
  {
    SqliteLedger ledger(folder / "bets.db", [](const std::string& why) { ADD_FAILURE() << why; });
    Lottery lottery(ledger, {.agencies = agencies({9}), .winning_number = winning_number});
    EXPECT_TRUE(std::holds_alternative<BetsStored>(
        lottery.place_bets(AgencyId{1}, std::vector{bet("d", 7574)}).for_bookkeeping()));
    const auto closed = lottery.close_books(AgencyId{1}).for_bookkeeping();
    EXPECT_TRUE(std::get<BooksClosed>(closed).drawn.has_value());
    auto drawn = std::get<DrawnWinners>(lottery.make_durable(lottery.winners(AgencyId{1})));
    lottery.read_winners(drawn, [&](const Bet& winner) { winners.emplace_back(winner.document); });
  }
  EXPECT_EQ(winners, (std::vector<std::string>{"a", "d"}));
  EXPECT_TRUE(verify_database(folder / "bets.db", [](const std::string&) {}));
}

}  // namespace
}  // namespace lottery::test
