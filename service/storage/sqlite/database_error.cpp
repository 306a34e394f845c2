#include "service/storage/sqlite/database_error.h"

#include <sqlite3.h>

namespace lottery {

std::string problem_of(const SQLite::Exception& error) {
  switch (error.getErrorCode()) {
    case SQLITE_NOTADB:
      return "is not a database";
    case SQLITE_BUSY:
      return "is locked by another program";
    case SQLITE_READONLY:
      if (error.getExtendedErrorCode() == SQLITE_READONLY_ROLLBACK) {
        return "has a journal that must be rolled back first: start a service on it, or open it "
               "once with the sqlite3 shell and read from it";
      }
      [[fallthrough]];
    case SQLITE_CANTOPEN:
      return std::string("can't be opened: ") + error.what();
    default:
      return std::string("can't be used: ") + error.what();
  }
}

DatabaseError database_error(const std::filesystem::path& path, const std::string& problem) {
  return DatabaseError("the database " + path.string() + " " + problem);
}

}  // namespace lottery
