#pragma once

#include <SQLiteCpp/Database.h>

namespace lottery {

/// Adds the aggregate lines_sha256(first_name, last_name, document, birthdate, number) to
/// `database`, for migration 3. Its result is the SHA-256, in lower-case hex digits, of the lines
/// `first_name,last_name,document,birthdate,number` LF of all rows, in the order in which it gets
/// them.
///
/// A migration must always do the same, so this code is independent of the service's current
/// hashing, and must not be changed. Throws SQLite::Exception.
void add_lines_sha256(SQLite::Database& database);

}  // namespace lottery
