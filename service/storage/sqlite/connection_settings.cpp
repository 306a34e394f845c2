#include "service/storage/sqlite/connection_settings.h"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

namespace lottery {

void set_pragma(SQLite::Database& connection, const std::string& name, int value) {
  connection.exec("PRAGMA " + name + " = " + std::to_string(value));
  if (connection.execAndGet("PRAGMA " + name).getInt() != value) {
    throw SQLite::Exception("PRAGMA " + name + " can't be set", SQLITE_ERROR);
  }
}

void set_wal_at_close(SQLite::Database& connection, WalAtClose wal) {
  const int wanted = wal == WalAtClose::kept ? 1 : 0;
  int is_kept = -1;
  const int result =
      sqlite3_db_config(connection.getHandle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, wanted, &is_kept);
  if (result != SQLITE_OK || is_kept != wanted) {
    throw SQLite::Exception("the WAL's end can't be set", SQLITE_ERROR);
  }
}

}  // namespace lottery
