#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <span>
#include <string_view>

/// The steps from an empty database to the current schema: the files of migrations/sqlite/,
/// embedded in the program. The database's user_version is the number of steps that it has had.
namespace lottery {

struct Migration {
  std::int32_t version = 0;  ///< counted from 1, without gaps
  std::string_view name;     ///< of the file
  std::string_view sql;
};

/// All migrations, in the order of their versions.
std::span<const Migration> migrations();

/// Applies the `steps` that `database` has not had, each in its own transaction. Throws
/// SQLite::Exception if a step fails; earlier steps stay applied.
void migrate(SQLite::Database& database, std::span<const Migration> steps);

}  // namespace lottery
