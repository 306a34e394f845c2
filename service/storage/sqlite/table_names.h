#pragma once

#include <SQLiteCpp/Database.h>

#include <string>
#include <vector>

namespace lottery {

/// The names of all tables that store rows, in order. Includes SQLite's own tables, but no virtual
/// tables. Throws SQLite::Exception.
std::vector<std::string> stored_tables_of(SQLite::Database& database);

/// `name` quoted as an SQL identifier.
std::string quoted_name(const std::string& name);

}  // namespace lottery
