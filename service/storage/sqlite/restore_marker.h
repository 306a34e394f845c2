#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace lottery {

/// While a restore replaces the files of a database, the new database is beside it as
/// `bets.db.restoring-20261126T101500Z`. Until it is renamed to `bets.db`, the files of the old
/// database may be on their way to their new names one by one, so nobody may use them.
std::filesystem::path restore_marker(const std::filesystem::path& database,
                                     const std::string& time);

/// The time in the name of the marker that is beside the database, if there is one. No link may be
/// in the database's path. Throws std::filesystem::filesystem_error if the folder can't be read.
std::optional<std::string> time_of_unfinished_restore(const std::filesystem::path& database);

/// Throws DatabaseError if there is a marker beside the database. No link may be in the database's
/// path.
void refuse_unfinished_restore(const std::filesystem::path& database);

}  // namespace lottery
