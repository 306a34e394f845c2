#pragma once

#include <SQLiteCpp/Database.h>

#include <optional>
#include <string>

namespace lottery {

/// Compares every row of every table in two databases, value by value, in the tables' own order.
/// Virtual tables are compared through the tables that store their content. Returns a sentence
/// about the first difference, or nothing if there is none. Throws SQLite::Exception.
std::optional<std::string> first_difference(SQLite::Database& one, SQLite::Database& other);

}  // namespace lottery
