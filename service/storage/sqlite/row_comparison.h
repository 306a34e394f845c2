#pragma once

#include <SQLiteCpp/Database.h>

#include <optional>
#include <string>

namespace lottery {

/// Compares every row of every table in two databases, value by value, in the order in which the
/// tables keep them. Virtual tables are compared by the tables that they keep their content in.
/// Returns a sentence about the first difference, and nothing if there is none. Throws
/// SQLite::Exception.
std::optional<std::string> first_difference(SQLite::Database& one, SQLite::Database& other);

}  // namespace lottery
