#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "service/storage/postgresql/connection.h"

namespace lottery::postgresql {

/// How a database's schema differs from the schema that the migrations create.
struct SchemaComparison {
  std::int64_t objects = 0;  ///< number of objects that the migrations create

  /// Objects that are missing or different, or that can change or reject what the service stores: a
  /// trigger or rule on the lottery's tables, a constraint, a unique index, or a NOT NULL column.
  std::vector<std::string> changes{};

  /// Additional objects that can do none of this: a table, a view, an index.
  std::vector<std::string> additions{};
};

/// Compares the schema that the connection uses (current_schema()) with the schema of the
/// migrations, which are applied to a temporary schema in a transaction that is rolled back. The
/// connection's role needs the right to create schemas. Throws ConnectionLost, and StatementFailed:
/// with 42501 if the role lacks that right, and with 25006 if the server is read-only.
SchemaComparison compare_schema(Connection& connection);

}  // namespace lottery::postgresql
