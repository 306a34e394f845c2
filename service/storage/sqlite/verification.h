#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <filesystem>

#include "service/storage/findings.h"

namespace lottery {

/// Checks a database without changing or serving it: SQLite's integrity check; the schema; every
/// draw's books against its rows, batch by batch; that each bet can be read back as it was sent and
/// is in exactly one batch, and that no bet is missing between batches; and the winners of every
/// draw against its bets. The bets are read once, in order. A service may write to the database
/// meanwhile: the check covers the state at its beginning.
///
/// `say` receives one line for each checked item, with the result, and one line for each harmless
/// object in the schema that is not the lottery's (see SchemaComparison). Returns true if nothing
/// is wrong. Throws DatabaseError if the file is not a lottery's database of the current version,
/// or can't be read.
bool verify_database(const std::filesystem::path& path, const Say& say);

/// The same check for an open lottery's database that has the schema of `version`, which may be
/// older than the current one. Books and winners of older versions are not checked; `say` is told
/// so. Throws SQLite::Exception if the database can't be read.
bool verify_database(SQLite::Database& database, std::int32_t version, const Say& say);

}  // namespace lottery
