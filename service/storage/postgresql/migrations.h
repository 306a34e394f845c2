#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "network/deadline.h"
#include "service/storage/postgresql/connection.h"

/// The steps from an empty database to the schema of today: the files of migrations/postgresql/,
/// carried inside the program. A database says in its table schema_version how many of them it has
/// had.
namespace lottery::postgresql {

struct Migration {
  std::int32_t version = 0;  ///< from 1, with no gap
  std::string_view name;     ///< of its file
  std::string_view sql;
};

/// All of them, in the order of their versions.
std::span<const Migration> migrations();

/// How many steps the database has had; 0 if it is empty. Throws StatementFailed and
/// ConnectionLost.
std::int32_t schema_version(Connection& connection, Deadline deadline);

/// Applies the steps that the database has not had, each in a transaction of its own, and once,
/// however many services do this at the same moment. Throws ServerRefused if the database has had
/// steps that this program does not know; StatementFailed and ConnectionLost.
void migrate(Connection& connection, Deadline deadline);

}  // namespace lottery::postgresql
