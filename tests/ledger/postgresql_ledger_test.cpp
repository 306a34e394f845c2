#include "service/storage/postgresql/postgresql_ledger.h"

#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>
#include <gtest/gtest.h>

#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "service/storage/postgresql/connection.h"
#include "service/storage/postgresql/errors.h"
#include "service/storage/postgresql/migrations.h"
#include "service/storage/postgresql/server_checks.h"
#include "tests/support/cutting_proxy.h"
#include "tests/support/postgresql_server.h"
#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

using namespace postgresql;  // NOLINT(google-build-using-namespace)

constexpr AgencyId one{1};
constexpr AgencyId two{2};
const std::vector<AgencyId> both{one, two};
const std::string sha256(64, '0');
const Bet bet{"Ana", "Paz", "1", "1999-03-17", 7574};

Deadline soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(20); }

class PostgresqlLedgerTest : public testing::Test {
 protected:
  /// The first value that a statement returns.
  std::string ask(const std::string& sql) {
    Connection connection(database_, is_over_, soon());
    const Rows rows = connection.query(sql.c_str(), soon());
    return rows.count() == 0 ? "" : std::string(rows.text(0, 0));
  }

  void run(const std::string& script) {
    Connection(database_, is_over_, soon()).execute_script(script, soon());
  }

  void end_other_sessions() {
    run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND datname = current_database()");
  }

  std::string database_ = postgresql_server().new_database();
  std::atomic<bool> is_over_ = false;
};

void begin_draw(Ledger& ledger) {
  ledger.write(one, [](WriteTransaction& transaction) {
    transaction.begin_draw(both);
    transaction.commit();
  });
}

void store(Ledger& ledger, std::int64_t number) {
  ledger.write(one, [&](WriteTransaction& transaction) {
    transaction.store_batch(DrawId{1}, one, number, {}, std::vector<Bet>{bet}, sha256, {});
    transaction.commit();
  });
}

std::string refusal(const PostgresqlSettings& settings) {
  try {
    const PostgresqlLedger ledger(settings);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "not refused";
}

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

TEST(ConnectionString, IsToldWithoutItsPassword) {
  EXPECT_EQ(without_password("host=a password=geheim dbname=x"), "dbname=x host=a");
  const std::string told =
      without_password("postgresql://ana:geheim@a:1,b:2/x?target_session_attrs=any");
  EXPECT_EQ(told.find("geheim"), std::string::npos) << told;
  EXPECT_NE(told.find("host=a,b"), std::string::npos) << told;
  EXPECT_THROW(without_password("host"), std::invalid_argument);
}

TEST_F(PostgresqlLedgerTest, RefusesAServerThatWaitsForTooFewReplicas) {
  EXPECT_EQ(refusal({.connection = database_, .synchronous_replicas = 1}),
            "a commit waits for 0 synchronous replicas (synchronous_standby_names), but "
            "storage.postgresql.synchronous_replicas requires 1");
  EXPECT_EQ(ask("SELECT to_regclass('draws') IS NULL"), "t") << "nothing was made";
}

TEST_F(PostgresqlLedgerTest, RefusesADatabaseThatIsNotInUtf8) {
  const std::string other =
      postgresql_server().new_database("ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0");
  EXPECT_EQ(refusal({.connection = other}),
            "the database has the encoding SQL_ASCII, but only UTF8 is supported");
}

TEST_F(PostgresqlLedgerTest, SaysThatNoServerAnswers) {
  const TemporaryFolder empty;
  EXPECT_NE(refusal({.connection = "host=" + empty.path().string()}).find("No such file"),
            std::string::npos);
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

/// Everything that a schema consists of, as one text.
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

TEST_F(PostgresqlLedgerTest, TellsOtherServicesOfADraw) {
  PostgresqlLedger here({.connection = database_});
  PostgresqlLedger there({.connection = database_});
  std::promise<void> told;
  there.watch_draws([&] { told.set_value(); });
  begin_draw(here);
  for (const AgencyId agency : both) {
    here.write(agency, [&](WriteTransaction& transaction) {
      transaction.close_books(DrawId{1}, agency, Books{0, sha256}, {});
      if (transaction.all_books_closed(DrawId{1})) transaction.draw_winners(DrawId{1}, 7574);
      transaction.commit();
    });
  }
  EXPECT_EQ(told.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
  there.watch_draws({});
}

TEST_F(PostgresqlLedgerTest, TellsOfADrawThatMayHaveHappenedWhileItHadNoConnection) {
  PostgresqlLedger ledger({.connection = database_});
  std::promise<void> told;
  std::once_flag first;
  ledger.watch_draws([&] { std::call_once(first, [&] { told.set_value(); }); });
  end_other_sessions();
  EXPECT_EQ(told.get_future().wait_for(std::chrono::seconds(20)), std::future_status::ready);
  ledger.watch_draws({});
}

TEST_F(PostgresqlLedgerTest, RefusesOtherTermsThanThoseOfAServiceAtWork) {
  auto first = std::make_unique<PostgresqlLedger>(
      PostgresqlSettings{.connection = database_, .terms = "7574 1 2"});
  EXPECT_EQ(refusal({.connection = database_, .terms = "7574 1 2"}), "not refused");
  EXPECT_EQ(refusal({.connection = database_, .terms = "7575 1 2"}),
            "another service that runs on this database has a different lottery.agencies or "
            "lottery.winning_number: give all of them the same values");
  first.reset();
  // The server notices a moment later that the connection is gone.
  while (refusal({.connection = database_, .terms = "7575 1 2"}) != "not refused") {
  }
}

TEST_F(PostgresqlLedgerTest, EndsIfAServiceWithOtherTermsHasBegunWhileItHadNoConnection) {
  std::promise<std::string> failure;
  const PostgresqlLedger first({.connection = database_, .terms = "7574 1 2"},
                               [&](const std::string& why) { failure.set_value(why); });
  // Until the other one is there, the first one is cut off again and again.
  std::unique_ptr<PostgresqlLedger> other;
  while (!other) {
    end_other_sessions();
    try {
      other = std::make_unique<PostgresqlLedger>(
          PostgresqlSettings{.connection = database_, .terms = "7575 1 2"});
    } catch (const std::runtime_error&) {
      // The first one was quicker.
    }
  }
  auto told = failure.get_future();
  ASSERT_EQ(told.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_EQ(told.get(),
            "another service that runs on this database has a different lottery.agencies or "
            "lottery.winning_number: give all of them the same values");
}

TEST_F(PostgresqlLedgerTest, EndsIfANewerServiceHasChangedTheSchema) {
  std::promise<std::string> failure;
  const PostgresqlLedger ledger({.connection = database_},
                                [&](const std::string& why) { failure.set_value(why); });
  run("UPDATE schema_version SET version = version + 1");
  auto told = failure.get_future();
  ASSERT_EQ(told.wait_for(std::chrono::seconds(20)), std::future_status::ready);
  EXPECT_EQ(told.get(), "a newer service has changed the schema of the database");
}

class LostConnection : public PostgresqlLedgerTest {
 protected:
  LostConnection() {
    const std::string name = database_.substr(database_.find("dbname="));
    ledger_ = std::make_unique<PostgresqlLedger>(PostgresqlSettings{
        .connection = "host=" + proxy_.host() + " user=lottery " + name, .connections_max = 1});
    begin_draw(*ledger_);
  }

  CuttingProxy proxy_{postgresql_server().socket()};
  std::unique_ptr<PostgresqlLedger> ledger_;
};

TEST_F(LostConnection, InACommitThatWasDoneIsFoundOut) {
  store(*ledger_, 1);
  proxy_.cut_at_commit();
  EXPECT_NO_THROW(store(*ledger_, 2));
  EXPECT_EQ(proxy_.cuts(), 1);
  store(*ledger_, 3);
  EXPECT_EQ(ask("SELECT count(*) FROM bets"), "3");
  EXPECT_EQ(ask("SELECT max(batch_number) FROM batches"), "3");
}

TEST_F(LostConnection, InTheCommitOfADoneIsFoundOut) {
  proxy_.cut_at_commit();
  bool is_drawn = false;
  ledger_->write(one, [&](WriteTransaction& transaction) {
    transaction.close_books(DrawId{1}, one, Books{0, sha256}, {});
    is_drawn = transaction.all_books_closed(DrawId{1});
    transaction.commit();
  });
  EXPECT_EQ(proxy_.cuts(), 1);
  EXPECT_FALSE(is_drawn);
  EXPECT_EQ(ask("SELECT count(*) FROM agencies WHERE done_at IS NOT NULL"), "1");
}

TEST_F(LostConnection, InACommitThatFailedStoresNothingAndIsTriedAgain) {
  // The server ends the connection itself, before it has committed.
  run("CREATE FUNCTION end_connection() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END';"
      "CREATE CONSTRAINT TRIGGER ends AFTER INSERT ON batches DEFERRABLE INITIALLY DEFERRED "
      "FOR EACH ROW EXECUTE FUNCTION end_connection()");
  EXPECT_THROW(store(*ledger_, 1), LedgerUnavailable) << "each time";
  EXPECT_EQ(ask("SELECT count(*) FROM bets"), "0");
  run("DROP TRIGGER ends ON batches");
  EXPECT_NO_THROW(store(*ledger_, 1));
  EXPECT_EQ(ask("SELECT count(*) FROM bets"), "1");
}

// Another service may store a batch with this number before the lookup.
TEST_F(LostConnection, InACommitThatFailedIsNotTakenForAnothersBatchOfThatNumber) {
  // The first commit waits until another service waits for its lock. Then its session ends.
  run("CREATE SEQUENCE commits; CREATE FUNCTION end_first() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN IF nextval(''commits'') = 1 THEN "
      "WHILE NOT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = ''transactionid'' AND NOT "
      "granted) "
      "LOOP PERFORM pg_sleep(0.001); END LOOP; "
      "PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NULL; END';"
      "CREATE CONSTRAINT TRIGGER ends AFTER INSERT ON batches DEFERRABLE INITIALLY DEFERRED "
      "FOR EACH ROW EXECUTE FUNCTION end_first()");
  PostgresqlLedger other({.connection = database_});
  auto stored = std::async(std::launch::async, [&] { store(*ledger_, 1); });
  while (ask("SELECT last_value FROM commits WHERE is_called").empty()) std::this_thread::yield();
  EXPECT_NO_THROW(store(other, 1));
  EXPECT_THROW(stored.get(), LedgerUnavailable);
  EXPECT_EQ(ask("SELECT count(*) FROM bets"), "1");
}

TEST_F(LostConnection, WhoseOutcomeCanNotBeFoundOutIsNotGuessed) {
  proxy_.cut_at_commit();
  auto stored = std::async(std::launch::async, [&] { store(*ledger_, 1); });
  proxy_.close();
  while (proxy_.cuts() == 0) std::this_thread::yield();
  ledger_->end_reads();
  EXPECT_THROW(stored.get(), OutcomeUnknown);
  EXPECT_EQ(ask("SELECT count(*) FROM bets"), "1");
}

TEST_F(LostConnection, WhileIdleIsReplaced) {
  store(*ledger_, 1);
  end_other_sessions();
  EXPECT_NO_THROW(store(*ledger_, 2));
  end_other_sessions();
  EXPECT_EQ(ledger_->begin_read()->open_draw(), DrawId{1});
  EXPECT_EQ(ask("SELECT count(*) FROM bets"), "2");
}

TEST_F(PostgresqlLedgerTest, StopsWhileItConnects) {
  Poco::Net::ServerSocket silent(Poco::Net::SocketAddress("127.0.0.1", 0));
  const std::string address = "host=127.0.0.1 port=" + std::to_string(silent.address().port());
  auto connected = std::async(std::launch::async, [&] {
    EXPECT_THROW(Connection(address + " connect_timeout=60", is_over_, soon()), ConnectionLost);
  });
  // The server's side has the connection, and says nothing.
  const Poco::Net::StreamSocket accepted = silent.acceptConnection();
  is_over_ = true;
  EXPECT_EQ(connected.wait_for(std::chrono::seconds(5)), std::future_status::ready);
}

/// A server whose commits wait for a replica that does not exist.
class WithoutReplica : public PostgresqlLedgerTest {
 protected:
  ~WithoutReplica() override {
    try {
      wait_for_replicas("");
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what();
    }
  }

  /// Sets which replicas all sessions wait for, and returns once they do.
  void wait_for_replicas(const std::string& names) {
    run("ALTER SYSTEM SET synchronous_standby_names = '" + names + "'");
    ask("SELECT pg_reload_conf()");
    while (ask("SHOW synchronous_standby_names") != names) std::this_thread::yield();
  }

  /// Waits until a session of this database waits for a replica, and returns its process id.
  std::string waiting_session(const std::string& other_than = "0") {
    std::string pid;
    while (pid.empty()) {
      pid =
          ask("SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' "
              "AND datname = current_database() AND pid <> " +
              other_than);
    }
    return pid;
  }

  static bool is_waiting(std::future<void>& future) {
    return future.wait_for(std::chrono::seconds(0)) == std::future_status::timeout;
  }
};

TEST_F(WithoutReplica, ACommitThatWasFoundOutIsNotAcknowledged) {
  PostgresqlLedger ledger({.connection = database_, .connections_max = 1});
  begin_draw(ledger);
  wait_for_replicas("nobody");
  auto stored = std::async(std::launch::async, [&] { store(ledger, 1); });
  const std::string lost = waiting_session();
  ask("SELECT pg_terminate_backend(" + lost + ")");
  // The ledger has found the batch, and now waits until the replicas have it.
  waiting_session(lost);
  EXPECT_EQ(ask("SELECT count(*) FROM bets"), "1");
  EXPECT_TRUE(is_waiting(stored));
  wait_for_replicas("");
  EXPECT_NO_THROW(stored.get());
}

TEST_F(WithoutReplica, ACommitWhoseWaitIsCancelledHasAnUnknownOutcome) {
  // A role may ask for no warnings, and the ledger must not.
  run("ALTER DATABASE " + database_.substr(database_.find("dbname=") + 7) +
      " SET client_min_messages = error");
  PostgresqlLedger ledger({.connection = database_, .connections_max = 1});
  begin_draw(ledger);
  wait_for_replicas("nobody");
  auto stored = std::async(std::launch::async, [&] { store(ledger, 1); });
  ask("SELECT pg_cancel_backend(" + waiting_session() + ")");
  EXPECT_THROW(stored.get(), OutcomeUnknown);
  wait_for_replicas("");
  EXPECT_NO_THROW(store(ledger, 2)) << "the next one waits for the replicas again";
}

TEST_F(WithoutReplica, WhatWasReadIsToldOnceTheReplicasHaveIt) {
  PostgresqlLedger here({.connection = database_, .connections_max = 1});
  PostgresqlLedger there({.connection = database_, .connections_max = 1});
  begin_draw(here);
  there.begin_read()->open_draw();
  there.sync();
  wait_for_replicas("nobody");
  auto stored = std::async(std::launch::async, [&] { store(here, 1); });
  ask("SELECT pg_cancel_backend(" + waiting_session() + ")");
  EXPECT_THROW(stored.get(), OutcomeUnknown);

  there.sync();  // nothing was read since
  EXPECT_EQ(there.begin_read()->books(DrawId{1}, one)->batches, 1);
  auto told = std::async(std::launch::async, [&] { there.sync(); });
  waiting_session();
  EXPECT_TRUE(is_waiting(told));
  wait_for_replicas("");
  EXPECT_NO_THROW(told.get());
}

TEST_F(WithoutReplica, ACommitThatWaitsForFewerReplicasThanBeforeIsNotAcknowledged) {
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

TEST_F(WithoutReplica, AServerThatWaitsForFewerReplicasThanBeforeIsLeftEvenByReaders) {
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

TEST_F(PostgresqlLedgerTest, FindsNoOpenDrawIfItHasHappenedBetweenTwoQuestions) {
  PostgresqlLedger ledger({.connection = database_, .connections_max = 1});
  begin_draw(ledger);
  // Holds up the question about the agency's books, which follows that about the open draw.
  Connection other(database_, is_over_, soon());
  other.execute_script("BEGIN; LOCK TABLE batches", soon());
  auto written = std::async(std::launch::async, [&] {
    ledger.write(one, [&](WriteTransaction& transaction) {
      EXPECT_FALSE(transaction.open_draw().has_value());
      EXPECT_EQ(transaction.books(DrawId{1}, one)->state, BooksState::drawn);
    });
  });
  while (ask("SELECT count(*) FROM pg_locks WHERE NOT granted") == "0") std::this_thread::yield();
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

TEST_F(PostgresqlLedgerTest, UsesNoServerThatTakesNoWrites) {
  PostgresqlLedger ledger({.connection = database_, .connections_max = 1});
  begin_draw(ledger);
  const std::string name = database_.substr(database_.find("dbname=") + 7);
  Connection other(database_ + " target_session_attrs=any", is_over_, soon());
  // Connections that come from now on find it so.
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

TEST_F(PostgresqlLedgerTest, LeavesAServerThatHasTurnedIntoAStandby) {
  PostgresqlLedger ledger({.connection = database_, .connections_max = 1});
  begin_draw(ledger);
  // Only for the connections that there are.
  run("CREATE TABLE to_standby AS SELECT pid FROM pg_stat_activity "
      "WHERE pid <> pg_backend_pid() AND datname = current_database();"
      "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN IF pg_backend_pid() IN (SELECT pid FROM to_standby) THEN "
      "RAISE EXCEPTION ''read-only'' USING ERRCODE = ''25006''; END IF; RETURN NULL; END';"
      "CREATE TRIGGER refuses AFTER INSERT ON batches FOR EACH ROW EXECUTE FUNCTION refuse()");
  EXPECT_THROW(store(ledger, 1), LedgerUnavailable);
  EXPECT_NO_THROW(store(ledger, 1)) << "on a new connection, which may lead to the primary";
}

TEST_F(PostgresqlLedgerTest, LetsAgenciesWriteAtTheSameTime) {
  PostgresqlLedger ledger({.connection = database_});
  begin_draw(ledger);
  ledger.write(one, [&](WriteTransaction& transaction) {
    transaction.store_batch(DrawId{1}, one, 1, {}, std::vector<Bet>{bet}, sha256, {});
    // The other agency's transaction comes and goes while this one is under way.
    ledger.write(two, [&](WriteTransaction& other) {
      other.store_batch(DrawId{1}, two, 1, {}, std::vector<Bet>{bet}, sha256, {});
      other.commit();
    });
    transaction.commit();
  });
  EXPECT_EQ(ask("SELECT count(*) FROM bets"), "2");
}

}  // namespace
}  // namespace lottery::test
