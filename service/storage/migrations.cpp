#include "service/storage/migrations.h"

#include <SQLiteCpp/Transaction.h>

#include <string>

namespace lottery {

void migrate(SQLite::Database& database, std::span<const Migration> steps) {
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
