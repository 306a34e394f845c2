#pragma once

#include <SQLiteCpp/Database.h>

#include <filesystem>

namespace lottery {

/// Copies `source`, as its transaction sees it (or in its newest state if it has no transaction),
/// page by page into the empty file `copy`, as one file in rollback mode. Others may write to the
/// source meanwhile. Throws SQLite::Exception.
void copy_database(SQLite::Database& source, const std::filesystem::path& copy);

/// Puts the database at `path` into rollback mode, so that it is a single file. A service that
/// opens it switches it back to WAL mode. Throws SQLite::Exception.
void make_one_file(const std::filesystem::path& path);

}  // namespace lottery
