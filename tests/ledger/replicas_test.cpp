#include <gtest/gtest.h>

#include <future>
#include <string>

#include "tests/support/postgresql_ledger_fixture.h"

namespace lottery::test {
namespace {

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
  // A role may switch warnings off; the ledger must switch them on again.
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

TEST_F(WithoutReplica, ACommitWithUnknownSettingsHasAnUnknownOutcome) {
  { const PostgresqlLedger ledger({.connection = database_}); }
  wait_for_replicas("nobody");
  PostgresqlLedger ledger(
      {.connection = database_, .connections_max = 1, .synchronous_replicas = 1});
  // The transaction removes the statement that asks for the settings. So the question after its
  // COMMIT fails.
  run("SET synchronous_commit = local;"
      "CREATE FUNCTION forget() RETURNS trigger LANGUAGE plpgsql AS "
      "'BEGIN DEALLOCATE \"replicas\"; RETURN NULL; END';"
      "CREATE TRIGGER forgets AFTER INSERT ON draws FOR EACH ROW EXECUTE FUNCTION forget()");
  auto begun = std::async(std::launch::async, [&] { begin_draw(ledger); });
  waiting_session();
  wait_for_replicas("");
  EXPECT_THROW(begun.get(), OutcomeUnknown);
  EXPECT_EQ(ask("SELECT count(*) FROM draws"), "1");
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
  EXPECT_EQ(there.begin_read()->books(DrawId{1}, agency_one)->batches, 1);
  auto told = std::async(std::launch::async, [&] { there.sync(); });
  waiting_session();
  EXPECT_TRUE(is_waiting(told));
  wait_for_replicas("");
  EXPECT_NO_THROW(told.get());
}

}  // namespace
}  // namespace lottery::test
