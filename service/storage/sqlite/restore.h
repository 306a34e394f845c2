#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "service/storage/findings.h"

namespace lottery {

/// What a restore has done.
struct Restored {
  std::int64_t draws = 0;
  std::int64_t bets = 0;
  std::int32_t version = 0;  ///< of its schema
  /// Where the files are that were there before: the database first, if there was one.
  std::vector<std::filesystem::path> before;
};

/// Replaces the database at `path` with a copy of the database in the file `from`, or, if `from` is
/// `-`, in what standard input gives. A file that has a WAL or a journal beside it is read through
/// SQLite, any other one byte by byte.
///
/// 1. The copy is made beside the database, put into rollback mode, verified as verify_database
///    does, and synced. If anything is wrong, it is deleted, and nothing has changed.
/// 2. The copy gets a name that tells every service that a restore is under way (restore_marker.h).
/// 3. What was there before (`bets.db`, `bets.db-wal`, `bets.db-journal`) is renamed, file by file,
///    to `bets.db.before-restore-20261126T101500Z` with the same endings, so that SQLite can open
///    it there. Only `bets.db-shm`, which holds no data, is deleted. So a WAL is never beside a
///    database that it does not belong to.
/// 4. The copy is renamed to `bets.db`, and the folder is synced.
///
/// A process that is killed before 2 or after 4 leaves a database that can be used. In between, no
/// service starts; the next restore first finishes this one.
///
/// Throws DatabaseError or std::runtime_error, with one sentence: if a service or another program
/// has the database open; if `from` is not a lottery's database, is from a newer version, or fails
/// the verification; if a file can't be read or written.
Restored restore_database(const std::filesystem::path& path, const std::string& from,
                          const Say& say);

}  // namespace lottery
