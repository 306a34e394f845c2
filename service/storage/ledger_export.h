#pragma once

#include <filesystem>

#include "service/storage/postgresql/postgresql_settings.h"
#include "service/storage/sqlite/backup.h"

namespace lottery {

/// Writes a consistent copy of a PostgreSQL ledger to the new file `copy`, as a SQLite database of
/// the current schema version, and verifies it. The result is the same kind of file as a backup of
/// a SQLite ledger. Services may run meanwhile, and are not delayed. Bets get new ids, agency by
/// agency.
///
/// The file's mode is 0640. Throws like back_up_database, and throws std::runtime_error if the
/// PostgreSQL database can't be reached or read, or has another schema version.
Backup export_ledger(const PostgresqlSettings& from, const std::filesystem::path& copy,
                     const Say& say);

/// Writes such a copy to `descriptor`, as stream_backup does. The copy is first made in the folder
/// for temporary files, with mode 0600.
bool stream_export(const PostgresqlSettings& from, int descriptor, const Say& say);

}  // namespace lottery
