#include "service/storage/sqlite/migration_copy.h"

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>

#include <stdexcept>
#include <string>

#include "service/storage/sqlite/database_copy.h"
#include "service/storage/sqlite/database_error.h"
#include "service/storage/sqlite/file_integrity.h"
#include "service/storage/sqlite/migrations.h"
#include "service/storage/sqlite/row_comparison.h"
#include "service/storage/sqlite/schema_comparison.h"
#include "service/storage/sqlite/unfinished_file.h"

namespace lottery {
namespace {

constexpr int names_max = 1000;

/// Throws std::runtime_error if the copy at `path` is damaged or differs from `database`.
void check_copy(SQLite::Database& database, const std::filesystem::path& path,
                std::int32_t version) {
  SQLite::Database copy(path.string(), SQLite::OPEN_READONLY);
  const FileIntegrity integrity = check_integrity(copy, compare_schema(copy, version).tables);
  if (!integrity.problems.empty()) throw std::runtime_error(integrity.problems.front());
  if (const auto difference = first_difference(database, copy)) {
    throw std::runtime_error(*difference);
  }
}

/// True if a copy with this name, or with a number appended, has the same content as `database`.
bool has_copy(SQLite::Database& database, const std::filesystem::path& name, std::int32_t version) {
  for (int i = 1; i <= names_max; ++i) {
    const std::filesystem::path path = numbered_name(name, i);
    if (!std::filesystem::exists(std::filesystem::symlink_status(path))) return false;
    try {
      check_copy(database, path, version);
      return true;
    } catch (const std::runtime_error&) {
      // It is a copy of something else, or not a copy. It stays, and the next name is tried.
    }
  }
  return false;
}

}  // namespace

void keep_copy_before_migration(SQLite::Database& database, const std::filesystem::path& path,
                                std::int32_t version) {
  const std::filesystem::path name = path.string() + ".before-version-" + std::to_string(version);
  try {
    SQLite::Transaction one_state(database);  // one snapshot for the copy and the comparison
    const std::int32_t has = database.execAndGet("PRAGMA user_version").getInt();
    UnfinishedFile::delete_left_behind(name);
    if (has_copy(database, name, has)) return;
    UnfinishedFile copy(name, FileAccess::of_replacement(path));
    copy_database(database, copy.path());
    check_copy(database, copy.path(), has);
    copy.publish_as_free(name);
  } catch (const std::runtime_error& error) {
    throw DatabaseError("the database " + path.string() +
                        " was not brought up to date, because its copy " + name.string() +
                        " can't be made: " + error.what());
  }
}

}  // namespace lottery
