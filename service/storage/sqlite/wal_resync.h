#pragma once

#include <SQLiteCpp/Database.h>

#include "service/storage/sqlite/open_file.h"

namespace lottery {

/// Makes durable what another process has left in the WAL. It may never have been synced.
///
/// A sync is not enough. After a failed sync, the kernel marks the pages that it could not write as
/// clean, and the next sync succeeds although the disk does not hold them. So everything is
/// rewritten before it is synced: the same bytes at the same offsets, which readers do not notice.
/// This includes the database pages that the WAL contains: if another program has kept the -shm,
/// SQLite's next checkpoint does not copy pages that were copied before, synced or not.
///
/// Then a checkpoint copies as much as possible. If another program reads an old state, the
/// Checkpointer copies the rest later, and nothing is lost.
///
/// `connection` must be in WAL mode and have no transaction; `database` is the file that it has
/// open. Other writers and checkpoints are kept out meanwhile. Throws SQLite::Exception (with
/// SQLITE_BUSY if another program writes or checkpoints for longer than `connection` waits) and
/// std::system_error.
void resync_wal(SQLite::Database& connection, const OpenFile& database);

}  // namespace lottery
