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

/// Copies the WAL into the database on its own thread and connection, so that no batch waits for a
/// checkpoint.
///
/// 1. Each time the WAL has grown by some pages, they are copied and synced while writers continue.
///    Each copy is small, because a sync of the WAL waits at the disk behind everything that is
///    written there.
/// 2. When the WAL is long, the rest of it is copied while the writers are held back. If no reader
///    uses the WAL any more, the next commit restarts it: the WAL is overwritten from its beginning
///    and does not grow. That also makes its syncs cheaper (4,000 a second instead of 2,500).
///
/// A reader that keeps an old snapshot (for example a shell with an open transaction) delays the
/// second step until it ends; the WAL grows meanwhile.
class Checkpointer {
 public:
  /// `write_queue` is the writers' queue. `metrics` counts the checkpoints. Both must outlive this
  /// object. `on_failure` receives errors. No checkpoint begins after `may_go_on` has returned
  /// false: after a failed sync, SQLite counts pages as copied that the disk does not hold, and the
  /// next checkpoint would let the WAL overwrite them. Both functions are called on the
  /// checkpointer's thread.
  Checkpointer(std::unique_ptr<SQLite::Database> connection, WriteQueue& write_queue,
               LedgerMetrics& metrics, std::function<void(const SQLite::Exception&)> on_failure,
               std::function<bool()> may_go_on);

  /// Waits for a running checkpoint.
  ~Checkpointer();

  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  /// Tells the number of pages in the WAL after a commit. Any thread.
  void wal_has(int pages);

 private:
  void run();

  /// The WAL has restarted, or will restart at the next commit. Requires the mutex.
  void begin_count_anew();

  /// Copies and syncs what it can while writers continue. Returns the number of pages not copied.
  int copy_beside_writers();

  /// Copies everything that is left, so that the WAL restarts. Returns false if a reader prevents
  /// it.
  bool copy_the_rest();

  /// The result of one checkpoint: the number of copied pages of the WAL, and whether they were all
  /// pages.
  struct Copied {
    int pages = 0;
    bool is_all = false;
  };
  Copied checkpoint();

  /// SQLite syncs the database only in the checkpoint that copies the last page. Syncing earlier
  /// copies beforehand keeps that checkpoint short.
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
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace lottery
