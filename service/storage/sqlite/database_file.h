#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Exception.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

namespace lottery {

/// A database that can't be used; the sentence names its file and says why.
class DatabaseError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// SQLite's error as the rest of a sentence: `is not a database`, say.
std::string problem_of(const SQLite::Exception& error);

/// The error that the database at `path` has this problem: `is not there`, say.
DatabaseError database_error(const std::filesystem::path& path, const std::string& problem);

/// Calls `call`, with SQLite's exceptions turned into DatabaseError.
template <typename Call>
auto with_database_errors(const std::filesystem::path& path, Call&& call) {
  try {
    return std::forward<Call>(call)();
  } catch (const SQLite::Exception& error) {
    throw database_error(path, problem_of(error));
  }
}

/// Returns the version of the database's schema; 0 where it is empty. Throws DatabaseError where it
/// is not a lottery's, or from a newer version.
std::int32_t check_owner(SQLite::Database& database, const std::filesystem::path& path);

/// Opens a lottery's database of the current version, only to read it; a service may be running.
/// Throws DatabaseError where it is anything else, and SQLite::Exception.
SQLite::Database open_to_read(const std::filesystem::path& path);

/// bets.db as a file: there, writable, a lottery's, of the current schema, and this process's alone
/// to write while the object lives. The `sqlite3` shell may read it at any time.
class DatabaseFile {
 public:
  /// Creates the file, and its folder, where there is none; brings an older schema up to date.
  /// Throws DatabaseError, and has changed nothing then, where the file is no database, not a
  /// lottery's, from a newer version, read-only, or locked by another service. Before that, it
  /// keeps a copy of the older database (migration_copy.h). Throws std::runtime_error, with a
  /// sentence, if the copy can't be made, or if a restore has not ended (restore_marker.h).
  explicit DatabaseFile(std::filesystem::path path);

  const std::filesystem::path& path() const noexcept { return path_; }

  /// The file that SQLite writes first. It exists for as long as a connection is open.
  std::filesystem::path wal_path() const;

  /// A connection of its own to the database. It must be closed before this object goes, and may be
  /// used by one thread at a time. `flags` are SQLite's, and `vfs` is the name of a VFS of its.
  std::unique_ptr<SQLite::Database> connect(int flags, const char* vfs = nullptr) const;

 private:
  /// Keeps an open file, and with it a lock on it that ends with the process at the latest.
  class Lock {
   public:
    explicit Lock(const std::filesystem::path& path);
    ~Lock();
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

   private:
    int descriptor_;
  };

  void check_and_migrate() const;
  static void take_over_wal(SQLite::Database& database);

  std::filesystem::path path_;
  std::unique_ptr<Lock> lock_;
};

}  // namespace lottery
