#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <filesystem>
#include <memory>

#include "service/storage/sqlite/database_error.h"
#include "service/storage/sqlite/file_identity.h"
#include "service/storage/sqlite/open_file.h"

namespace lottery {

/// The schema version of the database; 0 if it is empty. Throws DatabaseError if it is not a
/// lottery's database, or has a newer version.
std::int32_t check_owner(SQLite::Database& database, const std::filesystem::path& path);

/// Creates the current schema in an empty database, without a draw. Throws SQLite::Exception.
void create_ledger(SQLite::Database& database);

/// Opens a lottery's database of the current version, for reading only. A service may be running.
/// `path` may be or contain symbolic links. Throws DatabaseError if the file is anything else, or
/// if opening would change it (see recovery_files.h), and SQLite::Exception.
SQLite::Database open_to_read(const std::filesystem::path& path);

/// The file bets.db: it exists, is writable, is a lottery's database with the current schema, and
/// only this process may write to it while the object exists. The `sqlite3` shell may read it at
/// any time.
///
/// Modes: a new database has mode 0640 and a new folder 0750, whatever the umask is, so that only
/// the group can read them. SQLite gives its other files the same mode. Permissions beyond these
/// are removed from an existing database and its companion files, if this process may do that;
/// permissions are never added. The same applies to an existing folder if it belongs to this user
/// and contains only files whose names begin with the database's name; other folders are left
/// alone.
///
/// When the constructor has returned, these are durable: the names of the database and of new
/// folders, and the contents of the files (see resync_wal). DurableWriter makes the name of the WAL
/// durable.
class DatabaseFile {
 public:
  /// `path` may be or contain symbolic links; canonical_database_path says which ones are refused.
  /// Creates the file and its folder if they are missing. Migrates an older schema, after keeping a
  /// copy of the database (migration_copy.h).
  ///
  /// Throws DatabaseError, and has changed nothing, if the file is not a database, not a lottery's,
  /// from a newer version, read-only, or locked by another service; if it or a companion file has
  /// several names (hard links); if its content is damaged after a kill; if the WAL next to it
  /// belongs to another database (recovery_files.h); if a restore is unfinished (restore_marker.h);
  /// or if the copy can't be made. Also throws DatabaseError if another program writes for longer
  /// than two seconds, or if a write or sync fails.
  explicit DatabaseFile(const std::filesystem::path& path);

  /// The canonical path: absolute and without symbolic links.
  const std::filesystem::path& path() const noexcept { return path_; }

  /// SQLite's WAL, which commits are written to first. Exists while a connection is open.
  std::filesystem::path wal_path() const;

  /// The locked file, which is at path() unless someone has moved it.
  const FileIdentity& identity() const noexcept { return identity_; }

  /// A connection for reading. It never copies the WAL into the database. Close it before this
  /// object ends, and use it from one thread at a time. (For writing, see DurableWriter.) Throws
  /// SQLite::Exception.
  std::unique_ptr<SQLite::Database> connect_to_read() const;

 private:
  std::unique_ptr<SQLite::Database> connect(int flags) const;
  void check_and_migrate(bool wal_has_commits) const;

  std::filesystem::path path_;
  OpenFile file_;  // holds the lock, at most until the process ends
  FileIdentity identity_;
};

}  // namespace lottery
