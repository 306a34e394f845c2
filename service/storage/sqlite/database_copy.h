#pragma once

#include <SQLiteCpp/Database.h>

#include <filesystem>

namespace lottery {

/// Copies `source` into the empty file at `copy`, page by page, as one file in rollback mode.
/// Copies the state that the source's transaction sees, or the newest state if there is no
/// transaction. Others may write to the source meanwhile. Throws SQLite::Exception.
void copy_database(SQLite::Database& source, const std::filesystem::path& copy);

/// Puts the database at `path` into rollback mode, so that it is one file. A service that opens it
/// puts it back into WAL mode. Throws SQLite::Exception.
void make_one_file(const std::filesystem::path& path);

}  // namespace lottery
