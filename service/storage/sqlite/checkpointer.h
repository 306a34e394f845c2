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

/// Moves what is in the WAL into the database, on a thread and a connection of its own, so that no
/// batch waits for it.
///
/// 1. Each time the WAL has grown by some pages, they are copied and synced while writers go on: a
///    little at a time, for a sync of the WAL waits at the disk behind all that is written there.
/// 2. Once the WAL is long, what is left of it is copied with the writers held back. Where nobody
///    reads it any more, the next commit begins it anew: it is overwritten and does not grow, which
///    makes its syncs cheaper too (4,000 a second against 2,500).
///
/// A reader that stays in an old snapshot (a shell with a transaction open) puts off the second
/// step until it has ended; the WAL grows meanwhile.
class Checkpointer {
 public:
  /// `write_queue` is that of the writers. `metrics` counts the checkpoints. Both must outlive
  /// this object. `on_failure` is told
  /// what went wrong. No checkpoint begins once `may_go_on` returns false: after a failed sync,
  /// SQLite counts pages as copied that the disk does not hold, and the next checkpoint would let
  /// the WAL begin anew over them. Both are called on the checkpointer's thread.
  Checkpointer(std::unique_ptr<SQLite::Database> connection, WriteQueue& write_queue,
               LedgerMetrics& metrics, std::function<void(const SQLite::Exception&)> on_failure,
               std::function<bool()> may_go_on);

  /// Waits for a checkpoint that is under way.
  ~Checkpointer();

  Checkpointer(const Checkpointer&) = delete;
  Checkpointer& operator=(const Checkpointer&) = delete;

  /// Says how many pages the WAL has after a commit. Any thread.
  void wal_has(int pages);

 private:
  void run();

  /// The WAL has begun anew, or will with the next commit. Under the mutex.
  void begin_count_anew();

  /// Copies and syncs what it can while writers go on. Returns how many pages were not copied.
  int copy_beside_writers();

  /// Copies all that is left, so that the WAL begins anew; false if a reader is in the way.
  bool copy_the_rest();

  /// One of SQLite's checkpoints. Returns how many pages of the WAL it has copied, and whether that
  /// is all of them.
  struct Copied {
    int pages = 0;
    bool is_all = false;
  };
  Copied checkpoint();

  /// SQLite syncs the database in the checkpoint that copies the last page; what was copied before
  /// would hold that one up.
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
