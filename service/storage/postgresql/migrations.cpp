#include "service/storage/postgresql/migrations.h"

#include <string>

#include "service/storage/postgresql/errors.h"

namespace lottery::postgresql {
namespace {

void apply(Connection& connection, const Migration& step, Deadline deadline) {
  const std::string version = std::to_string(step.version);
  // If a step fails, its transaction ends with the connection.
  connection.execute_script("BEGIN", deadline);
  connection.execute_script(std::string(step.sql), deadline);
  connection.execute_script("UPDATE schema_version SET version = " + version + "; COMMIT",
                            deadline);
}

}  // namespace

std::int32_t schema_version(Connection& connection, Deadline deadline) {
  const Rows table = connection.query("SELECT to_regclass('schema_version') IS NOT NULL", deadline);
  if (!table.is_true(0, 0)) return 0;
  const Rows version = connection.query("SELECT max(version) FROM schema_version", deadline);
  return static_cast<std::int32_t>(version.number(0, 0));
}

void migrate(Connection& connection, Deadline deadline) {
  // The lock ends with the connection in any case.
  connection.query("SELECT pg_advisory_lock(7573, 0)", deadline);
  const std::int32_t version = schema_version(connection, deadline);
  const std::int32_t newest = migrations().back().version;
  if (version > newest) {
    throw ServerRefused("the database has schema version " + std::to_string(version) +
                        ", but this program knows only versions up to " + std::to_string(newest));
  }
  for (const Migration& step : migrations()) {
    if (step.version > version) apply(connection, step, deadline);
  }
  connection.query("SELECT pg_advisory_unlock(7573, 0)", deadline);
}

}  // namespace lottery::postgresql
