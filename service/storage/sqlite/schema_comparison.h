#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace lottery {

/// How a database's schema differs from what the migrations make.
struct SchemaComparison {
  std::int64_t objects = 0;      ///< how many the migrations make
  std::set<std::string> tables;  ///< the names of the tables among them

  /// What is missing, is another, or can change or refuse what the service stores: a trigger, for
  /// its statements can reach every table, whichever it is on; an index on its tables that is
  /// unique, has a condition, or holds an expression or a collation of somebody's own; a foreign
  /// key to its tables.
  std::vector<std::string> changes;

  /// What is there in addition and can do none of this: `index names on bets`, `view totals`,
  /// `table _litestream_seq`. What SQLite itself adds (sqlite_stat1) is not among them.
  std::vector<std::string> additions;
};

/// Compares the schema of `database` with that of the first `version` migrations. Throws
/// SQLite::Exception.
SchemaComparison compare_schema(SQLite::Database& database, std::int32_t version);

}  // namespace lottery
