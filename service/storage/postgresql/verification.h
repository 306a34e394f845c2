#pragma once

#include "service/storage/findings.h"
#include "service/storage/postgresql/connection.h"
#include "service/storage/postgresql/postgresql_settings.h"

namespace lottery::postgresql {

/// Throws std::runtime_error, with a sentence, if the database has the schema of another version,
/// or no ledger.
void check_version(Connection& connection);

/// Checks a database without changing or serving it: the schema; and, as in SQLite, the books,
/// bets, uploads and winners of every draw (books_verification.h), in one state of the database.
/// Services may be at work meanwhile. The server's files are not checked; PostgreSQL has pg_amcheck
/// for that.
///
/// `say` gets one line for each thing that was checked, with what was found. Returns true if
/// nothing is wrong. Throws std::runtime_error if the database can't be reached or read, or has the
/// schema of another version.
bool verify_database(const PostgresqlSettings& settings, const Say& say);

/// The same for the rows that the transaction of `connection` sees, without the schema.
bool verify_rows(Connection& connection, const Say& say);

}  // namespace lottery::postgresql
