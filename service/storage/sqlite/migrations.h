#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <span>
#include <string_view>

/// The steps from an empty database to the current schema: the files of migrations/sqlite/,
/// embedded in the program. A database's user_version says how many of them it has had.
namespace lottery {

struct Migration {
  std::int32_t version = 0;  ///< from 1, without gaps
  std::string_view name;     ///< of its file
  std::string_view sql;
};

/// All steps, in the order of their versions.
std::span<const Migration> migrations();

/// Applies those of `steps` that `database` has not had, each in its own transaction. Throws
/// SQLite::Exception if one fails; the steps before it remain applied.
void migrate(SQLite::Database& database, std::span<const Migration> steps);

}  // namespace lottery
