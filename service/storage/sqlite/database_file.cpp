#include "service/storage/sqlite/database_file.h"

#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <random>
#include <string>
#include <system_error>
#include <utility>

#include "service/storage/sqlite/connection_settings.h"
#include "service/storage/sqlite/database_header.h"
#include "service/storage/sqlite/database_path.h"
#include "service/storage/sqlite/file_integrity.h"
#include "service/storage/sqlite/folder.h"
#include "service/storage/sqlite/migration_copy.h"
#include "service/storage/sqlite/migrations.h"
#include "service/storage/sqlite/recovery_files.h"
#include "service/storage/sqlite/restore_marker.h"
#include "service/storage/sqlite/schema_comparison.h"
#include "service/storage/sqlite/wal_generation.h"
#include "service/storage/sqlite/wal_resync.h"

namespace lottery {
namespace {

// SQLite's application id of the file: "LOTT".
constexpr std::uint32_t application_id = 0x4C4F5454;

constexpr mode_t file_mode = 0640;

// How long start-up waits for another program's write lock.
constexpr int start_busy_timeout_ms = 2000;

// How long a reader waits for a program that has locked the whole database.
constexpr int read_busy_timeout_ms = 5000;

std::string message_of(int error) { return std::generic_category().message(error); }

/// Opens the database, or creates it if it does not exist.
OpenFile open_or_create(const std::filesystem::path& path) {
  try {
    if (auto file = OpenFile::open(path, O_RDWR)) return std::move(*file);
    check_recovery_files_of_missing(path);
    auto file = OpenFile::open(path, O_RDWR | O_CREAT | O_EXCL, file_mode);
    file->set_mode(file_mode);
    return std::move(*file);
  } catch (const std::system_error& error) {
    throw DatabaseError(std::string("the database ") + error.what());
  }
}

OpenFile open_and_lock(const std::filesystem::path& path) {
  OpenFile file = open_or_create(path);
  struct stat status {};
  if (::fstat(file.descriptor(), &status) != 0) {
    throw database_error(path, "can't be examined: " + message_of(errno));
  }
  if ((status.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) == 0) {
    // root can write to it in spite of the mode; but whoever removed the permission did not want
    // that.
    throw database_error(path, "is read-only");
  }
  // This lock (flock) is independent of SQLite's locks (fcntl), so the shell can still read.
  if (::flock(file.descriptor(), LOCK_EX | LOCK_NB) != 0) {
    throw database_error(path, errno == EWOULDBLOCK ? "is locked by another lottery_service"
                                                    : "can't be locked: " + message_of(errno));
  }
  return file;
}

/// SQLite creates the WAL next to the name that it was given. A program that uses another name of
/// the same file does not see the WAL, and damages the database. No connection of this process may
/// be open; see OpenFile.
void refuse_hard_links(const OpenFile& database) {
  const auto refuse = [](const OpenFile& file) {
    struct stat status {};
    if (::fstat(file.descriptor(), &status) != 0) {
      throw database_error(file.path(), "can't be examined: " + message_of(errno));
    }
    if (status.st_nlink <= 1) return;
    throw DatabaseError("the database's file " + file.path().string() + " has " +
                        std::to_string(status.st_nlink) +
                        " names (hard links), but a database must have only one: remove the other "
                        "names, or replace the file by a copy of it (snapshots must be copies, not "
                        "links)");
  };
  refuse(database);
  for (const auto& path : {wal_path_of(database.path()), shm_path_of(database.path()),
                           journal_path_of(database.path())}) {
    if (const auto file = OpenFile::open(path, O_RDONLY)) refuse(*file);
  }
}

/// True if the file is empty, or its header says that it is a lottery's. Any other file is refused
/// later and must stay unchanged: `storage.path` may name any file of the machine.
bool is_new_or_a_lotterys(const OpenFile& database) {
  constexpr std::size_t application_id_at = 68;  // SQLite, "Database File Format", 1.3
  std::array<unsigned char, DatabaseHeader::bytes> header{};
  if (database.read_at(0, header) == 0) return true;
  return parse_database_header(header) && big_endian(header, application_id_at) == application_id;
}

/// No connection of this process may be open; see OpenFile.
void restrict_modes(const OpenFile& database) {
  database.restrict_mode(file_mode);
  for (const auto& path : {wal_path_of(database.path()), shm_path_of(database.path()),
                           journal_path_of(database.path())}) {
    if (const auto file = OpenFile::open(path, O_RDONLY)) file->restrict_mode(file_mode);
  }
}

/// Gives a database in rollback mode a random schema version, by which recovery_files.h
/// distinguishes databases. SQLite only compares this number for equality.
void make_distinct(SQLite::Database& connection) {
  constexpr int first = 1 << 24;  // far from the versions of databases without a random one
  constexpr int last = 1 << 30;
  std::random_device random;
  const int cookie = std::uniform_int_distribution(first, last)(random);
  SQLite::Transaction transaction(connection, SQLite::TransactionBehavior::IMMEDIATE);
  connection.exec("PRAGMA application_id = " + std::to_string(application_id));
  connection.exec("PRAGMA schema_version = " + std::to_string(cookie));
  transaction.commit();
}

/// Throws DatabaseError if the lottery's data in the database and its WAL together is damaged, for
/// example because they belong to two databases or two moments. Foreign tables may violate their
/// own rules. This reads everything (1 second for 2 million bets, 130 MB), and only runs at a start
/// after a kill. (PRAGMA quick_check is not faster: `bets` has no index.)
void check_content(SQLite::Database& connection, const std::filesystem::path& path,
                   std::int32_t version) {
  std::string found;
  try {
    const FileIntegrity integrity =
        check_integrity(connection, compare_schema(connection, version).tables);
    if (integrity.problems.empty()) return;
    found = integrity.problems.front();
  } catch (const SQLite::Exception& error) {
    if (error.getErrorCode() != SQLITE_CORRUPT) throw;
    found = error.what();
  }
  for (char& character : found) {
    if (character == '\n') character = ' ';
  }
  throw database_error(path,
                       "is damaged (" + found + "); nothing was changed: keep it and " +
                           wal_path_of(path).string() +
                           ", which may hold bets that no other file has, and restore a backup");
}

}  // namespace

void create_ledger(SQLite::Database& database) {
  database.exec("PRAGMA application_id = " + std::to_string(application_id));
  migrate(database, migrations());
}

std::int32_t check_owner(SQLite::Database& database, const std::filesystem::path& path) {
  const std::uint32_t owner = database.execAndGet("PRAGMA application_id").getUInt();
  const std::int32_t version = database.execAndGet("PRAGMA user_version").getInt();
  const std::int32_t newest = migrations().back().version;
  const bool is_empty = database.execAndGet("SELECT count(*) FROM sqlite_schema").getInt() == 0;
  if (owner != application_id && !is_empty) throw database_error(path, "is not a lottery's");
  if (version > newest) {
    throw database_error(path, "is from a newer version of the service: its schema has version " +
                                   std::to_string(version) +
                                   ", but this service knows only versions up to " +
                                   std::to_string(newest));
  }
  return version;
}

SQLite::Database open_to_read(const std::filesystem::path& path) {
  const std::filesystem::path canonical = canonical_database_path(path);
  refuse_unfinished_restore(canonical);
  if (!std::filesystem::exists(canonical)) {
    check_recovery_files_of_missing(canonical);
    throw database_error(canonical, "is not there");
  }
  if (!std::filesystem::is_regular_file(canonical)) {
    throw database_error(canonical, "is not a regular file");
  }
  SQLite::Database database(canonical.string(), SQLite::OPEN_READONLY, read_busy_timeout_ms);
  check_recovery_files_to_read(database, canonical);
  const std::int32_t version = check_owner(database, canonical);
  const std::int32_t newest = migrations().back().version;
  if (version == 0) throw database_error(canonical, "is empty");
  if (version != newest) {
    throw database_error(canonical, "has schema version " + std::to_string(version) +
                                        ", but this program needs version " +
                                        std::to_string(newest) +
                                        "; a service that starts on it brings it up to date");
  }
  return database;
}

DatabaseFile::DatabaseFile(const std::filesystem::path& path)
    : path_(canonical_database_path(path)),
      file_([this] {
        try {
          make_folder(path_.parent_path());
        } catch (const std::system_error& error) {
          throw database_error(path_, std::string("has no folder: ") + error.what());
        }
        refuse_unfinished_restore(path_);  // before this creates a file, and again under the lock
        return open_and_lock(path_);
      }()),
      identity_(file_) {
  refuse_unfinished_restore(path_);
  try {
    sync_folder(path_.parent_path());
    // A script may just have created the folder, or a process that was killed before it synced the
    // folder.
    sync_entry_of(path_.parent_path());
    refuse_hard_links(file_);
    const bool wal_has_commits = check_recovery_files(file_);
    if (is_new_or_a_lotterys(file_)) {
      restrict_modes(file_);
      restrict_folder_of(path_);
    }
    with_database_errors(path_, [&] { check_and_migrate(wal_has_commits); });
    identity_.throw_if_moved();
  } catch (const std::system_error& error) {
    throw database_error(path_, std::string("can't be used: ") + error.what());
  }
}

std::filesystem::path DatabaseFile::wal_path() const { return wal_path_of(path_); }

std::unique_ptr<SQLite::Database> DatabaseFile::connect_to_read() const {
  auto connection = connect(SQLite::OPEN_READONLY);
  set_wal_at_close(*connection, WalAtClose::kept);
  return connection;
}

std::unique_ptr<SQLite::Database> DatabaseFile::connect(int flags) const {
  return std::make_unique<SQLite::Database>(path_.string(), flags | SQLite::OPEN_NOMUTEX,
                                            start_busy_timeout_ms);
}

void DatabaseFile::check_and_migrate(bool wal_has_commits) const {
  const auto database = connect(SQLite::OPEN_READWRITE);
  // Until the file is known to be ours, another program's WAL must stay there.
  set_wal_at_close(*database, WalAtClose::kept);
  set_pragma(*database, "wal_autocheckpoint", 0);
  const std::int32_t version = check_owner(*database, path_);
  const std::int32_t newest = migrations().back().version;
  const bool is_new = version == 0;
  if (wal_has_commits) check_content(*database, path_, version);
  if (!is_new && version < newest) keep_copy_before_migration(*database, path_, newest);
  if (wal_has_commits) resync_wal(*database, file_);
  set_wal_at_close(*database, WalAtClose::copied);

  if (database->execAndGet("PRAGMA journal_mode").getString() != "wal") {
    make_distinct(*database);
    const std::string mode = database->execAndGet("PRAGMA journal_mode = WAL").getString();
    if (mode != "wal") throw database_error(path_, "can't be put into WAL mode");
    // The end of the journal is durable before the WAL has a frame, so nothing can roll this back
    // then.
    sync_folder(path_.parent_path());
  } else if (is_new) {
    database->exec("PRAGMA application_id = " + std::to_string(application_id));
  }
  migrate(*database, migrations());
  raise_change_counter(*database);
}

}  // namespace lottery
