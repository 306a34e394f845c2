#include "service/storage/ledger_export.h"

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Transaction.h>

#include <atomic>
#include <cstdint>
#include <stdexcept>

#include "service/storage/ledger_copy.h"
#include "service/storage/postgresql/connection.h"
#include "service/storage/postgresql/patience.h"
#include "service/storage/postgresql/postgresql_stored_rows.h"
#include "service/storage/postgresql/verification.h"
#include "service/storage/sqlite/database_error.h"
#include "service/storage/sqlite/database_file.h"
#include "service/storage/sqlite/sqlite_new_rows.h"

namespace lottery {
namespace {

/// Fills the empty file at `path` with the ledger's rows.
void fill(const PostgresqlSettings& from, const std::filesystem::path& path) {
  const std::atomic<bool> is_over = false;
  postgresql::Connection connection(from.connection, is_over, postgresql::patience::deadline());
  postgresql::check_version(connection);
  connection.execute_script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
                            postgresql::patience::deadline());
  with_database_errors(path, [&] {
    SQLite::Database copy(path.string(), SQLite::OPEN_READWRITE);
    // No sync needed: nobody reads the file before it is complete and synced as a whole.
    copy.exec("PRAGMA synchronous = OFF");
    create_ledger(copy);
    SQLite::Transaction transaction(copy);
    postgresql::PostgresqlStoredRows rows(connection);
    SqliteNewRows new_rows(copy);
    copy_ledger(rows, new_rows, [](std::int64_t, std::int64_t) {});
    transaction.commit();
  });
}

}  // namespace

Backup export_ledger(const PostgresqlSettings& from, const std::filesystem::path& copy,
                     const Say& say) {
  return write_backup(
      copy, FileAccess{}, [&](const std::filesystem::path& path) { fill(from, path); }, say);
}

bool stream_export(const PostgresqlSettings& from, int descriptor, const Say& say) {
  return write_backup_to(
      descriptor, std::filesystem::temp_directory_path() / "lottery.backup",
      FileAccess{.mode = 0600, .owner = {}, .group = {}},
      [&](const std::filesystem::path& path) { fill(from, path); }, say);
}

}  // namespace lottery
