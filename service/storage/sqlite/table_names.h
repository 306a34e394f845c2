#pragma once

#include <SQLiteCpp/Database.h>

#include <string>
#include <vector>

namespace lottery {

/// The names of all tables that store rows, in order. This includes SQLite's own tables, but not
/// virtual tables. Throws SQLite::Exception.
std::vector<std::string> stored_tables_of(SQLite::Database& database);

/// `name` quoted for SQL, whatever it contains.
std::string quoted_name(const std::string& name);

}  // namespace lottery
