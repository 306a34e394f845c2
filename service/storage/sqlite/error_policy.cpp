#include "service/storage/sqlite/error_policy.h"

#include <sqlite3.h>

#include "service/ledger.h"

namespace lottery {

ErrorPolicy::ErrorPolicy(std::filesystem::path database,
                         std::function<void(const std::string&)> on_failure)
    : database_(std::move(database)), on_failure_(std::move(on_failure)) {}

void ErrorPolicy::fail(const std::string& why) { throw LedgerFailed(mark_failed(why)); }

void ErrorPolicy::note(const SQLite::Exception& error) {
  if (is_final(error)) mark_failed(error.what());
}

bool ErrorPolicy::has_failed() const {
  const std::lock_guard lock(mutex_);
  return failure_.has_value();
}

// Only for calls other than a commit: before the commit nothing is stored, whatever has failed.
bool ErrorPolicy::is_final(const SQLite::Exception& error) {
  switch (error.getErrorCode()) {
    case SQLITE_FULL:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PROTOCOL:    // too many changes of locks by others while this began
    case SQLITE_CONSTRAINT:  // an index or a table that somebody added refuses it
      return false;
    case SQLITE_IOERR:
      switch (error.getExtendedErrorCode()) {
        case SQLITE_IOERR_WRITE:    // for example a limit of file sizes
        case SQLITE_IOERR_SHMSIZE:  // the disk is full
        case SQLITE_IOERR_TRUNCATE:
          return false;
        default:
          return true;
      }
    default:
      return true;
  }
}

// SQLite writes a commit's frames to the WAL before it enters them into the WAL's index. If the
// index can't grow, entering them fails, but the next process that opens the WAL finds the commit.
// After the errors below, the commit does not exist: its last frame, which makes it a commit, was
// not written.
bool ErrorPolicy::is_final_in_commit(const SQLite::Exception& error) {
  const int code = error.getErrorCode();
  return code != SQLITE_BUSY && code != SQLITE_FULL &&
         error.getExtendedErrorCode() != SQLITE_IOERR_WRITE;
}

void ErrorPolicy::throw_if_failed() const {
  const std::lock_guard lock(mutex_);
  if (failure_) throw LedgerFailed(*failure_);
}

void ErrorPolicy::throw_translated(const SQLite::Exception& error, bool is_final) {
  if (is_final) fail(error.what());
  throw LedgerUnavailable(std::string("the database can't take it now: ") + error.what());
}

std::string ErrorPolicy::mark_failed(const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (!failure_) {
    failure_ = "the database " + database_.string() + " has failed: " + why;
    on_failure_(*failure_);
  }
  return *failure_;
}

}  // namespace lottery
