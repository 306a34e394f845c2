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
  std::int32_t version = 0;  ///< of the restored schema
  /// Where the previous files are now: the database first, if there was one.
  std::vector<std::filesystem::path> before;
};

/// Replaces the database at `path` with a copy of the database in the file `from`, or, if `from` is
/// `-`, from standard input. If a WAL or a journal is beside `from`, it is read through SQLite;
/// otherwise it is copied byte by byte.
///
/// 1. The copy is made beside the database, put into rollback mode, verified as in verify_database,
///    and synced. If anything is wrong, it is deleted, and nothing has changed.
/// 2. The copy gets a name that tells every service that a restore is running (restore_marker.h).
/// 3. The previous files (`bets.db`, `bets.db-wal`, `bets.db-journal`) are renamed, one by one, to
///    `bets.db.before-restore-20261126T101500Z` with the same endings, so that SQLite can open them
///    there. Only `bets.db-shm`, which holds no data, is deleted. So a WAL is never beside a
///    database that it does not belong to.
/// 4. The copy is renamed to `bets.db`, and the folder is synced.
///
/// If the process is killed before step 2 or after step 4, the database can be used. If it is
/// killed in between, no service starts until the next restore, which first completes this one.
///
/// Throws DatabaseError or std::runtime_error, with one sentence: if a service or another program
/// has the database open; if `from` is not a lottery's database, is from a newer version, or fails
/// the verification; if a file can't be read or written.
Restored restore_database(const std::filesystem::path& path, const std::string& from,
                          const Say& say);

}  // namespace lottery
