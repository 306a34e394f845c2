#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "network/deadline.h"
#include "service/storage/postgresql/connection.h"

/// The steps from an empty database to the current schema: the files of migrations/postgresql/,
/// embedded in the program. The table schema_version has the number of steps that the database has
/// had.
namespace lottery::postgresql {

struct Migration {
  std::int32_t version = 0;  ///< counted from 1, without gaps
  std::string_view name;     ///< of the file
  std::string_view sql;
};

/// All migrations, in the order of their versions.
std::span<const Migration> migrations();

/// The number of steps that the database has had; 0 if it is empty. Throws StatementFailed and
/// ConnectionLost.
std::int32_t schema_version(Connection& connection, Deadline deadline);

/// Applies the steps that the database has not had, each in its own transaction. Each step is
/// applied only once, even if several services do this at the same time. Throws ServerRefused if
/// the database has had steps that this program does not know; also throws StatementFailed and
/// ConnectionLost.
void migrate(Connection& connection, Deadline deadline);

}  // namespace lottery::postgresql
