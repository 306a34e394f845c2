#include "service/storage/verification.h"

#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "service/lottery.h"
#include "service/storage/database_file.h"
#include "service/storage/migrations.h"
#include "service/storage/sqlite_ledger.h"
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

/// A database with a drawn draw, and an open one in which agency 1 has closed its books.
class VerificationTest : public testing::Test {
 protected:
  VerificationTest() {
    SqliteLedger ledger(path_, [](const std::string& sentence) { ADD_FAILURE() << sentence; });
    Lottery lottery(ledger, {.agencies = agencies({1, 2}), .winning_number = winning_number});
    for (int draw = 1; draw <= 2; ++draw) {
      lottery.place_bets(AgencyId{1}, std::vector{bet("a", winning_number), bet("b"), bet("c")});
      lottery.place_bets(AgencyId{2}, std::vector{bet("d"), bet("e", winning_number)});
      lottery.place_bets(AgencyId{1}, std::vector{bet("f"), bet("g")});
      lottery.close_books(AgencyId{1});
      if (draw == 1) lottery.close_books(AgencyId{2});
    }
  }

  bool verify() {
    said_.clear();
    return verify_database(path_, [this](const std::string& line) { said_ += line + "\n"; });
  }

  /// Changes the database as nobody should, and expects that it is found, and where.
  void expect_found(const std::string& tampering, const std::string& place) {
    SCOPED_TRACE(tampering);
    {
      SQLite::Database database(path_.string(), SQLite::OPEN_READWRITE);
      database.exec(tampering);
    }
    EXPECT_FALSE(verify()) << said_;
    EXPECT_NE(said_.find(place), std::string::npos) << said_;
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "bets.db";
  std::string said_;
};

TEST_F(VerificationTest, FindsThatAllIsRightAndSaysWhatItChecked) {
  EXPECT_TRUE(verify());
  EXPECT_EQ(said_,
            "the file: SQLite's integrity_check and foreign_key_check: right\n"
            "draw 1, agency 1: closed books, 2 batches, 5 bets: right\n"
            "draw 1, agency 2: closed books, 1 batch, 2 bets: right\n"
            "draw 1, winners: 2 bets on 7574: right\n"
            "draw 2, agency 1: closed books, 2 batches, 5 bets: right\n"
            "draw 2, agency 2: open books, 1 batch, 2 bets: right\n"
            "the bets: 14 bets, each in one batch: right\n"
            "all is right\n");
}

TEST_F(VerificationTest, FindsAChangedBet) {
  for (const std::string& change :
       {std::string("first_name = 'Eva'"), std::string("last_name = 'X'"),
        std::string("document = 'x'"), std::string("birthdate = '1999-03-18'"),
        std::string("number = number + 1"), std::string("number = number + 4294967296"),
        std::string("agency_id = 2"), std::string("draw_id = 2")}) {
    SQLite::Database(path_.string(), SQLite::OPEN_READWRITE)
        .exec("VACUUM INTO '" + (folder_ / "keep").string() + "'");
    expect_found("UPDATE bets SET " + change + " WHERE bet_id = 2", "draw 1, agency 1");
    std::filesystem::rename(folder_ / "keep", path_);
    ASSERT_TRUE(verify()) << said_;
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
      "the bets: WRONG: there are 15 bets, and 14 in batches");
}

TEST_F(VerificationTest, FindsARemovedBet) {
  expect_found("DELETE FROM bets WHERE bet_id = 3",
               "draw 1, agency 1, batch 1: WRONG: it has 3 bets, and 2 of them are there");
}

TEST_F(VerificationTest, FindsABatchThatWasRemovedWithItsBets) {
  expect_found(
      "DELETE FROM bets WHERE bet_id IN (13, 14);"
      "DELETE FROM batches WHERE draw_id = 2 AND agency_id = 1 AND batch_number = 2",
      "draw 2, agency 1: WRONG: its books were closed with 5 bets, and hold 3");
}

TEST_F(VerificationTest, FindsBetsThatWereSwapped) {
  expect_found(
      "UPDATE bets SET document = CASE bet_id WHEN 2 THEN 'c' ELSE 'b' END WHERE bet_id IN (2, 3)",
      "draw 1, agency 1, batch 1: WRONG: its bets are not those that it was stored with");
}

TEST_F(VerificationTest, FindsBatchesThatWereSwapped) {
  expect_found(
      "UPDATE batches SET batch_number = batch_number + 10 WHERE draw_id = 1 AND agency_id = 1;"
      "UPDATE batches SET batch_number = 13 - batch_number WHERE batch_number > 10",
      "draw 1, agency 1: WRONG: its books were closed with the SHA-256");
}

TEST_F(VerificationTest, FindsAMissingWinnerAndOneThatDidNotWin) {
  expect_found("UPDATE winners SET bet_id = 2 WHERE agency_id = 1",
               "draw 1, winners: WRONG: bet 2 of agency 1 has not won");
  EXPECT_NE(said_.find("draw 1, winners: WRONG: bet 1 of agency 1 has won and is not there"),
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

TEST_F(VerificationTest, FindsAFileThatIsBrokenInTheMiddle) {
  std::string bytes = read_file(path_);
  for (std::size_t i = 3 * 4096; i < bytes.size(); i += 64) bytes[i] = static_cast<char>(~bytes[i]);
  folder_.write("bets.db", bytes);
  try {
    EXPECT_FALSE(verify()) << said_;
  } catch (const DatabaseError&) {
    // Broken so badly that it can't be read to the end.
  }
}

TEST_F(VerificationTest, RefusesWhatIsNoDatabaseOfALottery) {
  EXPECT_THROW(verify_database(folder_ / "missing.db", [](const std::string&) {}), DatabaseError);
  folder_.write("text.db", std::string(5000, 'x'));
  EXPECT_THROW(verify_database(folder_ / "text.db", [](const std::string&) {}), DatabaseError);
}

TEST_F(VerificationTest, BacksUpWhatItHasVerified) {
  ASSERT_TRUE(back_up_database(path_, folder_ / "copy.db", [](const std::string&) {}));
  EXPECT_TRUE(verify_database(folder_ / "copy.db", [](const std::string&) {}));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "copy.db-wal"));
  EXPECT_THROW(back_up_database(path_, folder_ / "copy.db", [](const std::string&) {}),
               DatabaseError);
}

TEST_F(VerificationTest, KeepsNoBackupThatIsNotRight) {
  SQLite::Database(path_.string(), SQLite::OPEN_READWRITE)
      .exec("DELETE FROM bets WHERE bet_id = 3");
  EXPECT_FALSE(back_up_database(path_, folder_ / "copy.db", [](const std::string&) {}));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "copy.db"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "copy.db.unfinished"));
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
    EXPECT_TRUE(std::holds_alternative<BetsStoredBefore>(
        lottery.place_bets(AgencyId{1}, std::vector{bet("a", 7574), bet("b")}, 1)));
    EXPECT_TRUE(std::holds_alternative<BetsStored>(
        lottery.place_bets(AgencyId{1}, std::vector{bet("d", 7574)}, 2)));
    const auto closed = lottery.close_books(AgencyId{1});
    EXPECT_TRUE(std::get<BooksClosed>(closed).drawn.has_value());
    lottery.winners(AgencyId{1}, [&](const Bet& winner) { winners.emplace_back(winner.document); });
  }
  EXPECT_EQ(winners, (std::vector<std::string>{"a", "d"}));
  EXPECT_TRUE(verify_database(folder / "bets.db", [](const std::string&) {}));
}

}  // namespace
}  // namespace lottery::test
