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
/// DatabaseError if it is not a lottery's, or from a newer version.
std::int32_t check_owner(SQLite::Database& database, const std::filesystem::path& path);

/// Makes an empty database one of the lottery's, of the current version and without a draw. Throws
/// SQLite::Exception.
void create_ledger(SQLite::Database& database);

/// Opens a lottery's database of the current version, only to read it. A service may be running.
/// `path` may be or contain symbolic links. Throws DatabaseError if the file is anything else, or
/// if it would be changed by being opened (see recovery_files.h), and SQLite::Exception.
SQLite::Database open_to_read(const std::filesystem::path& path);

/// bets.db as a file: there, writable, a lottery's, of the current schema, and this process's alone
/// to write while the object lives. The `sqlite3` shell may read it at any time.
///
/// Modes: a new database has mode 0640, and a folder that is created for it 0750, whatever the
/// umask is, so that the group can read and nobody else. SQLite gives its other files the same
/// mode. An existing database and the files beside it lose what is more open than that, if this
/// process may change it; permissions are never added. So does an existing folder, if it is this
/// user's and holds nothing but files whose names begin with the database's; any other folder is
/// left as it is.
///
/// Durable, once the constructor has returned: the names of the database and of the folders that
/// were created, and everything that the files hold (see resync_wal). DurableWriter adds the
/// WAL's name.
class DatabaseFile {
 public:
  /// `path` may be or contain symbolic links; see canonical_database_path for those that are
  /// refused. Creates the file, and its folder, if they are missing. Brings an older schema up to
  /// date, and keeps a copy of the database before that (migration_copy.h).
  ///
  /// Throws DatabaseError, and has changed nothing, if the file is no database, not a lottery's,
  /// from a newer version, read-only, or locked by another service, if it or a file beside it has
  /// several names (hard links), if what it holds is damaged after a kill, if the WAL beside it is
  /// not its own (see recovery_files.h), if a restore has not ended (restore_marker.h), or if the
  /// copy can't be made. Also throws DatabaseError if another program writes for longer than two
  /// seconds, or if something can't be written or synced.
  explicit DatabaseFile(const std::filesystem::path& path);

  /// The canonical path: absolute and without symbolic links.
  const std::filesystem::path& path() const noexcept { return path_; }

  /// The file that SQLite writes first. It exists for as long as a connection is open.
  std::filesystem::path wal_path() const;

  /// The file that is locked, and is at path() unless somebody has moved it.
  const FileIdentity& identity() const noexcept { return identity_; }

  /// A connection for reading, which never copies the WAL into the database. It must be closed
  /// before this object goes, and may be used by one thread at a time. (To write, see
  /// DurableWriter.) Throws SQLite::Exception.
  std::unique_ptr<SQLite::Database> connect_to_read() const;

 private:
  std::unique_ptr<SQLite::Database> connect(int flags) const;
  void check_and_migrate(bool wal_has_commits) const;

  std::filesystem::path path_;
  OpenFile file_;  // locked, which ends with the process at the latest
  FileIdentity identity_;
};

}  // namespace lottery
