#include "service/storage/postgresql/postgresql_ledger.h"

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

#include "service/storage/postgresql/connection.h"
#include "service/storage/postgresql/errors.h"
#include "service/storage/postgresql/migrations.h"
#include "tests/support/postgresql_ledger_fixture.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/wait_until.h"

namespace lottery::test {
namespace {

using namespace postgresql;  // NOLINT(google-build-using-namespace)

TEST(ConnectionString, IsToldWithoutItsPassword) {
  EXPECT_EQ(without_password("host=a password=geheim dbname=x"), "dbname=x host=a");
  const std::string told =
      without_password("postgresql://ana:geheim@a:1,b:2/x?target_session_attrs=any");
  EXPECT_EQ(told.find("geheim"), std::string::npos) << told;
  EXPECT_NE(told.find("host=a,b"), std::string::npos) << told;
  EXPECT_THROW(without_password("host"), std::invalid_argument);
}

TEST_F(PostgresqlLedgerTest, SaysThatNoServerAnswers) {
  const TemporaryFolder empty;
  EXPECT_NE(refusal({.connection = "host=" + empty.path().string()}).find("No such file"),
            std::string::npos);
}

TEST_F(PostgresqlLedgerTest, StopsWhileItConnects) {
  Poco::Net::ServerSocket silent(Poco::Net::SocketAddress("127.0.0.1", 0));
  const std::string address = "host=127.0.0.1 port=" + std::to_string(silent.address().port());
  auto connected = std::async(std::launch::async, [&] {
    EXPECT_THROW(Connection(address + " connect_timeout=60", is_over_, soon()), ConnectionLost);
  });
  // The server has accepted the connection, and sends nothing.
  const Poco::Net::StreamSocket accepted = silent.acceptConnection();
  is_over_ = true;
  EXPECT_EQ(connected.wait_for(std::chrono::seconds(5)), std::future_status::ready);
}

TEST_F(PostgresqlLedgerTest, MigratesOnceHoweverManyServicesStart) {
  std::vector<std::future<void>> services;
  for (int i = 0; i < 6; ++i) {
    services.push_back(std::async(std::launch::async, [&] {
      const PostgresqlLedger ledger({.connection = database_, .connections_max = 2});
    }));
  }
  for (auto& service : services) EXPECT_NO_THROW(service.get());
  EXPECT_EQ(ask("SELECT version FROM schema_version"),
            std::to_string(postgresql::migrations().back().version));
}

TEST_F(PostgresqlLedgerTest, RefusesASchemaThatIsNewer) {
  { const PostgresqlLedger ledger({.connection = database_}); }
  run("UPDATE schema_version SET version = version + 1");
  const std::string newest = std::to_string(postgresql::migrations().back().version);
  EXPECT_EQ(refusal({.connection = database_}),
            "the database has schema version " +
                std::to_string(postgresql::migrations().back().version + 1) +
                ", but this program knows only versions up to " + newest);
}

/// Everything that makes up a schema, as one text.
constexpr const char* schema_query = R"sql(
    SELECT string_agg(line, E'\n' ORDER BY line) FROM (
        SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default) AS line
        FROM information_schema.columns WHERE table_schema = 'public'
        UNION ALL
        SELECT concat_ws(' ', conrelid::regclass, pg_get_constraintdef(oid)) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace
        UNION ALL
        SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
        UNION ALL
        SELECT concat_ws(' ', viewname, definition) FROM pg_views WHERE schemaname = 'public'
        UNION ALL
        SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
    ) AS lines)sql";

TEST_F(PostgresqlLedgerTest, HasTheSchemaThatIsWrittenDown) {
  { const PostgresqlLedger ledger({.connection = database_}); }
  const std::string migrated = ask(schema_query);
  database_ = postgresql_server().new_database();
  run(read_file(std::filesystem::path(LOTTERY_SOURCE_DIR) / "schema/postgresql/schema.sql"));
  EXPECT_EQ(ask(schema_query), migrated);
  EXPECT_NE(migrated.find("draw_progress"), std::string::npos);
}

TEST_F(PostgresqlLedgerTest, FindsNoOpenDrawIfItHasHappenedBetweenTwoQuestions) {
  PostgresqlLedger ledger({.connection = database_, .connections_max = 1});
  begin_draw(ledger);
  // Blocks the question about the agency's books, which follows the question about the open draw.
  Connection other(database_, is_over_, soon());
  other.execute_script("BEGIN; LOCK TABLE batches", soon());
  auto written = std::async(std::launch::async, [&] {
    ledger.write(agency_one, [&](WriteTransaction& transaction) {
      EXPECT_FALSE(transaction.open_draw().has_value());
      EXPECT_EQ(transaction.books(DrawId{1}, agency_one)->state, BooksState::drawn);
    });
  });
  wait_until([&] { return ask("SELECT count(*) FROM pg_locks WHERE NOT granted") != "0"; });
  other.execute_script("UPDATE draws SET drawn_at = utc_now(), winning_number = 7574; COMMIT",
                       soon());
  written.get();
}

/// The SQLSTATE that a transaction fails with.
class PassingFailure : public PostgresqlLedgerTest,
                       public testing::WithParamInterface<const char*> {};

TEST_P(PassingFailure, IsTriedAgainWithinABound) {
  PostgresqlLedger ledger({.connection = database_});
  begin_draw(ledger);
  run("CREATE SEQUENCE tries; CREATE FUNCTION fail_twice() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN IF nextval(''tries'') < 3 THEN RAISE EXCEPTION ''again'' USING ERRCODE = ''" +
      std::string(GetParam()) +
      "''; END IF; RETURN NULL; END';"
      "CREATE TRIGGER fails AFTER INSERT ON batches FOR EACH ROW EXECUTE FUNCTION fail_twice()");
  EXPECT_NO_THROW(store(ledger, 1));
  EXPECT_EQ(ask("SELECT last_value FROM tries"), "3");
  run("ALTER SEQUENCE tries RESTART; ALTER SEQUENCE tries MINVALUE -9 RESTART -9");
  EXPECT_THROW(store(ledger, 2), LedgerUnavailable);
  EXPECT_EQ(ask("SELECT last_value FROM tries"), "-7");
  EXPECT_EQ(ask("SELECT count(*) FROM bets"), "1");
}

INSTANTIATE_TEST_SUITE_P(Sqlstates, PassingFailure, testing::Values("40001", "40P01", "23505"));

TEST_F(PostgresqlLedgerTest, GoesOnAfterATransactionHasFailedAtItsBeginning) {
  PostgresqlLedger ledger({.connection = database_, .connections_max = 1});
  begin_draw(ledger);
  run("ALTER TABLE draws RENAME TO draws_away");
  EXPECT_THROW(store(ledger, 1), LedgerUnavailable);
  EXPECT_THROW(ledger.begin_read()->open_draw(), LedgerUnavailable);
  run("ALTER TABLE draws_away RENAME TO draws");
  EXPECT_NO_THROW(store(ledger, 1));
  EXPECT_EQ(ledger.begin_read()->open_draw(), DrawId{1});
}

TEST_F(PostgresqlLedgerTest, LetsAgenciesWriteAtTheSameTime) {
  PostgresqlLedger ledger({.connection = database_});
  begin_draw(ledger);
  ledger.write(agency_one, [&](WriteTransaction& transaction) {
    transaction.store_batch(DrawId{1}, agency_one, 1, {}, std::vector<Bet>{some_bet}, some_sha256,
                            {});
    // The other agency's transaction begins and commits while this one is open.
    ledger.write(agency_two, [&](WriteTransaction& other) {
      other.store_batch(DrawId{1}, agency_two, 1, {}, std::vector<Bet>{some_bet}, some_sha256, {});
      other.commit();
    });
    transaction.commit();
  });
  EXPECT_EQ(ask("SELECT count(*) FROM bets"), "2");
}

}  // namespace
}  // namespace lottery::test
