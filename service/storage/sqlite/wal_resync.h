#pragma once

#include <SQLiteCpp/Database.h>

#include "service/storage/sqlite/open_file.h"

namespace lottery {

/// Makes durable what another process has left in the WAL, which may never have been synced.
///
/// A sync is not enough. After a failed sync, the kernel takes the pages for clean that it could
/// not write, and the next sync succeeds although the disk does not hold them. So everything is
/// written anew before it is synced: the same bytes at the same offsets, which readers don't
/// notice. This includes the database's pages that the WAL has: if another program has kept the
/// -shm, then SQLite's next checkpoint does not copy those that were copied before, synced or not.
///
/// Then a checkpoint copies what it can. If another program reads an old state, the rest is left to
/// the Checkpointer, and nothing is lost by it.
///
/// `connection` must be in WAL mode and in no transaction; `database` is the file that it has open.
/// Other writers and checkpoints are kept out meanwhile. Throws SQLite::Exception, with SQLITE_BUSY
/// if another program writes or checkpoints for longer than `connection` waits, and
/// std::system_error.
void resync_wal(SQLite::Database& connection, const OpenFile& database);

}  // namespace lottery
