#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace lottery {

/// The differences between a database's schema and the schema that the migrations make.
struct SchemaComparison {
  std::int64_t objects = 0;      ///< number of objects that the migrations make
  std::set<std::string> tables;  ///< names of the tables among them

  /// Objects that are missing or differ, and additional objects that can change or refuse what the
  /// service stores: a trigger on any table, because its statements can change every table; an
  /// index on the service's tables that is unique, has a condition, or uses an expression or a
  /// custom collation; a foreign key to the service's tables.
  std::vector<std::string> changes;

  /// Additional objects that can do none of this, for example `index names on bets`, `view totals`,
  /// `table _litestream_seq`. Objects that SQLite itself adds (sqlite_stat1) are not included.
  std::vector<std::string> additions;
};

/// Compares the schema of `database` with that of the first `version` migrations. Throws
/// SQLite::Exception.
SchemaComparison compare_schema(SQLite::Database& database, std::int32_t version);

}  // namespace lottery
