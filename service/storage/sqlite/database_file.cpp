#include "service/storage/sqlite/database_file.h"

#include <SQLiteCpp/Statement.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "service/storage/sqlite/migration_copy.h"
#include "service/storage/sqlite/migrations.h"
#include "service/storage/sqlite/restore_marker.h"

namespace lottery {
namespace {

// SQLite's mark of whose file it is: "LOTT".
constexpr std::int32_t application_id = 0x4C4F5454;

// How long start-up waits where another program is writing.
constexpr int start_busy_timeout_ms = 2000;

// How long who only reads waits for a program that holds the whole database.
constexpr int read_busy_timeout_ms = 5000;

std::string message_of(int error) { return std::generic_category().message(error); }

}  // namespace

std::string problem_of(const SQLite::Exception& error) {
  switch (error.getErrorCode()) {
    case SQLITE_NOTADB:
      return "is not a database";
    case SQLITE_BUSY:
      return "is locked by another program";
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
      return std::string("can't be opened: ") + error.what();
    default:
      return std::string("can't be used: ") + error.what();
  }
}

DatabaseError database_error(const std::filesystem::path& path, const std::string& problem) {
  return DatabaseError("the database " + path.string() + " " + problem);
}

std::int32_t check_owner(SQLite::Database& database, const std::filesystem::path& path) {
  const std::int32_t owner = database.execAndGet("PRAGMA application_id").getInt();
  const std::int32_t version = database.execAndGet("PRAGMA user_version").getInt();
  const std::int32_t newest = migrations().back().version;
  const bool is_empty = database.execAndGet("SELECT count(*) FROM sqlite_schema").getInt() == 0;
  if (owner != application_id && !is_empty) throw database_error(path, "is not a lottery's");
  if (version > newest) {
    throw database_error(path, "is from a newer version of the service: its schema has version " +
                                   std::to_string(version) + ", and this service knows " +
                                   std::to_string(newest));
  }
  return version;
}

SQLite::Database open_to_read(const std::filesystem::path& path) {
  refuse_unfinished_restore(path);
  if (!std::filesystem::exists(path)) throw database_error(path, "is not there");
  if (!std::filesystem::is_regular_file(path)) throw database_error(path, "is no regular file");
  SQLite::Database database(path.string(), SQLite::OPEN_READONLY, read_busy_timeout_ms);
  const std::int32_t version = check_owner(database, path);
  const std::int32_t newest = migrations().back().version;
  if (version == 0) throw database_error(path, "is empty");
  if (version != newest) {
    throw database_error(path, "has the schema of version " + std::to_string(version) +
                                   ", and this service's is " + std::to_string(newest) +
                                   "; a service that starts on it brings it up to date");
  }
  return database;
}

DatabaseFile::Lock::Lock(const std::filesystem::path& path)
    : descriptor_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
  if (descriptor_ < 0) {
    const bool read_only = errno == EACCES || errno == EROFS || errno == EPERM;
    throw database_error(
        path, (read_only ? "can't be written: " : "can't be opened: ") + message_of(errno));
  }
  std::string problem;
  struct stat status {};
  if (::fstat(descriptor_, &status) != 0) {
    problem = "can't be examined: " + message_of(errno);
  } else if (!S_ISREG(status.st_mode)) {
    problem = "is no regular file";
  } else if ((status.st_mode & (S_IWUSR | S_IWGRP | S_IWOTH)) == 0) {
    // The kernel lets root write it all the same; whoever took the permission away did not mean so.
    problem = "is read-only";
  } else if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    // SQLite's own locks are of another kind (fcntl), and leave the shell free to read.
    problem = errno == EWOULDBLOCK ? "is locked by another lottery_service"
                                   : "can't be locked: " + message_of(errno);
  }
  if (!problem.empty()) {
    ::close(descriptor_);
    throw database_error(path, problem);
  }
}

DatabaseFile::Lock::~Lock() { ::close(descriptor_); }

DatabaseFile::DatabaseFile(std::filesystem::path path) : path_(std::move(path)) {
  if (path_.has_parent_path()) {
    std::error_code failure;
    std::filesystem::create_directories(path_.parent_path(), failure);
    if (failure) throw database_error(path_, "has no folder: " + failure.message());
  }
  refuse_unfinished_restore(path_);  // before the lock makes a file, and again with the lock
  lock_ = std::make_unique<Lock>(path_);
  refuse_unfinished_restore(path_);
  with_database_errors(path_, [this] { check_and_migrate(); });
}

std::filesystem::path DatabaseFile::wal_path() const { return path_.string() + "-wal"; }

std::unique_ptr<SQLite::Database> DatabaseFile::connect(int flags, const char* vfs) const {
  // Who uses a connection takes care that it is one thread at a time.
  return std::make_unique<SQLite::Database>(path_.string(), flags | SQLite::OPEN_NOMUTEX,
                                            start_busy_timeout_ms, vfs == nullptr ? "" : vfs);
}

// What a killed service has left in its WAL may never have been synced, and after a failed sync the
// kernel takes for synced what the disk does not hold. So all of it is written anew, into the
// database, and synced there, before anybody is told of it.
void DatabaseFile::take_over_wal(SQLite::Database& database) {
  sqlite3_db_config(database.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
  SQLite::Statement checkpoint(database, "PRAGMA wal_checkpoint(TRUNCATE)");
  checkpoint.executeStep();
  // Where another program reads an older state, the rest stays in the WAL; WalSync syncs that.
}

void DatabaseFile::check_and_migrate() const {
  const bool has_wal = std::filesystem::exists(wal_path());
  const auto database = connect(SQLite::OPEN_READWRITE);
  if (has_wal) {
    // Until it is known to be ours, what another program left in the WAL stays there.
    sqlite3_db_config(database->getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  }

  const std::int32_t version = check_owner(*database, path_);
  const std::int32_t newest = migrations().back().version;
  const bool is_new = version == 0;
  if (!is_new && version < newest) keep_copy_before_migration(*database, path_, newest);
  if (has_wal) take_over_wal(*database);
  const std::string mode = database->execAndGet("PRAGMA journal_mode = WAL").getString();
  if (mode != "wal") throw database_error(path_, "can't be put into WAL mode");
  if (is_new) {
    database->exec("PRAGMA application_id = " + std::to_string(application_id));
  }
  migrate(*database, migrations());
}

}  // namespace lottery
