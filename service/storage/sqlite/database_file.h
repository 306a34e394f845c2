#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <filesystem>
#include <memory>

#include "service/storage/sqlite/database_error.h"
#include "service/storage/sqlite/file_identity.h"
#include "service/storage/sqlite/open_file.h"

namespace lottery {

/// Returns the version of the database's schema, or 0 if the database is empty. Throws
/// DatabaseError if the database is not a lottery's, or is from a newer version.
std::int32_t check_owner(SQLite::Database& database, const std::filesystem::path& path);

/// Turns an empty database into a lottery's database of the current version, without draws. Throws
/// SQLite::Exception.
void create_ledger(SQLite::Database& database);

/// Opens a lottery's database of the current version, for reading only. A service may be running.
/// `path` may contain symbolic links, or be one. Throws DatabaseError if the file is anything else,
/// or if opening would change it (see recovery_files.h); also throws SQLite::Exception.
SQLite::Database open_to_read(const std::filesystem::path& path);

/// The file bets.db. While this object lives, the file exists, is writable, holds a lottery's
/// database of the current schema, and only this process writes to it. The `sqlite3` shell may read
/// it at any time.
///
/// Modes: a new database has mode 0640, and a folder that is created for it has 0750, whatever the
/// umask is, so that only the owner and the group have access. SQLite gives its other files the
/// database's mode. Permissions beyond these are removed from an existing database and the files
/// beside it, if this process may change them; permissions are never added. The same applies to an
/// existing folder, but only if it belongs to this user and holds nothing but files whose names
/// begin with the database's name. Other folders are not changed.
///
/// Durability: when the constructor has returned, the names of the database and of the created
/// folders are durable, and so is everything in the files (see resync_wal). DurableWriter does the
/// same for the WAL's name.
class DatabaseFile {
 public:
  /// `path` may contain symbolic links, or be one; canonical_database_path says which links are
  /// refused. Creates the file and its folder if they are missing. Migrates an older schema, and
  /// keeps a copy of the database before that (migration_copy.h).
  ///
  /// Throws DatabaseError, and has changed nothing then, if:
  /// - the file is not a database, not a lottery's, from a newer version, read-only, or locked by
  ///   another service;
  /// - the database or a file beside it has several names (hard links);
  /// - the content is damaged after a kill;
  /// - the WAL beside it belongs to another database (see recovery_files.h);
  /// - a restore has not ended (restore_marker.h);
  /// - the copy can't be made.
  ///
  /// Also throws DatabaseError if another program writes for longer than two seconds, or if
  /// something can't be written or synced.
  explicit DatabaseFile(const std::filesystem::path& path);

  /// The canonical path: absolute and without symbolic links.
  const std::filesystem::path& path() const noexcept { return path_; }

  /// The WAL. SQLite writes there first. It exists while a connection is open.
  std::filesystem::path wal_path() const;

  /// The locked file. It is at path() unless somebody has moved it.
  const FileIdentity& identity() const noexcept { return identity_; }

  /// Opens a connection for reading. It never copies the WAL into the database. Close it before
  /// this object is destroyed; one thread at a time may use it. (DurableWriter opens the connection
  /// for writing.) Throws SQLite::Exception.
  std::unique_ptr<SQLite::Database> connect_to_read() const;

 private:
  std::unique_ptr<SQLite::Database> connect(int flags) const;
  void check_and_migrate(bool wal_has_commits) const;

  std::filesystem::path path_;
  OpenFile file_;  // locked, at most until the process ends
  FileIdentity identity_;
};

}  // namespace lottery
