#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "network/deadline.h"
#include "service/storage/postgresql/connection.h"

/// The steps from an empty database to the current schema: the files of migrations/postgresql/,
/// embedded in the program. The table schema_version says how many of them a database has had.
namespace lottery::postgresql {

struct Migration {
  std::int32_t version = 0;  ///< from 1, without gaps
  std::string_view name;     ///< of its file
  std::string_view sql;
};

/// All steps, in the order of their versions.
std::span<const Migration> migrations();

/// The number of steps that the database has had; 0 if it is empty. Throws StatementFailed and
/// ConnectionLost.
std::int32_t schema_version(Connection& connection, Deadline deadline);

/// Applies the steps that the database has not had, each in its own transaction. If several
/// services do this at once, each step is applied once. Throws ServerRefused if the database has
/// had steps that this program does not know; throws StatementFailed and ConnectionLost.
void migrate(Connection& connection, Deadline deadline);

}  // namespace lottery::postgresql
