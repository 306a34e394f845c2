#include "service/storage/sqlite/migrations.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <gtest/gtest.h>

#include <array>
#include <cctype>
#include <map>
#include <string>

#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

/// `sql` without comments and with single spaces: two texts of one schema may differ in these.
std::string condensed(const std::string& sql) {
  std::string result;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    if (sql.compare(i, 2, "--") == 0) {
      while (i < sql.size() && sql[i] != '\n') ++i;
    }
    const bool is_space = i >= sql.size() || std::isspace(static_cast<unsigned char>(sql[i])) != 0;
    if (!is_space) {
      result += sql[i];
    } else if (!result.empty() && result.back() != ' ') {
      result += ' ';
    }
  }
  return result;
}

std::map<std::string, std::string> objects_of(SQLite::Database& database) {
  std::map<std::string, std::string> objects;
  SQLite::Statement query(
      database, "SELECT type || ' ' || name, sql FROM sqlite_schema WHERE sql IS NOT NULL");
  while (query.executeStep()) objects[query.getColumn(0)] = condensed(query.getColumn(1));
  return objects;
}

SQLite::Database in_memory() { return {":memory:", SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE}; }

TEST(Migrations, MakeTheSchemaThatIsThereToBeRead) {
  SQLite::Database migrated = in_memory();
  migrate(migrated, migrations());
  SQLite::Database written = in_memory();
  written.exec(read_file(LOTTERY_SOURCE_DIR "/schema/sqlite/schema.sql"));

  EXPECT_FALSE(objects_of(written).empty());
  EXPECT_EQ(objects_of(migrated), objects_of(written));
}

TEST(Migrations, SayInTheDatabaseHowManyItHasHad) {
  SQLite::Database database = in_memory();
  migrate(database, migrations());
  EXPECT_EQ(database.execAndGet("PRAGMA user_version").getInt(), migrations().back().version);
}

TEST(Migrations, AreAppliedOnce) {
  SQLite::Database database = in_memory();
  migrate(database, migrations());
  EXPECT_NO_THROW(migrate(database, migrations()));
}

TEST(Migrations, ThatFailLeaveTheDatabaseAsItWasBeforeThem) {
  SQLite::Database database = in_memory();
  constexpr std::array steps{
      Migration{1, "one", "CREATE TABLE one (a)"},
      Migration{2, "two", "CREATE TABLE two (a); INSERT INTO nowhere VALUES (1)"},
  };
  EXPECT_THROW(migrate(database, steps), SQLite::Exception);
  EXPECT_EQ(database.execAndGet("PRAGMA user_version").getInt(), 1);
  EXPECT_TRUE(database.tableExists("one"));
  EXPECT_FALSE(database.tableExists("two"));
}

/// The SHA-256 that step 3 computes for these rows of `first_name, last_name, document, birthdate,
/// number`.
std::string lines_sha256(const std::string& rows) {
  SQLite::Database database = in_memory();
  migrate(database, migrations());
  return database
      .execAndGet("SELECT lines_sha256(column1, column2, column3, column4, column5) FROM (" + rows +
                  ")")
      .getString();
}

// Computed with sha256sum. A published migration must not change, so neither may these.
TEST(Migrations, SumUpLinesAsTheThirdOneDidWhenItWasWritten) {
  EXPECT_EQ(lines_sha256("SELECT 1 AS column1, 1 AS column2, 1 AS column3, 1 AS column4,"
                         " 1 AS column5 WHERE 0"),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(lines_sha256("VALUES ('Ana', 'D''Elia', 'a', '1999-03-17', 7574)"),
            "199a73942520b81f4509d91797a41bd6cf40709c7861bd3fabd6cff830f15234");
  EXPECT_EQ(lines_sha256("VALUES ('Ana', 'D''Elia', 'a', '1999-03-17', 7574),"
                         "('Núñez: José', ' x ', '30904465', '0001-01-01', 0),"
                         "('z', 'z', 'z', '2024-02-29', 2147483647)"),
            "0c6ac216101f2e2e98cd5d5ffd18f69f2f2ac87816f24908b6b071c21d258334");
}

TEST(Schema, AllowsOneOpenDrawOnly) {
  SQLite::Database database = in_memory();
  migrate(database, migrations());
  database.exec("INSERT INTO draws (opened_at) VALUES ('2026-11-23T10:00:00.000Z')");
  EXPECT_THROW(database.exec("INSERT INTO draws (opened_at) VALUES ('2026-11-23T10:00:01.000Z')"),
               SQLite::Exception);
}

TEST(Schema, KeepsNoIndexOnBets) {
  SQLite::Database database = in_memory();
  migrate(database, migrations());
  EXPECT_EQ(database
                .execAndGet("SELECT count(*) FROM sqlite_schema "
                            "WHERE type = 'index' AND tbl_name = 'bets'")
                .getInt(),
            0);
}

}  // namespace
}  // namespace lottery::test
