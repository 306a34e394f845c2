#include <SQLiteCpp/Database.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "service/lottery.h"
#include "service/storage/ledger_export.h"
#include "service/storage/ledger_import.h"
#include "service/storage/postgresql/connection.h"
#include "service/storage/postgresql/postgresql_ledger.h"
#include "service/storage/postgresql/verification.h"
#include "service/storage/sqlite/sqlite_ledger.h"
#include "service/storage/sqlite/verification.h"
#include "tests/support/postgresql_server.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

constexpr std::int32_t winning_number = 7574;
const DrawTerms terms{.agencies = {AgencyId{1}, AgencyId{2}}, .winning_number = winning_number};

Bet bet(std::string_view document, std::int32_t number = 1) {
  return {"Zoë\\n", "Paz 'y' Núñez", document, "1999-03-17", number};
}

/// Makes two draws; the second one stays open. The agencies take turns, so that an agency's bets do
/// not have consecutive ids.
void fill(Ledger& ledger) {
  Lottery lottery(ledger, terms);

  for (int draw = 1; draw <= 2; ++draw) {
    for (int batch = 1; batch <= 3; ++batch) {
      const std::string document = std::to_string(draw) + "-" + std::to_string(batch);
      lottery.make_durable(
          lottery.place_bets(AgencyId{1}, std::vector{bet(document + "a", winning_number),
                                                      bet(document + "b"), bet(document + "c")}));
      lottery.make_durable(lottery.place_bets(
          AgencyId{2}, std::vector{bet(document + "d"), bet(document + "e", winning_number)},
          Sender(CertificateSha256{std::string(64, 'c')})));
    }
    lottery.make_durable(lottery.close_books(AgencyId{1}));
    if (draw == 1) lottery.make_durable(lottery.close_books(AgencyId{2}));
  }
}

/// The content of a ledger, without the ids of bets.
const std::string content_query = R"sql(
    SELECT 'draw', draw_id, 0, opened_at, drawn_at, '' || winning_number, '' FROM draws
    UNION ALL
    SELECT 'agency', draw_id, agency_id, done_at, '' || bets, sha256, certificate FROM agencies
    UNION ALL
    SELECT 'batch', draw_id, agency_id, '' || batch_number, received_at, sha256, certificate
    FROM batches
    UNION ALL
    SELECT 'winner', draw_id, agency_id, document, first_name, last_name, '' || number
    FROM winning_bets
    ORDER BY 1, 2, 3, 4)sql";

class LedgerInTwoEngines : public testing::Test {
 protected:
  CopiedRows import(const std::filesystem::path& from) {
    return import_ledger(from, settings_, say_, [this](std::int64_t copied, std::int64_t of) {
      EXPECT_GT(copied, progress_);
      EXPECT_LE(copied, of);
      progress_ = copied;
    });
  }

  bool verify() { return postgresql::verify_database(settings_, say_); }

  std::vector<std::string> content() {
    postgresql::Connection connection(database_, is_over_, soon());
    const postgresql::Rows rows = connection.query(content_query.c_str(), soon());
    std::vector<std::string> content;
    for (int row = 0; row < rows.count(); ++row) {
      std::string& line = content.emplace_back();
      for (int column = 0; column < 7; ++column) {
        line.append(rows.text_or_nothing(row, column).value_or("NULL")).append("|");
      }
    }
    return content;
  }

  static std::vector<std::string> content_of(const std::filesystem::path& path) {
    SQLite::Database database(path.string());
    SQLite::Statement rows(database, content_query);
    std::vector<std::string> content;
    while (rows.executeStep()) {
      std::string& line = content.emplace_back();
      for (int column = 0; column < 7; ++column) {
        const SQLite::Column value = rows.getColumn(column);
        line.append(value.isNull() ? "NULL" : value.getString()).append("|");
      }
    }
    return content;
  }

  void run(const std::string& script) {
    postgresql::Connection(database_, is_over_, soon()).execute_script(script, soon());
  }

  std::string ask(const char* sql) {
    return std::string(
        postgresql::Connection(database_, is_over_, soon()).query(sql, soon()).text(0, 0));
  }

  /// Damages the database, and expects that verification reports it.
  void expect_found(const std::string& tampering, const std::string& finding) {
    SCOPED_TRACE(tampering);
    run(tampering);
    said_.clear();
    EXPECT_FALSE(verify()) << said_;
    EXPECT_NE(said_.find(finding), std::string::npos) << said_;
  }

  static Deadline soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(20); }

  TemporaryFolder folder_;
  const std::filesystem::path sqlite_ = folder_ / "bets.db";
  std::string database_ = postgresql_server().new_database();
  const PostgresqlSettings settings_{.connection = database_, .terms = "any"};
  std::atomic<bool> is_over_ = false;
  std::string said_;
  std::int64_t progress_ = 0;
  const Say say_ = [this](const std::string& line) { said_ += line + "\n"; };
};

class ImportTest : public LedgerInTwoEngines {
 protected:
  ImportTest() {
    SqliteLedger ledger(sqlite_, [](const std::string& sentence) { ADD_FAILURE() << sentence; });
    fill(ledger);
  }
};

class PostgresqlVerificationTest : public LedgerInTwoEngines {
 protected:
  PostgresqlVerificationTest() {
    PostgresqlLedger ledger(settings_);
    fill(ledger);
  }
};

TEST_F(ImportTest, CopiesEveryRowAndSaysHowManyThereAre) {
  const CopiedRows copied = import(sqlite_);
  EXPECT_EQ(copied.draws, 2);
  EXPECT_EQ(copied.batches, 12);
  EXPECT_EQ(copied.bets, 30);
  EXPECT_EQ(copied.winners, 6);
  EXPECT_EQ(progress_, 30);
  EXPECT_EQ(content(), content_of(sqlite_));
  EXPECT_TRUE(verify()) << said_;
}

TEST_F(ImportTest, LetsTheLotteryGoOnWhereItWas) {
  import(sqlite_);
  PostgresqlLedger ledger(settings_);
  Lottery lottery(ledger, terms);
  lottery.make_durable(lottery.place_bets(AgencyId{2}, std::vector{bet("later")}));
  lottery.make_durable(lottery.close_books(AgencyId{2}));
  EXPECT_EQ(ask("SELECT count(*) FROM winning_bets WHERE draw_id = 2"), "6");
  EXPECT_TRUE(verify()) << said_;
}

TEST_F(ImportTest, RefusesADatabaseThatIsNotEmpty) {
  import(sqlite_);
  const auto before = content();
  progress_ = 0;
  try {
    import(sqlite_);
    FAIL() << "it was not refused";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "the PostgreSQL database is not empty: it has 2 draws");
  }
  EXPECT_EQ(content(), before);
}

TEST_F(ImportTest, CopiesNothingOfADatabaseThatIsNotRight) {
  SQLite::Database(sqlite_.string(), SQLite::OPEN_READWRITE)
      .exec("UPDATE bets SET number = 5 WHERE bet_id = 7");
  EXPECT_THROW(import(sqlite_), std::runtime_error);
  EXPECT_NE(said_.find("WRONG"), std::string::npos) << said_;
  EXPECT_EQ(progress_, 0);
}

TEST_F(ImportTest, CopiesNothingIfTheCopyFailsMidway) {
  // The tables exist, and one of them refuses bets of the second draw.
  { const PostgresqlLedger ledger(settings_); }
  run("ALTER TABLE bets ADD CHECK (draw_id < 2)");
  EXPECT_THROW(import(sqlite_), std::runtime_error);
  EXPECT_EQ(ask("SELECT count(*) FROM draws"), "0");
  EXPECT_EQ(ask("SELECT count(*) FROM bets"), "0");
}

TEST_F(PostgresqlVerificationTest, FindsNothingWrongInWhatAServiceHasStored) {
  EXPECT_TRUE(verify()) << said_;
  EXPECT_NE(said_.find("draw 1, agency 2: closed books, 3 batches, 6 bets, sent by certificate " +
                       std::string(64, 'c')),
            std::string::npos)
      << said_;
  EXPECT_NE(said_.find("draw 1, winners: 6 bets on 7574: right\n"), std::string::npos) << said_;
  EXPECT_NE(said_.find("the bets: 30 bets, each in one batch: right\n"), std::string::npos)
      << said_;
}

TEST_F(PostgresqlVerificationTest, FindsABetThatWasChanged) {
  expect_found(
      "UPDATE bets SET document = '7' WHERE draw_id = 1 AND agency_id = 1 AND bet_id = 4",
      "draw 1, agency 1, batch 2: WRONG: its bets differ from those that it was stored with");
}

TEST_F(PostgresqlVerificationTest, FindsABetThatIsMissingAndOneThatIsTooMuch) {
  expect_found("DELETE FROM bets WHERE draw_id = 2 AND agency_id = 2 AND bet_id = 1",
               "draw 2, agency 2, batch 1: WRONG: it should have 2 bets, but has 1");
  run("INSERT INTO bets VALUES (1, 2, 9, 'a', 'b', 'c', '1999-03-17', 1)");
  expect_found("DELETE FROM bets WHERE draw_id = 2 AND agency_id = 2 AND bet_id = 2",
               "the bets: WRONG: there are 29 bets, but 28 in batches");
}

TEST_F(PostgresqlVerificationTest, FindsABatchThatIsMissing) {
  expect_found("DELETE FROM batches WHERE draw_id = 2 AND agency_id = 1 AND batch_number = 2",
               "draw 2, agency 1, batch 3: WRONG: batch 2 is missing");
  EXPECT_NE(said_.find("draw 2, agency 1: WRONG: there are 6 bets, but the last one is bet 9"),
            std::string::npos)
      << said_;
}

TEST_F(PostgresqlVerificationTest, FindsWinnersThatAreMissingOrHaveNotWon) {
  expect_found("DELETE FROM winners WHERE agency_id = 1 AND bet_id = 4",
               "draw 1, winners: WRONG: bet 4 of agency 1 has won, but is not among the winners");
  expect_found("INSERT INTO winners VALUES (1, 1, 5)",
               "draw 1, winners: WRONG: bet 5 of agency 1 is among the winners, but has not won");
  expect_found("INSERT INTO winners VALUES (2, 1, 1)",
               "draw 2, winners: WRONG: bet 1 of agency 1 is among the winners before the draw");
}

TEST_F(PostgresqlVerificationTest, FindsBooksThatWereChanged) {
  expect_found("UPDATE agencies SET bets = 10 WHERE draw_id = 1 AND agency_id = 1",
               "draw 1, agency 1: WRONG: its books were closed with 10 bets, but hold 9");
  expect_found("UPDATE agencies SET done_at = NULL WHERE draw_id = 1 AND agency_id = 2",
               "draw 1, agency 2: WRONG: its draw was drawn, but its books are open");
}

TEST_F(PostgresqlVerificationTest, FindsAnUploadInNoDrawOfItsBatches) {
  expect_found("INSERT INTO uploads VALUES (1, 'bbbb', 1)",
               "the uploads: WRONG: the upload 'bbbb' of agency 1 in draw 1 has no batch");
}

TEST_F(PostgresqlVerificationTest, FindsASchemaThatWasChanged) {
  run("CREATE INDEX ours ON bets (number); CREATE TABLE notes (note text)");
  EXPECT_TRUE(verify()) << said_;
  EXPECT_NE(said_.find("the schema: also there, and harmless: table notes"), std::string::npos)
      << said_;
  EXPECT_NE(said_.find("the schema: also there, and harmless: index ours on bets"),
            std::string::npos)
      << said_;
  expect_found("ALTER TABLE winners DROP CONSTRAINT winners_draw_id_agency_id_bet_id_fkey",
               "the schema: WRONG: the constraint winners_draw_id_agency_id_bet_id_fkey on winners "
               "is not there");
  expect_found("ALTER TABLE batches ALTER token DROP NOT NULL",
               "the schema: WRONG: the column batches.token is different");
  expect_found(
      "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; "
      "CREATE TRIGGER t BEFORE INSERT ON bets EXECUTE FUNCTION f()",
      "the schema: WRONG: the trigger t on bets is not the lottery's, and can change or "
      "refuse what is stored");
  expect_found("CREATE UNIQUE INDEX u ON bets (document)",
               "the schema: WRONG: the index u on bets is not the lottery's");
}

TEST_F(PostgresqlVerificationTest, RefusesADatabaseWithoutALedger) {
  const PostgresqlSettings empty{.connection = postgresql_server().new_database()};
  try {
    postgresql::verify_database(empty, say_);
    FAIL() << "it was not refused";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "the database has no ledger");
  }
}

TEST_F(PostgresqlVerificationTest, ABackupIsASqliteDatabaseThatIsRight) {
  const Backup backup = export_ledger(settings_, folder_ / "copy.db", say_);
  EXPECT_TRUE(backup.is_right) << said_;
  EXPECT_EQ(content_of(backup.path), content());
  EXPECT_EQ(std::filesystem::status(backup.path).permissions(), std::filesystem::perms(0640));
  said_.clear();
  EXPECT_TRUE(verify_database(backup.path, say_)) << said_;
}

TEST_F(PostgresqlVerificationTest, ABackupCanBeImportedIntoAnotherDatabase) {
  const Backup backup = export_ledger(settings_, folder_ / "copy.db", say_);
  const auto before = content();
  database_ = postgresql_server().new_database();
  import_ledger(backup.path, {.connection = database_}, say_, [](std::int64_t, std::int64_t) {});
  EXPECT_EQ(content(), before);
}

}  // namespace
}  // namespace lottery::test
