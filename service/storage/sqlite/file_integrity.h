#pragma once

#include <SQLiteCpp/Database.h>

#include <set>
#include <string>
#include <vector>

namespace lottery {

/// The result of SQLite's own checks of a database file.
struct FileIntegrity {
  std::vector<std::string> problems;  ///< in the file and in the given tables

  /// Findings in other tables: rows that violate the tables' own rules, and tables that SQLite
  /// can't check because this program lacks a function or collation that they use.
  std::vector<std::string> elsewhere;
};

/// Runs SQLite's integrity_check on the whole file, and its foreign_key_check on `tables`. Throws
/// SQLite::Exception if the file is too damaged to run them.
FileIntegrity check_integrity(SQLite::Database& database, const std::set<std::string>& tables);

}  // namespace lottery
