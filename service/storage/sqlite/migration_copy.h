#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <filesystem>

namespace lottery {

/// Keeps a copy of a database next to it before migrations change it. For `bets.db` that will get
/// version 4, the copy is `bets.db.before-version-4`, with -2, -3 and so on if another copy has
/// that name. If an existing copy has the same content, no new one is made.
///
/// The copy is in rollback mode, and has no more permissions than the database. Before it gets its
/// name, it passes SQLite's integrity_check and foreign_key_check, all rows of all tables are
/// compared with those of `database`, and it is synced.
///
/// `database` must be open on the file `path` and have no transaction, and only this process may
/// migrate it. Throws DatabaseError if the copy can't be made; then nothing has changed.
void keep_copy_before_migration(SQLite::Database& database, const std::filesystem::path& path,
                                std::int32_t version);

}  // namespace lottery
