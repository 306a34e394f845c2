#include "service/checkpointer.h"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <utility>

namespace lottery {
namespace {

constexpr int pages_between_checkpoints = 4096;  // of 4 KiB: a WAL of 16 MiB

}  // namespace

Checkpointer::Checkpointer(std::unique_ptr<SQLite::Database> connection, std::mutex& turn_to_write,
                           std::function<void(const SQLite::Exception&)> on_failure)
    : connection_(std::move(connection)),
      turn_to_write_(turn_to_write),
      on_failure_(std::move(on_failure)),
      due_at_pages_(pages_between_checkpoints),
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
  if (due_ || pages < due_at_pages_) return;
  due_ = true;
  wake_.notify_one();
}

void Checkpointer::run() {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return due_ || stopping_; });
    if (stopping_) return;
    lock.unlock();
    int needed = 0;
    try {
      checkpoint();
      const std::lock_guard turn(turn_to_write_);
      needed = checkpoint();
    } catch (const SQLite::Exception& failure) {
      on_failure_(failure);
    }
    lock.lock();
    due_at_pages_ = needed + pages_between_checkpoints;
    due_ = false;
  }
}

int Checkpointer::checkpoint() {
  int pages = 0;
  int copied = 0;
  const int result = sqlite3_wal_checkpoint_v2(connection_->getHandle(), nullptr,
                                               SQLITE_CHECKPOINT_PASSIVE, &pages, &copied);
  // Busy: another program is checkpointing at this moment, which is as well.
  if (result != SQLITE_OK && result != SQLITE_BUSY) {
    throw SQLite::Exception(connection_->getHandle(), result);
  }
  return pages == copied ? 0 : pages;
}

}  // namespace lottery
