#pragma once

#include <SQLiteCpp/Database.h>

#include <array>

namespace lottery {

/// Identifies a WAL: its sequence number and its salts, which change each time it restarts (SQLite,
/// "WAL-mode File Format", 4.1).
using WalGeneration = std::array<unsigned char, 12>;

/// The generation of the WAL that `connection` has open; zeros if the WAL is empty. Throws
/// SQLite::Exception.
WalGeneration wal_generation(SQLite::Database& connection);

/// Writes page 1 with a higher change counter, and without other changes. `connection` must have no
/// transaction, and a database of the current version. Throws SQLite::Exception.
void raise_change_counter(SQLite::Database& connection);

/// Copies the WAL into the database, and syncs both. Returns false if not everything was copied,
/// because somebody reads an older state or another checkpoint is running. Throws
/// SQLite::Exception.
bool copy_whole_wal(SQLite::Database& connection);

}  // namespace lottery
