#pragma once

#include <SQLiteCpp/Database.h>

namespace lottery {

/// Adds the aggregate lines_sha256(first_name, last_name, document, birthdate, number) to
/// `database`, for migration 3. It gives the SHA-256, in lower-case hex digits, of the lines
/// `first_name,last_name,document,birthdate,number` LF of all rows, in the order in which it gets
/// them.
///
/// A migration must do the same for ever, so this is independent of what the service computes
/// today, and must not be changed. Throws SQLite::Exception.
void add_lines_sha256(SQLite::Database& database);

}  // namespace lottery
