#include "service/storage/postgresql/server_checks.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/postgresql_ledger_fixture.h"

namespace lottery::test {
namespace {

using postgresql::Connection;
using postgresql::replicas_waited_for;

using ServerChecks = PostgresqlLedgerTest;
using ServerChecksOfReplicas = WithoutReplica;

TEST(SynchronousReplicas, AreThoseThatAListOfStandbysAsksFor) {
  EXPECT_EQ(replicas_waited_for(""), 0);
  EXPECT_EQ(replicas_waited_for("  "), 0);
  EXPECT_EQ(replicas_waited_for("*"), 1);
  EXPECT_EQ(replicas_waited_for("node_2"), 1);
  EXPECT_EQ(replicas_waited_for("a, b"), 1);
  EXPECT_EQ(replicas_waited_for("ANY 1 (a, b)"), 1);
  EXPECT_EQ(replicas_waited_for("any 2 (*)"), 2);
  EXPECT_EQ(replicas_waited_for("FIRST 3 (a, b, c)"), 3);
  EXPECT_EQ(replicas_waited_for("2 (a, b)"), 2);
  EXPECT_EQ(replicas_waited_for("anything"), 1);
}

TEST_F(ServerChecks, RefusesAServerThatWaitsForTooFewReplicas) {
  EXPECT_EQ(refusal({.connection = database_, .synchronous_replicas = 1}),
            "a commit waits for 0 synchronous replicas (synchronous_standby_names), but "
            "storage.postgresql.synchronous_replicas requires 1");
  EXPECT_EQ(ask("SELECT to_regclass('draws') IS NULL"), "t") << "nothing was made";
}

TEST_F(ServerChecks, RefusesADatabaseThatIsNotInUtf8) {
  const std::string other =
      postgresql_server().new_database("ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
  EXPECT_EQ(refusal({.connection = other}),
            "the database has the encoding SQL_ASCII, but only UTF8 is supported");
}

TEST_F(ServerChecks, UsesNoServerThatTakesNoWrites) {
  PostgresqlLedger ledger({.connection = database_, .connections_max = 1});
  begin_draw(ledger);
  const std::string name = database_.substr(database_.find("dbname=") + 7);
  Connection other(database_ + " target_session_attrs=any", is_over_, soon());
  // New connections find the database read-only.
  other.execute_script("ALTER DATABASE " + name + " SET default_transaction_read_only = on",
                       soon());
  other.execute_script(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
      "WHERE pid <> pg_backend_pid() AND datname = current_database()",
      soon());
  EXPECT_THROW(store(ledger, 1), LedgerUnavailable) << "the connection was lost";
  EXPECT_THROW(store(ledger, 1), LedgerUnavailable) << "target_session_attrs asks for read-write";
  other.execute_script("ALTER DATABASE " + name + " RESET default_transaction_read_only", soon());
  EXPECT_NO_THROW(store(ledger, 1));
}

TEST_F(ServerChecks, LeavesAServerThatHasTurnedIntoAStandby) {
  PostgresqlLedger ledger({.connection = database_, .connections_max = 1});
  begin_draw(ledger);
  // Only for the existing connections.
  run("CREATE TABLE to_standby AS SELECT pid FROM pg_stat_activity "
      "WHERE pid <> pg_backend_pid() AND datname = current_database();"
      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN IF pg_backend_pid() IN (SELECT pid FROM to_standby) THEN "
      "RAISE EXCEPTION ''read-only'' USING ERRCODE = ''25006''; END IF; RETURN NULL; END';"
      "CREATE TRIGGER refuses AFTER INSERT ON batches FOR EACH ROW EXECUTE FUNCTION refuse()");
  EXPECT_THROW(store(ledger, 1), LedgerUnavailable);
  EXPECT_NO_THROW(store(ledger, 1)) << "on a new connection, which may lead to the primary";
}

TEST_F(ServerChecksOfReplicas, ACommitThatWaitsForFewerReplicasThanBeforeIsNotAcknowledged) {
  { const PostgresqlLedger ledger({.connection = database_}); }
  wait_for_replicas("nobody");
  PostgresqlLedger ledger({.connection = database_, .synchronous_replicas = 1});
  wait_for_replicas("");
  EXPECT_ANY_THROW(begin_draw(ledger));
  try {
    begin_draw(ledger);
    ADD_FAILURE() << "acknowledged";
  } catch (const LedgerUnavailable& error) {
    EXPECT_NE(std::string(error.what()).find("a commit waits for 0 synchronous replicas"),
              std::string::npos)
        << error.what();
  }
}

TEST_F(ServerChecksOfReplicas, AServerThatWaitsForFewerReplicasThanBeforeIsLeftEvenByReaders) {
  { const PostgresqlLedger ledger({.connection = database_}); }
  wait_for_replicas("nobody");
  PostgresqlLedger ledger({.connection = database_, .synchronous_replicas = 1});
  wait_for_replicas("");
  std::string problem;
  while (problem.empty()) {
    try {
      ledger.begin_read()->open_draw();
    } catch (const LedgerUnavailable& error) {
      problem = error.what();
    }
  }
  EXPECT_NE(problem.find("a commit waits for 0 synchronous replicas"), std::string::npos)
      << problem;
}

}  // namespace
}  // namespace lottery::test
