#pragma once

#include "service/storage/findings.h"
#include "service/storage/postgresql/connection.h"
#include "service/storage/postgresql/postgresql_settings.h"

namespace lottery::postgresql {

/// Throws std::runtime_error, with a sentence, if the database contains no ledger or has another
/// schema version.
void check_version(Connection& connection);

/// Checks a database without changing it: the schema and, as in SQLite, the books, bets, uploads
/// and winners of every draw (books_verification.h), all in one snapshot. Services may be running
/// meanwhile. The server's files are not checked; PostgreSQL has pg_amcheck for that.
///
/// `say` receives one line for each thing checked, with the result. Returns true if nothing is
/// wrong. Throws std::runtime_error if the database can't be reached or read, or has another schema
/// version.
bool verify_database(const PostgresqlSettings& settings, const Say& say);

/// The same checks, without the schema, of the rows that the transaction of `connection` sees.
bool verify_rows(Connection& connection, const Say& say);

}  // namespace lottery::postgresql
