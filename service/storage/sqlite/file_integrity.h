#pragma once

#include <SQLiteCpp/Database.h>

#include <set>
#include <string>
#include <vector>

namespace lottery {

/// The results of SQLite's own checks of a database file.
struct FileIntegrity {
  std::vector<std::string> problems;  ///< in the file, or in the requested tables

  /// Problems of other tables: rows that violate the table's constraints, and tables that SQLite
  /// can't check because they need a function or a collation that this program does not have.
  std::vector<std::string> elsewhere;
};

/// Runs SQLite's integrity_check on the whole file, and its foreign_key_check on `tables`. Throws
/// SQLite::Exception if the file is too damaged to run them.
FileIntegrity check_integrity(SQLite::Database& database, const std::set<std::string>& tables);

}  // namespace lottery
