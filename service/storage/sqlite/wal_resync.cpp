#include "service/storage/sqlite/wal_resync.h"

#include <SQLiteCpp/Exception.h>
#include <SQLiteCpp/Statement.h>
#include <SQLiteCpp/Transaction.h>
#include <fcntl.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <thread>
#include <vector>

#include "service/storage/sqlite/database_error.h"
#include "service/storage/sqlite/recovery_files.h"
#include "service/storage/sqlite/wal_frames.h"

namespace lottery {
namespace {

constexpr std::chrono::milliseconds checkpoint_wait_max{2000};
constexpr std::chrono::milliseconds checkpoint_poll{2};

constexpr std::size_t chunk_bytes = 1UL << 20U;

/// Locks out checkpoints of other programs (SQLite, "WAL-mode File Format", 2.3).
class CheckpointLock {
 public:
  /// `connection` must be in a transaction, and outlive this.
  explicit CheckpointLock(SQLite::Database& connection) {
    int result = sqlite3_file_control(connection.getHandle(), "main", SQLITE_FCNTL_FILE_POINTER,
                                      static_cast<void*>(&file_));
    const auto deadline = std::chrono::steady_clock::now() + checkpoint_wait_max;
    if (result == SQLITE_OK) result = call(SQLITE_SHM_LOCK);
    while (result == SQLITE_BUSY && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(checkpoint_poll);
      result = call(SQLITE_SHM_LOCK);
    }
    if (result != SQLITE_OK) throw SQLite::Exception("checkpoints can't be kept out", result);
  }
  ~CheckpointLock() { call(SQLITE_SHM_UNLOCK); }
  CheckpointLock(const CheckpointLock&) = delete;
  CheckpointLock& operator=(const CheckpointLock&) = delete;

 private:
  int call(int operation) {
    constexpr int checkpoint_lock = 1;  // WAL_CKPT_LOCK
    constexpr int locks = 1;
    return file_->pMethods->xShmLock(file_, checkpoint_lock, locks,
                                     operation | SQLITE_SHM_EXCLUSIVE);
  }

  sqlite3_file* file_ = nullptr;
};

/// Rewrites the existing bytes from `begin` to `end`.
void write_anew(const OpenFile& file, off_t begin, off_t end, std::vector<unsigned char>& buffer) {
  for (off_t at = begin; at < end;) {
    const auto wanted = std::min(buffer.size(), static_cast<std::size_t>(end - at));
    const std::span<unsigned char> chunk = std::span(buffer).first(wanted);
    const std::size_t bytes = file.read_at(at, chunk);
    if (bytes == 0) return;
    file.write_at(at, chunk.first(bytes));
    at += static_cast<off_t>(bytes);
  }
}

void write_anew(const OpenFile& wal, const OpenFile& database) {
  std::vector<unsigned char> buffer(chunk_bytes);
  write_anew(wal, 0, wal.size(), buffer);
  wal.sync();

  WalFrames frames = read_wal_frames(wal);
  std::sort(frames.pages.begin(), frames.pages.end());
  frames.pages.erase(std::unique(frames.pages.begin(), frames.pages.end()), frames.pages.end());
  for (const std::uint32_t page : frames.pages) {
    const off_t begin = (off_t{page} - 1) * frames.page_bytes;
    write_anew(database, begin, begin + frames.page_bytes, buffer);
  }
  database.sync();
}

}  // namespace

void resync_wal(SQLite::Database& connection, const OpenFile& database) {
  {
    const SQLite::Transaction keeps_writers_out(connection, SQLite::TransactionBehavior::IMMEDIATE);
    const CheckpointLock keeps_checkpoints_out(connection);
    const auto wal = OpenFile::open(wal_path_of(database.path()), O_RDWR);
    if (!wal) throw database_error(database.path(), "has lost its WAL while it was opened");
    write_anew(*wal, database);
  }
  // PASSIVE copies what it can without waiting. SQLITE_BUSY and an incomplete copy are not errors
  // here: what stays in the WAL is durable.
  SQLite::Statement(connection, "PRAGMA wal_checkpoint(PASSIVE)").executeStep();
}

}  // namespace lottery
