#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>

#include "tests/support/cutting_proxy.h"
#include "tests/support/postgresql_ledger_fixture.h"
#include "tests/support/wait_until.h"

namespace lottery::test {
namespace {

// What happens to a transaction whose connection is lost.
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
  ledger_->write(agency_one, [&](WriteTransaction& transaction) {
    transaction.close_books(DrawId{1}, agency_one, Books{0, some_sha256}, {});
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
  wait_until([&] { return !ask("SELECT last_value FROM commits WHERE is_called").empty(); });
  EXPECT_NO_THROW(store(other, 1));
  EXPECT_THROW(stored.get(), LedgerUnavailable);
  EXPECT_EQ(ask("SELECT count(*) FROM bets"), "1");
}

TEST_F(LostConnection, WhoseOutcomeCanNotBeFoundOutIsNotGuessed) {
  proxy_.cut_at_commit();
  auto stored = std::async(std::launch::async, [&] { store(*ledger_, 1); });
  proxy_.close();
  wait_until([&] { return proxy_.cuts() != 0; });
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

}  // namespace
}  // namespace lottery::test
