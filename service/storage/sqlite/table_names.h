#pragma once

#include <SQLiteCpp/Database.h>

#include <string>
#include <vector>

namespace lottery {

/// The names of all tables that keep rows of their own, in order: SQLite's own tables too, and
/// virtual tables not. Throws SQLite::Exception.
std::vector<std::string> stored_tables_of(SQLite::Database& database);

/// `name` as SQL writes it, whatever it holds.
std::string quoted_name(const std::string& name);

}  // namespace lottery
