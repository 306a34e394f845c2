#include "service/storage/sqlite/file_integrity.h"

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <sqlite3.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "service/storage/sqlite/table_names.h"

namespace lottery {
namespace {

/// The pragma's findings, one per line.
std::vector<std::string> findings_of(SQLite::Database& database, const std::string& pragma) {
  std::vector<std::string> findings;
  SQLite::Statement check(database, "PRAGMA " + pragma);
  while (check.executeStep()) {
    std::string finding;
    for (int i = 0; i < check.getColumnCount(); ++i) {
      if (i != 0) finding += ' ';
      finding += check.getColumn(i).getString();
    }
    if (finding != "ok") findings.push_back(std::move(finding));
  }
  return findings;
}

std::vector<std::string> integrity_of(SQLite::Database& database, const std::string& table) {
  return findings_of(database, "integrity_check(" + quoted_name(table) + ")");
}

/// Runs integrity_check on the whole file. Returns nothing if that can't be done, which a single
/// table can cause.
std::optional<std::vector<std::string>> integrity_of_all(SQLite::Database& database) {
  try {
    return findings_of(database, "integrity_check");
  } catch (const SQLite::Exception& error) {
    // This code also means that a table needs a collation or a function that this program does not
    // have.
    if (error.getErrorCode() != SQLITE_ERROR) throw;
    return {};
  }
}

}  // namespace

FileIntegrity check_integrity(SQLite::Database& database, const std::set<std::string>& tables) {
  FileIntegrity integrity;
  const auto add = [](std::vector<std::string>& to, const std::string& check,
                      const std::string& finding) {
    to.push_back("SQLite's " + check + ": " + finding);
  };
  const std::vector<std::string> stored_tables = stored_tables_of(database);
  const auto whole = integrity_of_all(database);
  if (!whole || !whole->empty()) {
    // Checks each table alone, to assign the findings. Findings that no table has belong to the
    // file.
    std::vector<std::string> rest = whole.value_or(std::vector<std::string>());
    for (const std::string& table : stored_tables) {
      const bool is_asked_about = tables.contains(table) || table.starts_with("sqlite_");
      try {
        for (const std::string& finding : integrity_of(database, table)) {
          std::erase(rest, finding);
          add(is_asked_about ? integrity.problems : integrity.elsewhere, "integrity_check",
              finding);
        }
      } catch (const SQLite::Exception& error) {
        if (is_asked_about) throw;
        add(integrity.elsewhere, "integrity_check", table + ": " + error.what());
      }
    }
    for (const std::string& finding : rest) add(integrity.problems, "integrity_check", finding);
  }
  for (const std::string& table : stored_tables) {
    if (!tables.contains(table)) continue;
    for (const std::string& finding :
         findings_of(database, "foreign_key_check(" + quoted_name(table) + ")")) {
      add(integrity.problems, "foreign_key_check", finding);
    }
  }
  return integrity;
}

}  // namespace lottery
