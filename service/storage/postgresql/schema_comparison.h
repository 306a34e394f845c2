#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "service/storage/postgresql/connection.h"

namespace lottery::postgresql {

/// How a database's schema differs from what the migrations make.
struct SchemaComparison {
  std::int64_t objects = 0;  ///< how many the migrations make

  /// What is missing, is another, or can change or refuse what the service stores: a trigger or
  /// rule on its tables, a constraint, a unique index, or a column that may not be NULL.
  std::vector<std::string> changes{};

  /// What is there in addition and can do none of this: a table, a view, an index.
  std::vector<std::string> additions{};
};

/// Compares the schema that the connection uses (current_schema()) with that of the migrations,
/// which it applies to a schema of its own in a transaction that it rolls back. The connection's
/// role needs the right to create schemas. Throws StatementFailed, with 42501 if it has no such
/// right and 25006 if the server only reads, and ConnectionLost.
SchemaComparison compare_schema(Connection& connection);

}  // namespace lottery::postgresql
