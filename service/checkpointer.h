#pragma once

#include <SQLiteCpp/Database.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace lottery {

/// Moves what is in the WAL into the database, on a thread and a connection of its own, so that no
/// batch waits for it.
///
/// 1. Once the WAL has grown by `pages_between_checkpoints`, most of it is copied and synced while
///    writers go on.
/// 2. The few pages that came meanwhile are copied with the writers held back. Now nothing in the
///    WAL is needed, and the next commit begins it anew: it is overwritten and does not grow, which
///    makes its syncs cheaper too (4,000 a second against 2,500).
///
/// A reader that stays in an old snapshot (a shell with a transaction open) puts off the second
/// step until it has ended; the WAL grows meanwhile.
class Checkpointer {
 public:
  /// `turn_to_write` is held by whoever writes. `on_failure` is told what went wrong, on the
  /// checkpointer's thread. Both must outlive this object.
  Checkpointer(std::unique_ptr<SQLite::Database> connection, std::mutex& turn_to_write,
               std::function<void(const SQLite::Exception&)> on_failure);

  /// Waits for a checkpoint that is under way.
  ~Checkpointer();

  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  /// Says how many pages the WAL has after a commit. Any thread.
  void wal_has(int pages);

 private:
  void run();

  /// Copies what it can, and returns how many pages of the WAL are still needed.
  int checkpoint();

  std::unique_ptr<SQLite::Database> connection_;
  std::mutex& turn_to_write_;
  std::function<void(const SQLite::Exception&)> on_failure_;

  std::mutex mutex_;
  std::condition_variable wake_;
  int due_at_pages_;
  bool due_ = false;
  bool stopping_ = false;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace lottery
