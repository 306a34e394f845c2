#pragma once

#include <SQLiteCpp/Database.h>

#include <optional>
#include <string>

namespace lottery {

/// Compares every row of every table in two databases, value by value, in the order in which the
/// tables store them. Of virtual tables, the tables that store their content are compared. Returns
/// a sentence about the first difference, or nothing if there is none. Throws SQLite::Exception.
std::optional<std::string> first_difference(SQLite::Database& one, SQLite::Database& other);

}  // namespace lottery
