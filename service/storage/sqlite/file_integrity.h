#pragma once

#include <SQLiteCpp/Database.h>

#include <set>
#include <string>
#include <vector>

namespace lottery {

/// What SQLite's own checks find in a database file.
struct FileIntegrity {
  std::vector<std::string> problems;  ///< in the file, and in the tables that were asked about

  /// In other tables: rows that break their own rules, and tables that need a function or a
  /// collation that this program does not have, so that SQLite can't check them.
  std::vector<std::string> elsewhere;
};

/// Runs SQLite's integrity_check over the whole file, and its foreign_key_check over `tables`.
/// Throws SQLite::Exception if the file is damaged so badly that SQLite can't run them.
FileIntegrity check_integrity(SQLite::Database& database, const std::set<std::string>& tables);

}  // namespace lottery
