#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <string>

namespace lottery {

/// Sets a pragma of a connection. Throws SQLite::Exception if the pragma then has another value.
void set_pragma(SQLite::Database& connection, const std::string& name, int value);

/// What happens to the WAL when the last connection to a database closes.
enum class WalAtClose : std::uint8_t {
  copied,  ///< copied into the database and deleted: SQLite's default
  kept,    ///< left as it is
};

/// Takes effect if this connection is the last one to close. Throws SQLite::Exception.
void set_wal_at_close(SQLite::Database& connection, WalAtClose wal);

}  // namespace lottery
