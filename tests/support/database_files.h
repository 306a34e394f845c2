#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

namespace lottery::test {

/// The names of the entries of a folder.
std::set<std::string> names_in(const std::filesystem::path& folder);

/// All mode bits that any regular file in the folder has.
unsigned int modes_in(const std::filesystem::path& folder);

/// The number of bets with this document in the database that SQLite opens at `path`.
std::int64_t bets_with(const std::filesystem::path& path, const std::string& document);

/// Creates a database with the first version of the schema, and migrates it to `version`. It
/// contains an open draw with two agencies, three bets in two batches, the closed books of agency
/// 2, and `more_bets` bets that are in no batch.
void make_old_database(const std::filesystem::path& path, int version, int more_bets = 0);

}  // namespace lottery::test
