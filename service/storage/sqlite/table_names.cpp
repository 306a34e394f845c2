#include "service/storage/sqlite/table_names.h"

#include <SQLiteCpp/Statement.h>

namespace lottery {

std::vector<std::string> stored_tables_of(SQLite::Database& database) {
  std::vector<std::string> tables;
  SQLite::Statement query(database, R"sql(
      SELECT name
      FROM pragma_table_list
      WHERE schema = 'main' AND type IN ('table', 'shadow')
      ORDER BY name)sql");
  while (query.executeStep()) tables.push_back(query.getColumn(0).getString());
  return tables;
}

std::string quoted_name(const std::string& name) {
  std::string text = "\"";
  for (const char letter : name) {
    if (letter == '"') text += letter;
    text += letter;
  }
  return text + '"';
}

}  // namespace lottery
