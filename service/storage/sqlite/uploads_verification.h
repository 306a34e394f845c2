#pragma once

#include <SQLiteCpp/Database.h>

#include "service/storage/sqlite/findings.h"

namespace lottery {

/// Checks that each upload in `uploads` is in the draw of its batches, and that all uploads that
/// have batches are there, and no others. The database must be of the current version and in a read
/// transaction. Throws SQLite::Exception.
void check_uploads(SQLite::Database& database, Findings& findings);

}  // namespace lottery
