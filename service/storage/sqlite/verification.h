#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <filesystem>

#include "service/storage/findings.h"

namespace lottery {

/// Checks a database without changing or serving it: SQLite's own integrity check; the schema;
/// every draw's books against its rows, batch by batch; that each bet can be read back as it was
/// sent, is in one batch, and that none is missing between them; and the winners of every draw
/// against its bets. The bets are read once, from the first to the last. A service may be writing
/// to the database meanwhile: what is checked is its state when the check began.
///
/// `say` gets one line for each thing that was checked, with what was found, and one line for each
/// object in the schema that is not the lottery's and harmless (see SchemaComparison). Returns true
/// if nothing is wrong. Throws DatabaseError if the file is not a lottery's database of the current
/// version, or can't be read.
bool verify_database(const std::filesystem::path& path, const Say& say);

/// The same for a lottery's database that is open and has the schema of `version`, which may be
/// older than the current one. The books and the winners of an older version are not checked, and
/// `say` is told so. Throws SQLite::Exception if the database can't be read.
bool verify_database(SQLite::Database& database, std::int32_t version, const Say& say);

}  // namespace lottery
