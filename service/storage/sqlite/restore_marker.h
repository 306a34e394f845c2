#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace lottery {

/// While a restore replaces the files of a database, the new database is next to it as
/// `bets.db.restoring-20261126T101500Z`. Until that file is renamed to `bets.db`, the old files are
/// being renamed one by one, so nobody may use them.
std::filesystem::path restore_marker(const std::filesystem::path& database,
                                     const std::string& time);

/// The time in the name of the marker next to the database, if there is one. The database's path
/// must contain no symbolic link. Throws std::filesystem::filesystem_error if the folder can't be
/// read.
std::optional<std::string> time_of_unfinished_restore(const std::filesystem::path& database);

/// Throws DatabaseError if there is a marker next to the database. The database's path must contain
/// no symbolic link.
void refuse_unfinished_restore(const std::filesystem::path& database);

}  // namespace lottery
