#pragma once

#include <SQLiteCpp/Database.h>

#include <filesystem>
#include <string>

#include "service/storage/sqlite/database_error.h"
#include "service/storage/sqlite/open_file.h"

namespace lottery {

/// SQLite applies whatever WAL or rollback journal it finds beside a database, without asking
/// whether the two belong together, and deletes both beside an empty database. A backup that was
/// restored over the files of a killed service is destroyed in this way, and acknowledged bets are
/// lost without a word if the database is missing. These checks read the files before SQLite does,
/// and change nothing.
///
/// A WAL or a journal that a kill or a power loss has left beside its own database passes, torn or
/// not. How another's is known:
///
/// 1. A database that is empty or in rollback mode has no WAL. (Before the first frame is written,
///    SQLite has synced a first page that says WAL mode.) A backup is in rollback mode.
/// 2. Together they must have every page that the last commit counts.
/// 3. Page 1 has a change counter. That of the database must be from the one just before the first
///    in the WAL to the last in it. Each start of the service raises it by two, and so does the
///    first commit after the WAL has begun anew, before it is acknowledged: it raises the counter,
///    copies the WAL into the database, and raises it again in the WAL that this begins. So a copy
///    that was made while an earlier WAL was written is too old, with two exceptions: if a program
///    reads an old state or makes a checkpoint at that moment, or if that mark can't be written
///    (the disk is full), then the new WAL stays without it, and a copy from the WAL just before it
///    may pass; and a program that begins the WAL anew itself leaves it without a mark until the
///    service's next commit.
/// 4. Page 1 has the schema's version, which begins at a random number in each new or restored
///    database (see DatabaseFile). `sqlite3 .backup` sets it to 1 in the copy.
///
/// What passes all of these and still doesn't fit is found by a check of the content of both
/// together (see DatabaseFile).

/// Throws DatabaseError if a WAL or a journal that holds something is beside a database that does
/// not exist.
void check_recovery_files_of_missing(const std::filesystem::path& database);

/// Throws DatabaseError if the WAL or the journal beside this database can't be its own. Returns
/// whether the WAL has commits. No other service may have the database open.
bool check_recovery_files(const OpenFile& database);

/// The same for a database that is only to be read, and that a service may have open: throws
/// DatabaseError if a WAL is beside a database that is empty or in rollback mode. `connection` must
/// just have been opened, and have read nothing.
void check_recovery_files_to_read(SQLite::Database& connection,
                                  const std::filesystem::path& database);

/// The files that SQLite puts beside `database`.
std::filesystem::path wal_path_of(const std::filesystem::path& database);
std::filesystem::path shm_path_of(const std::filesystem::path& database);
std::filesystem::path journal_path_of(const std::filesystem::path& database);

}  // namespace lottery
