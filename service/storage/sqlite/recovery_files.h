#pragma once

#include <SQLiteCpp/Database.h>

#include <filesystem>
#include <string>

#include "service/storage/sqlite/database_error.h"
#include "service/storage/sqlite/open_file.h"

namespace lottery {

/// SQLite applies any WAL or rollback journal that it finds next to a database, without checking
/// whether the two belong together, and deletes both if the database is empty. So a backup that is
/// restored over the files of a killed service is destroyed, and if the database is missing,
/// acknowledged bets are lost silently. These checks read the files before SQLite does, and change
/// nothing.
///
/// A WAL or journal that a kill or a power loss has left next to its own database passes, torn or
/// not. These checks detect one of another database:
///
/// 1. A database that is empty or in rollback mode has no WAL. (Before SQLite writes the first
///    frame, it has synced a first page that says WAL mode.) A backup is in rollback mode.
/// 2. The database and the WAL together must contain every page that the last commit counts.
/// 3. Page 1 has a change counter. The database's counter must lie between the value just before
///    the first in the WAL and the last in the WAL. Each start of the service raises the counter by
///    two. The first commit after the WAL has begun anew also marks the WAL, before it is
///    acknowledged: it raises the counter, copies the WAL into the database, and raises the counter
///    again in the WAL that then begins. So a copy that was made during an earlier WAL is too old.
///    There are two exceptions. If a program reads an old state or makes a checkpoint at that
///    moment, or if the mark can't be written (full disk), the new WAL stays unmarked, and a copy
///    from the WAL before it may pass. And a WAL that another program has begun anew stays unmarked
///    until the service's next commit.
/// 4. Page 1 has the schema's version, which begins at a random number in each new or restored
///    database (see DatabaseFile). `sqlite3 .backup` sets it to 1 in the copy.
///
/// Files that pass all of these checks and still do not belong together are detected by a check of
/// their combined content (see DatabaseFile).

/// Throws DatabaseError if a non-empty WAL or journal exists for a database that does not exist.
void check_recovery_files_of_missing(const std::filesystem::path& database);

/// Throws DatabaseError if the WAL or the journal can't belong to this database. Returns true if
/// the WAL contains commits. No other service may have the database open.
bool check_recovery_files(const OpenFile& database);

/// The same for a database that is only read, and that a service may have open: throws
/// DatabaseError if a WAL exists for a database that is empty or in rollback mode. `connection`
/// must be newly opened, with nothing read yet.
void check_recovery_files_to_read(SQLite::Database& connection,
                                  const std::filesystem::path& database);

/// The files that SQLite may create next to `database`.
std::filesystem::path wal_path_of(const std::filesystem::path& database);
std::filesystem::path shm_path_of(const std::filesystem::path& database);
std::filesystem::path journal_path_of(const std::filesystem::path& database);

}  // namespace lottery
