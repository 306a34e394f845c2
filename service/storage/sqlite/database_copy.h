#pragma once

#include <SQLiteCpp/Database.h>

#include <filesystem>

namespace lottery {

/// Copies the state of `source` that its transaction sees, or its newest if it has none, into the
/// empty file at `copy`: page by page, as one file in rollback mode. Others may write to the source
/// meanwhile. Throws SQLite::Exception.
void copy_database(SQLite::Database& source, const std::filesystem::path& copy);

/// Puts the database in the file at `path` into rollback mode, so that it is one file: a service
/// that starts on it goes back to a WAL. Throws SQLite::Exception.
void make_one_file(const std::filesystem::path& path);

}  // namespace lottery
