#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <string>

namespace lottery {

/// Sets a pragma of a connection. Throws SQLite::Exception if it has another value afterwards.
void set_pragma(SQLite::Database& connection, const std::string& name, int value);

/// What the last connection to a database does with the WAL when it closes.
enum class WalAtClose : std::uint8_t {
  copied,  ///< into the database, and deleted; this is SQLite's default
  kept,    ///< the WAL stays as it is
};

/// Applies to this connection, should it be the last one. Throws SQLite::Exception.
void set_wal_at_close(SQLite::Database& connection, WalAtClose wal);

}  // namespace lottery
