#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace lottery {

/// The name of the new database beside the old one while a restore replaces the files:
/// `bets.db.restoring-20261126T101500Z`. Until the new database is renamed to `bets.db`, the old
/// files may be renamed one by one, so nobody may use them.
std::filesystem::path restore_marker(const std::filesystem::path& database,
                                     const std::string& time);

/// The time in the name of the marker beside the database, if there is one. The database's path
/// must not contain a link. Throws std::filesystem::filesystem_error if the folder can't be read.
std::optional<std::string> time_of_unfinished_restore(const std::filesystem::path& database);

/// Throws DatabaseError if there is a marker beside the database. The database's path must not
/// contain a link.
void refuse_unfinished_restore(const std::filesystem::path& database);

}  // namespace lottery
