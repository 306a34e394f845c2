#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <filesystem>

#include "service/storage/findings.h"

namespace lottery {

/// Checks a database without changing it: SQLite's own integrity check; the schema; every draw's
/// books against its rows, batch by batch; that each bet can be read back as it was sent, belongs
/// to one batch, and that none is missing between batches; and the winners of every draw against
/// its bets. The bets are read once, in the order of their ids. A service may be writing meanwhile;
/// the check sees the state of the database at its start.
///
/// `say` receives one line for each thing checked, with the result, and one line for each foreign
/// but harmless object in the schema (see SchemaComparison). Returns true if nothing is wrong.
/// Throws DatabaseError if the file is not a lottery's database of the current version, or can't be
/// read.
bool verify_database(const std::filesystem::path& path, const Say& say);

/// The same for an open database of a lottery with the schema of `version`, which may be older than
/// the current one. The books and the winners of an older version are not checked, and `say` is
/// told so. Throws SQLite::Exception if the database can't be read.
bool verify_database(SQLite::Database& database, std::int32_t version, const Say& say);

}  // namespace lottery
