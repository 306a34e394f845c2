#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

namespace lottery::test {

/// The names in a folder.
std::set<std::string> names_in(const std::filesystem::path& folder);

/// The mode bits that any regular file in the folder has.
unsigned int modes_in(const std::filesystem::path& folder);

/// How many bets with this document are in the database that SQLite finds at `path`.
std::int64_t bets_with(const std::filesystem::path& path, const std::string& document);

/// Makes a database as the first version of the schema had it, and brings it to `version`. It has
/// an open draw with two agencies, three bets in two batches, and the closed books of agency 2.
/// Then come `more_bets` bets in no batch.
void make_old_database(const std::filesystem::path& path, int version, int more_bets = 0);

}  // namespace lottery::test
