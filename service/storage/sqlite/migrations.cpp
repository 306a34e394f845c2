#include "service/storage/sqlite/migrations.h"

#include <SQLiteCpp/Transaction.h>

#include <string>

#include "service/storage/sqlite/lines_sha256.h"

namespace lottery {

void migrate(SQLite::Database& database, std::span<const Migration> steps) {
  add_lines_sha256(database);  // for step 3
  const std::int32_t had = database.execAndGet("PRAGMA user_version").getInt();
  for (const Migration& step : steps) {
    if (step.version <= had) continue;
    SQLite::Transaction transaction(database, SQLite::TransactionBehavior::IMMEDIATE);
    database.exec(std::string(step.sql));
    database.exec("PRAGMA user_version = " + std::to_string(step.version));
    transaction.commit();
  }
}

}  // namespace lottery
