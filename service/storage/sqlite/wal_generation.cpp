#include "service/storage/sqlite/wal_generation.h"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <string>

#include "service/storage/sqlite/migrations.h"

namespace lottery {

WalGeneration wal_generation(SQLite::Database& connection) {
  constexpr sqlite3_int64 sequence_number_at = 12;
  WalGeneration generation{};
  sqlite3_file* wal = nullptr;
  int result = sqlite3_file_control(connection.getHandle(), "main", SQLITE_FCNTL_JOURNAL_POINTER,
                                    static_cast<void*>(&wal));
  if (result == SQLITE_OK) {
    result = wal->pMethods->xRead(wal, generation.data(), static_cast<int>(generation.size()),
                                  sequence_number_at);
  }
  if (result != SQLITE_OK && result != SQLITE_IOERR_SHORT_READ) {
    throw SQLite::Exception("the WAL's header can't be read", result);
  }
  return generation;
}

void raise_change_counter(SQLite::Database& connection) {
  // SQLite increments the counter of the page 1 that it has read. Without this call, it would use
  // the page 1 in its cache each time, and write the same number again.
  const int result = sqlite3_db_release_memory(connection.getHandle());
  if (result != SQLITE_OK) throw SQLite::Exception("page 1 can't be read anew", result);
  connection.exec("PRAGMA user_version = " + std::to_string(migrations().back().version));
}

bool copy_whole_wal(SQLite::Database& connection) {
  int pages = 0;
  int copied = 0;
  const int result = sqlite3_wal_checkpoint_v2(connection.getHandle(), nullptr,
                                               SQLITE_CHECKPOINT_PASSIVE, &pages, &copied);
  if (result == SQLITE_BUSY) return false;
  if (result != SQLITE_OK) throw SQLite::Exception(connection.getHandle(), result);
  return pages == copied;
}

}  // namespace lottery
