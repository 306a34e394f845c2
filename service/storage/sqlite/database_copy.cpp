#include "service/storage/sqlite/database_copy.h"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

namespace lottery {

void copy_database(SQLite::Database& source, const std::filesystem::path& copy) {
  {
    SQLite::Database target(copy.string(), SQLite::OPEN_READWRITE);
    SQLite::Backup backup(target, source);
    // Copies all pages in one step: if somebody writes between two steps, SQLite starts over.
    constexpr int all_pages = -1;
    const int result = backup.executeStep(all_pages);
    if (result != SQLITE_DONE) throw SQLite::Exception("the source is locked", result);
  }
  make_one_file(copy);
}

void make_one_file(const std::filesystem::path& path) {
  SQLite::Database database(path.string(), SQLite::OPEN_READWRITE);
  const std::string mode = database.execAndGet("PRAGMA journal_mode = DELETE").getString();
  if (mode != "delete") throw SQLite::Exception("it can't be put into rollback mode", SQLITE_ERROR);
}

}  // namespace lottery
