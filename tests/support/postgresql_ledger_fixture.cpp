#include "tests/support/postgresql_ledger_fixture.h"

#include <stdexcept>

#include "tests/support/wait_until.h"

namespace lottery::test {

using postgresql::Connection;

void begin_draw(Ledger& ledger) {
  ledger.write(agency_one, [](WriteTransaction& transaction) {
    transaction.begin_draw(both_agencies);
    transaction.commit();
  });
}

void store(Ledger& ledger, std::int64_t batch_number) {
  ledger.write(agency_one, [&](WriteTransaction& transaction) {
    transaction.store_batch(DrawId{1}, agency_one, batch_number, {}, std::vector<Bet>{some_bet},
                            some_sha256, {});
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

std::string PostgresqlLedgerTest::ask(const std::string& sql) {
  Connection connection(database_, is_over_, soon());
  const postgresql::Rows rows = connection.query(sql.c_str(), soon());
  return rows.count() == 0 ? "" : std::string(rows.text(0, 0));
}

void PostgresqlLedgerTest::run(const std::string& script) {
  Connection(database_, is_over_, soon()).execute_script(script, soon());
}

void PostgresqlLedgerTest::end_other_sessions() {
  run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
      "WHERE pid <> pg_backend_pid() AND datname = current_database()");
}

WithoutReplica::~WithoutReplica() {
  try {
    wait_for_replicas("");
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what();
  }
}

void WithoutReplica::wait_for_replicas(const std::string& names) {
  run("ALTER SYSTEM SET synchronous_standby_names = '" + names + "'");
  ask("SELECT pg_reload_conf()");
  wait_until([&] { return ask("SHOW synchronous_standby_names") == names; });
}

std::string WithoutReplica::waiting_session(const std::string& other_than) {
  std::string pid;
  while (pid.empty()) {
    pid =
        ask("SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep' "
            "AND datname = current_database() AND pid <> " +
            other_than);
  }
  return pid;
}

}  // namespace lottery::test
