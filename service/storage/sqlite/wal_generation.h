#pragma once

#include <SQLiteCpp/Database.h>

#include <array>

namespace lottery {

/// Which WAL this is: its sequence number and its salts, which change each time it begins anew
/// (SQLite, "WAL-mode File Format", 4.1).
using WalGeneration = std::array<unsigned char, 12>;

/// The generation of the WAL that `connection` has open; zeros if it is empty. Throws
/// SQLite::Exception.
WalGeneration wal_generation(SQLite::Database& connection);

/// Writes page 1 with a higher change counter, and no other change. `connection` must be in no
/// transaction, and have a database of the current version. Throws SQLite::Exception.
void raise_change_counter(SQLite::Database& connection);

/// Copies what the WAL holds into the database, and syncs both. Returns false if that is not all:
/// somebody reads an older state, or another checkpoint is under way. Throws SQLite::Exception.
bool copy_whole_wal(SQLite::Database& connection);

}  // namespace lottery
