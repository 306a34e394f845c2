#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <span>
#include <string_view>

/// The steps from an empty database to the schema of today: the files of migrations/sqlite/,
/// carried inside the program. A database says in its user_version how many of them it has had.
namespace lottery {

struct Migration {
  std::int32_t version = 0;  ///< from 1, with no gap
  std::string_view name;     ///< of its file
  std::string_view sql;
};

/// All of them, in the order of their versions.
std::span<const Migration> migrations();

/// Applies those steps of `steps` that `database` has not had, each in a transaction of its own.
/// Throws SQLite::Exception if one fails. The steps before it stay applied.
void migrate(SQLite::Database& database, std::span<const Migration> steps);

}  // namespace lottery
