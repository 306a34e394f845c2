#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace lottery {

/// How a database's schema differs from the schema that the migrations create.
struct SchemaComparison {
  std::int64_t objects = 0;      ///< number of objects that the migrations create
  std::set<std::string> tables;  ///< the names of the tables among them

  /// Objects that are missing or different, or that can change or reject what the service stores:
  /// any trigger (its statements can reach every table); an index on the lottery's tables that is
  /// unique, has a condition, or uses an expression or a foreign collation; a foreign key to the
  /// lottery's tables.
  std::vector<std::string> changes;

  /// Additional objects that can do none of this, for example `index names on bets`, `view totals`
  /// or `table _litestream_seq`. Objects that SQLite itself adds (sqlite_stat1) are not listed.
  std::vector<std::string> additions;
};

/// Compares the schema of `database` with the schema after the first `version` migrations. Throws
/// SQLite::Exception.
SchemaComparison compare_schema(SQLite::Database& database, std::int32_t version);

}  // namespace lottery
