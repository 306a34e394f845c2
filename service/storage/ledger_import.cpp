#include "service/storage/ledger_import.h"

#include <SQLiteCpp/Database.h>

#include <atomic>
#include <stdexcept>
#include <string>

#include "service/storage/postgresql/connection.h"
#include "service/storage/postgresql/errors.h"
#include "service/storage/postgresql/migrations.h"
#include "service/storage/postgresql/patience.h"
#include "service/storage/postgresql/postgresql_new_rows.h"
#include "service/storage/postgresql/server_checks.h"
#include "service/storage/postgresql/verification.h"
#include "service/storage/sqlite/database_error.h"
#include "service/storage/sqlite/database_file.h"
#include "service/storage/sqlite/migrations.h"
#include "service/storage/sqlite/sqlite_stored_rows.h"
#include "service/storage/sqlite/verification.h"

namespace lottery {
namespace {

using postgresql::Connection;

/// Begins the transaction of the import. No service can use the tables until it ends.
void begin_in_empty_tables(Connection& connection) {
  const Deadline deadline = postgresql::patience::deadline();
  connection.execute_script(
      "SET idle_in_transaction_session_timeout = 0; BEGIN; "
      "LOCK TABLE draws, agencies, agency_locks, batches, uploads, bets, winners",
      deadline);
  const auto rows = connection.query("SELECT count(*) FROM draws", deadline);
  if (rows.number(0, 0) != 0) {
    throw std::runtime_error("the PostgreSQL database is not empty: it has " +
                             counted(rows.number(0, 0), "draw"));
  }
}

void commit(Connection& connection) {
  connection.execute_script("COMMIT", postgresql::patience::for_a_whole_table());
  if (connection.take_not_replicated()) {
    throw std::runtime_error(
        "the import is committed, but may not be replicated, because the server has cancelled its "
        "wait for the replicas");
  }
  // Gives the planner statistics for the service's first queries.
  connection.execute_script("ANALYZE", postgresql::patience::for_a_whole_table());
}

}  // namespace

CopiedRows import_ledger(
    const std::filesystem::path& from, const PostgresqlSettings& to, const Say& say,
    const std::function<void(std::int64_t copied, std::int64_t of)>& progress) {
  return with_database_errors(from, [&] {
    SQLite::Database source = open_to_read(from);
    source.exec("BEGIN");  // one snapshot for everything that follows
    if (!verify_database(source, migrations().back().version, say)) {
      throw std::runtime_error(from.string() + " failed verification; nothing was imported");
    }
    const std::atomic<bool> is_over = false;
    const Deadline deadline = postgresql::patience::deadline();
    Connection connection(to.connection, is_over, deadline);
    postgresql::set_up_session(connection, deadline);
    postgresql::check_server(connection, to.synchronous_replicas, deadline);
    postgresql::migrate(connection, deadline);
    begin_in_empty_tables(connection);
    SqliteStoredRows rows(source);
    postgresql::PostgresqlNewRows new_rows(connection);
    const CopiedRows copied = copy_ledger(rows, new_rows, progress);
    if (!postgresql::verify_rows(connection, say)) {
      throw std::runtime_error("the copy failed verification; nothing was imported");
    }
    commit(connection);
    return copied;
  });
}

}  // namespace lottery
