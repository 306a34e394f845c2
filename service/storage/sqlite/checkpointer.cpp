#include "service/storage/sqlite/checkpointer.h"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <utility>

namespace lottery {
namespace {

// In pages of 4 KiB. While a copy is synced, syncs of the WAL wait at the disk: copying eight times
// as many pages at once made the slowest in a hundred batches a quarter slower.
constexpr int pages_between_copies = 64;
constexpr int wal_pages_usual = 4096;  // a WAL of 16 MiB

// The number of pages that may remain when the writers are held back, and the number of attempts to
// get there.
constexpr int few_pages = 64;
constexpr int tries_max = 4;

}  // namespace

Checkpointer::Checkpointer(std::unique_ptr<SQLite::Database> connection, WriteQueue& write_queue,
                           LedgerMetrics& metrics,
                           std::function<void(const SQLite::Exception&)> on_failure,
                           std::function<bool()> may_go_on)
    : connection_(std::move(connection)),
      write_queue_(write_queue),
      metrics_(metrics),
      on_failure_(std::move(on_failure)),
      may_go_on_(std::move(may_go_on)),
      copy_at_pages_(pages_between_copies),
      begin_anew_at_pages_(wal_pages_usual),
      thread_([this] { run(); }) {}

Checkpointer::~Checkpointer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

void Checkpointer::wal_has(int pages) {
  const std::lock_guard lock(mutex_);
  // The WAL has restarted: everything in it had been copied before a writer came.
  if (pages < wal_pages_) begin_count_anew();
  wal_pages_ = pages;
  if (pages >= copy_at_pages_) wake_.notify_one();
}

void Checkpointer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return wal_pages_ >= copy_at_pages_ || stopping_; });
    if (stopping_) return;
    const bool is_long = wal_pages_ >= begin_anew_at_pages_;
    copy_at_pages_ = wal_pages_ + pages_between_copies;
    if (is_long) begin_anew_at_pages_ = wal_pages_ + wal_pages_usual;
    lock.unlock();
    if (!may_go_on_()) return;
    bool begins_anew = false;
    try {
      int left = copy_beside_writers();
      if (is_long) {
        for (int i = 1; i < tries_max && left > few_pages; ++i) left = copy_beside_writers();
        begins_anew = copy_the_rest();
      }
    } catch (const SQLite::Exception& failure) {
      on_failure_(failure);
    }
    lock.lock();
    if (begins_anew) begin_count_anew();
  }
}

void Checkpointer::begin_count_anew() {
  wal_pages_ = 0;
  copy_at_pages_ = pages_between_copies;
  begin_anew_at_pages_ = wal_pages_usual;
}

int Checkpointer::copy_beside_writers() {
  const Copied copied = checkpoint();
  sync_database();
  const std::lock_guard lock(mutex_);
  return wal_pages_ - copied.pages;
}

bool Checkpointer::copy_the_rest() {
  bool is_all = false;
  write_queue_.run([&] { is_all = checkpoint().is_all; });
  return is_all;
}

Checkpointer::Copied Checkpointer::checkpoint() {
  int pages = 0;
  int copied = 0;
  const int result = sqlite3_wal_checkpoint_v2(connection_->getHandle(), nullptr,
                                               SQLITE_CHECKPOINT_PASSIVE, &pages, &copied);
  // SQLITE_BUSY means that another program is running a checkpoint, which does the same work.
  if (result != SQLITE_OK && result != SQLITE_BUSY) {
    throw SQLite::Exception(connection_->getHandle(), result);
  }
  if (result == SQLITE_OK) metrics_.checkpoints.Increment();
  return {.pages = copied, .is_all = result == SQLITE_OK && pages == copied};
}

void Checkpointer::sync_database() {
  sqlite3_file* file = nullptr;
  int result = sqlite3_file_control(connection_->getHandle(), "main", SQLITE_FCNTL_FILE_POINTER,
                                    static_cast<void*>(&file));
  if (result == SQLITE_OK) {
    result = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY);
  }
  if (result != SQLITE_OK) throw SQLite::Exception("the database can't be synced", result);
}

}  // namespace lottery
