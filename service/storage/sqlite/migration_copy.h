#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <filesystem>

namespace lottery {

/// Keeps a copy of a database beside it before migrations change it. Before `bets.db` gets version
/// 4, the copy is `bets.db.before-version-4`, or has -2, -3 and so on appended if another copy has
/// the name. If an existing copy has the same content, no further one is made.
///
/// The copy is in rollback mode, and its permissions do not exceed the database's. Before it gets
/// its name, it passes SQLite's integrity_check and foreign_key_check, all rows of all tables are
/// compared with `database`, and it is synced.
///
/// `database` must be open on the file `path`, must have no transaction, and only this process may
/// migrate it. Throws DatabaseError if the copy can't be made; nothing has changed then.
void keep_copy_before_migration(SQLite::Database& database, const std::filesystem::path& path,
                                std::int32_t version);

}  // namespace lottery
