#include "service/storage/sqlite/database_error.h"

#include <sqlite3.h>

#include <cstdint>
#include <system_error>

namespace lottery {
namespace {

// The WAL's index starts with 32 KiB, and the WAL's first frames need more than a page.
constexpr std::uintmax_t bytes_needed = 64UL * 1024;

/// SQLite reports a full disk itself, except if there is no room for the WAL's index or for a new
/// file.
bool is_full_disk(int code, const std::filesystem::path& path) {
  if (code == SQLITE_FULL) return true;
  if (code != SQLITE_IOERR && code != SQLITE_CANTOPEN) return false;
  std::error_code unknown;
  const auto space = std::filesystem::space(path.parent_path(), unknown);
  return !unknown && space.available < bytes_needed;
}

}  // namespace

std::string problem_of(const SQLite::Exception& error, const std::filesystem::path& path) {
  if (is_full_disk(error.getErrorCode(), path)) {
    return std::string("can't be used: its disk is full (") + error.what() + ")";
  }
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
