#pragma once

#include <filesystem>

#include "service/storage/postgresql/postgresql_settings.h"
#include "service/storage/sqlite/backup.h"

namespace lottery {

/// Writes a consistent copy of a ledger in PostgreSQL to the new file `copy`, and verifies it. The
/// copy is a SQLite database of the current version, as a backup of a SQLite ledger is. Services
/// may run meanwhile, and do not wait. Bets get new ids, agency by agency.
///
/// The file's mode is 0640. Throws like back_up_database, and std::runtime_error if the PostgreSQL
/// database can't be reached or read, or has the schema of another version.
Backup export_ledger(const PostgresqlSettings& from, const std::filesystem::path& copy,
                     const Say& say);

/// Writes such a copy to `descriptor`, as stream_backup does. The copy is first made in the folder
/// for temporary files, with mode 0600.
bool stream_export(const PostgresqlSettings& from, int descriptor, const Say& say);

}  // namespace lottery
