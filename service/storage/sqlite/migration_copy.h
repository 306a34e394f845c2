#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <filesystem>

namespace lottery {

/// Keeps a copy of a database beside it, before migrations change it: for `bets.db` that is to get
/// version 4, `bets.db.before-version-4`, or -2, -3 and so on behind that if another copy has the
/// name. If a copy that is there already holds the same, there is no second one.
///
/// The copy is in rollback mode, and no more open than the database. SQLite's integrity_check and
/// foreign_key_check have passed it, all rows of all tables were compared with those of `database`,
/// and it has been synced, when it gets its name.
///
/// `database` is open on the file `path` and has no transaction, and this process alone may migrate
/// it. Throws DatabaseError if the copy can't be made; nothing has changed
/// then.
void keep_copy_before_migration(SQLite::Database& database, const std::filesystem::path& path,
                                std::int32_t version);

}  // namespace lottery
