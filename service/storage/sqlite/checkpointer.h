#pragma once

#include <SQLiteCpp/Database.h>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "service/ledger_metrics.h"
#include "service/storage/sqlite/write_queue.h"

namespace lottery {

/// Copies the WAL into the database, on a thread and a connection of its own, so that no batch
/// waits for it.
///
/// 1. Each time the WAL has grown by some pages, these are copied and synced while writers
///    continue. The portions are small, because a sync of the WAL waits at the disk for everything
///    written before it.
/// 2. When the WAL is long, the rest is copied while writers wait. If no reader uses the WAL any
///    more, the next commit begins it anew: it is overwritten instead of growing, which also makes
///    its syncs cheaper (4,000 a second instead of 2,500).
///
/// A reader that stays in an old snapshot (for example a shell with an open transaction) delays the
/// second step until it ends. The WAL grows meanwhile.
class Checkpointer {
 public:
  /// `write_queue` is the writers' queue. `metrics` counts the checkpoints. Both must outlive this
  /// object. `on_failure` receives errors. No checkpoint begins once `may_go_on` returns false:
  /// after a failed sync, SQLite counts pages as copied that the disk does not hold, and the next
  /// checkpoint would let the WAL begin anew over them. Both functions are called on the
  /// checkpointer's thread.
  Checkpointer(std::unique_ptr<SQLite::Database> connection, WriteQueue& write_queue,
               LedgerMetrics& metrics, std::function<void(const SQLite::Exception&)> on_failure,
               std::function<bool()> may_go_on);

  /// Waits for a running checkpoint.
  ~Checkpointer();

  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  /// Reports the length of the WAL in pages after a commit. Any thread.
  void wal_has(int pages);

 private:
  void run();

  /// The WAL has begun anew, or will with the next commit. Call with the mutex locked.
  void begin_count_anew();

  /// Copies and syncs as much as possible while writers continue. Returns the number of pages left.
  int copy_beside_writers();

  /// Copies all that is left, so that the WAL begins anew. Returns false if a reader prevents this.
  bool copy_the_rest();

  /// Runs one SQLite checkpoint. Returns how many pages of the WAL it has copied, and whether that
  /// was all.
  struct Copied {
    int pages = 0;
    bool is_all = false;
  };
  Copied checkpoint();

  /// Syncs the database now. Otherwise the checkpoint that copies the last page would have to sync
  /// everything copied before it.
  void sync_database();

  std::unique_ptr<SQLite::Database> connection_;
  WriteQueue& write_queue_;
  LedgerMetrics& metrics_;
  std::function<void(const SQLite::Exception&)> on_failure_;
  std::function<bool()> may_go_on_;

  std::mutex mutex_;
  std::condition_variable wake_;
  int wal_pages_ = 0;  // after the last commit
  int copy_at_pages_;
  int begin_anew_at_pages_;
  bool stopping_ = false;
  std::thread thread_;  // last member: it uses all of the above
};

}  // namespace lottery
