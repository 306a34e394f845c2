#include "service/storage/sqlite/row_comparison.h"

#include <SQLiteCpp/Statement.h>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "service/storage/sqlite/table_names.h"

namespace lottery {
namespace {

using SQLite::Statement;

bool are_equal(const SQLite::Column& one, const SQLite::Column& other) {
  if (one.getType() != other.getType()) return false;
  if (one.isInteger()) return one.getInt64() == other.getInt64();
  if (one.isFloat()) {
    return std::bit_cast<std::uint64_t>(one.getDouble()) ==
           std::bit_cast<std::uint64_t>(other.getDouble());
  }
  const void* const a = one.getBlob();
  const void* const b = other.getBlob();
  const int bytes = one.getBytes();
  return bytes == other.getBytes() &&
         (bytes == 0 || std::memcmp(a, b, static_cast<std::size_t>(bytes)) == 0);
}

bool are_equal(Statement& one, Statement& other) {
  if (one.getColumnCount() != other.getColumnCount()) return false;
  for (;;) {
    const bool has_row = one.executeStep();
    if (has_row != other.executeStep()) return false;
    if (!has_row) return true;
    for (int i = 0; i < one.getColumnCount(); ++i) {
      if (!are_equal(one.getColumn(i), other.getColumn(i))) return false;
    }
  }
}

}  // namespace

std::optional<std::string> first_difference(SQLite::Database& one, SQLite::Database& other) {
  const auto integer = [](SQLite::Database& database, const char* pragma) {
    return database.execAndGet(pragma).getInt();
  };
  for (const char* pragma : {"PRAGMA user_version", "PRAGMA application_id"}) {
    if (integer(one, pragma) != integer(other, pragma)) return "its version or owner differs";
  }
  const std::vector<std::string> tables = stored_tables_of(one);
  if (stored_tables_of(other) != tables) return "its tables differ";
  for (const std::string& table : tables) {
    // Without an index, both are read in the order of the tables' own b-trees.
    const std::string rows = "SELECT * FROM " + quoted_name(table) + " NOT INDEXED";
    Statement of_one(one, rows);
    Statement of_other(other, rows);
    if (!are_equal(of_one, of_other)) return "its rows of the table " + table + " differ";
  }
  return {};
}

}  // namespace lottery
