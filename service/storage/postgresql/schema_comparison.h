#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "service/storage/postgresql/connection.h"

namespace lottery::postgresql {

/// The differences between a database's schema and the schema that the migrations make.
struct SchemaComparison {
  std::int64_t objects = 0;  ///< number of objects that the migrations make

  /// Objects that are missing or differ, and additional objects that can change or refuse what the
  /// service stores: on its tables, a trigger, rule, constraint, unique index, or column that may
  /// not be NULL.
  std::vector<std::string> changes{};

  /// Additional objects that can do none of this: a table, a view, an index.
  std::vector<std::string> additions{};
};

/// Compares the schema that the connection uses (current_schema()) with the schema of the
/// migrations. For that, it applies the migrations to a temporary schema, in a transaction that it
/// rolls back. The connection's role needs the right to create schemas. Throws StatementFailed,
/// with 42501 if it has no such right and with 25006 if the server is read-only; also throws
/// ConnectionLost.
SchemaComparison compare_schema(Connection& connection);

}  // namespace lottery::postgresql
