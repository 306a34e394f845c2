#pragma once

#include <SQLiteCpp/Database.h>

#include <filesystem>
#include <string>

#include "service/storage/sqlite/database_error.h"
#include "service/storage/sqlite/open_file.h"

namespace lottery {

/// SQLite applies any WAL or rollback journal that it finds beside a database, without checking
/// that they belong together. Beside an empty database it deletes both. So a backup that is
/// restored over the files of a killed service is destroyed, and if the database is missing,
/// acknowledged bets are lost silently. These checks read the files before SQLite does, and change
/// nothing.
///
/// A WAL or a journal that a kill or a loss of power has left beside its own database is accepted,
/// torn or not. A foreign one is recognized like this:
///
/// 1. A database that is empty or in rollback mode has no WAL. (Before SQLite writes the first
///    frame, it syncs a first page that says WAL mode.) A backup is in rollback mode.
/// 2. The database and the WAL together must have every page that the last commit counts.
/// 3. Page 1 has a change counter. The database's counter must be between the value just before the
///    first one in the WAL and the last one in the WAL. Each start of the service raises the
///    counter by two. So does the first commit after the WAL has restarted, before it is
///    acknowledged: it raises the counter, copies the WAL into the database, and raises the counter
///    again in the WAL that this restarts. So a copy that was made while an earlier WAL was written
///    is too old, with two exceptions. First: if a program reads an old state or makes a checkpoint
///    at that moment, or if the mark can't be written (the disk is full), the new WAL has no mark,
///    and a copy from the time of the previous WAL may be accepted. Second: if another program
///    restarts the WAL, the WAL has no mark until the service's next commit.
/// 4. Page 1 has the schema's version, which begins at a random number in each new or restored
///    database (see DatabaseFile). `sqlite3 .backup` sets it to 1 in the copy.
///
/// If the files pass all these checks but still don't belong together, a check of their combined
/// content finds it (see DatabaseFile).

/// Throws DatabaseError if the database does not exist, but a WAL or a journal with content is
/// beside it.
void check_recovery_files_of_missing(const std::filesystem::path& database);

/// Throws DatabaseError if the WAL or the journal beside this database belongs to another one.
/// Returns whether the WAL has commits. No other service may have the database open.
bool check_recovery_files(const OpenFile& database);

/// The same check for a database that is only read, and that a service may have open: throws
/// DatabaseError if a WAL is beside a database that is empty or in rollback mode. `connection` must
/// have just been opened, and must not have read anything.
void check_recovery_files_to_read(SQLite::Database& connection,
                                  const std::filesystem::path& database);

/// The files that SQLite puts beside `database`.
std::filesystem::path wal_path_of(const std::filesystem::path& database);
std::filesystem::path shm_path_of(const std::filesystem::path& database);
std::filesystem::path journal_path_of(const std::filesystem::path& database);

}  // namespace lottery
