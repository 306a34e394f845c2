#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "service/storage/findings.h"

namespace lottery {

/// The result of a restore.
struct Restored {
  std::int64_t draws = 0;
  std::int64_t bets = 0;
  std::int32_t version = 0;  ///< of its schema
  /// The new names of the files that were there before: the database first, if there was one.
  std::vector<std::filesystem::path> before;
};

/// Replaces the database at `path` with a copy of the database in the file `from` or, if `from` is
/// `-`, in standard input. A file with a WAL or journal next to it is read through SQLite; any
/// other file is copied byte by byte.
///
/// 1. The copy is made next to the database, put into rollback mode, verified as by
///    verify_database, and synced. If anything is wrong, it is deleted, and nothing has changed.
/// 2. The copy gets a name that tells every service that a restore is in progress
///    (restore_marker.h).
/// 3. The previous files (`bets.db`, `bets.db-wal`, `bets.db-journal`) are renamed one by one to
///    `bets.db.before-restore-20261126T101500Z` with the same endings, so that SQLite can open them
///    there. Only `bets.db-shm`, which holds no data, is deleted. So a WAL is never next to a
///    database that it does not belong to.
/// 4. The copy is renamed to `bets.db`, and the folder is synced.
///
/// If the process is killed before step 2 or after step 4, the database is usable. In between, no
/// service starts, and the next restore first completes this one.
///
/// Throws DatabaseError or std::runtime_error with one sentence if another program has the database
/// open; if `from` is not a lottery's database, has a newer version or fails verification; or if a
/// file can't be read or written.
Restored restore_database(const std::filesystem::path& path, const std::string& from,
                          const Say& say);

}  // namespace lottery
