#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>

#include "service/ledger_metrics.h"
#include "service/storage/sqlite/checkpointer.h"
#include "service/storage/sqlite/database_file.h"
#include "service/storage/sqlite/error_policy.h"
#include "service/storage/sqlite/file_identity.h"
#include "service/storage/sqlite/lock_wait.h"
#include "service/storage/sqlite/wal_generation.h"
#include "service/storage/sqlite/wal_sync.h"
#include "service/storage/sqlite/write_queue.h"

namespace lottery {

/// The connection that writes bets.db, with everything that makes its commits durable. The parts
/// are only correct together, so no other class opens a connection to write bets. The recipe:
///
/// 1. The connection has the VFS that combines writes (write_combining_vfs.h), and the pragmas of
///    that VFS. A commit puts its frames into the WAL with one system call, and does not
///    sync them.
/// 2. commit() counts the commit. A reader may see the commit before it is counted, so each read
///    ends with wait_for_counts(): the sync() after it covers what the reader saw.
/// 3. sync() returns once a sync of the WAL has ended that began after the count (wal_sync.h). Many
///    threads share one sync.
/// 4. sync() then checks that the database and its WAL are still at their paths (file_identity.h).
///    A file that was deleted takes every commit with it when the process ends.
/// 5. SQLite's automatic checkpoints are off. A Checkpointer copies the WAL into the database
///    beside the writing. A checkpoint syncs the WAL before it copies, and the database before the
///    WAL begins anew, so a sync of the WAL alone is enough for 3.
/// 6. A WAL that has begun anew is marked, before its first commit is answered, so that an older
///    copy of the database does not fit it (recovery_files.h). The WAL's header says which WAL it
///    is, and is read after each write: 0.15 µs of processor time, a thousandth of a batch.
///    SQLite's WAL hook would not do: its count of pages also grows if a shell has copied a short
///    WAL, and the next commit begins it anew with more pages.
/// 7. A WAL that a long read has let grow is cut when it has begun anew (journal_size_limit).
///    SQLite cuts it behind the frames of the first commit of the new WAL. What is cut off is
///    frames of the old WAL, and all of them have been copied and synced; it does not matter if the
///    cut is lost.
/// 8. After a failure nothing is copied any more, neither by the Checkpointer nor when the
///    connection closes: SQLite counts pages as copied that the disk may not hold.
///
/// Any thread may call write(), changes_by_others(), wait_for_counts() and sync(). The other calls
/// belong to the work inside write(), and throw LedgerUnavailable or LedgerFailed.
class DurableWriter {
 public:
  /// `file`, `errors` and `metrics` must outlive this. Throws SQLite::Exception, and
  /// std::system_error if the WAL can't be opened or its folder can't be synced.
  DurableWriter(const DatabaseFile& file, ErrorPolicy& errors, LedgerMetrics& metrics);

  /// Every transaction must have ended. Connections that read must be closed before this, for the
  /// last one to close copies the WAL.
  ~DurableWriter();

  DurableWriter(const DurableWriter&) = delete;
  DurableWriter& operator=(const DurableWriter&) = delete;

  /// Calls `work` when its turn to write has come, maybe on another thread, and returns when it is
  /// done. Throws what `work` throws.
  void write(const std::function<void()>& work);

  /// A number that grows with the commits of other connections. Waits for its turn to write. Throws
  /// LedgerUnavailable or LedgerFailed.
  std::int64_t changes_by_others();

  /// Returns once every commit that could be seen before the call is counted. Waits for one commit
  /// at most, and not for a sync.
  void wait_for_counts();

  /// Returns once every commit that was counted before the call survives a loss of power. Throws
  /// LedgerFailed.
  void sync();

  /// For statements. Transactions are begun and ended with the calls below, and with nothing else.
  SQLite::Database& connection() noexcept { return connection_; }

  /// Begins a transaction, and waits for other programs until `deadline`.
  void begin(LockWait::Deadline deadline);

  /// Commits the transaction, which is durable after the next sync().
  void commit();

  /// Ends the transaction without a trace, if there is one.
  void roll_back() noexcept;

 private:
  /// Counts a change by others, if there was one.
  void note_changes_by_others();

  /// If the WAL has begun anew since the last call, marks it.
  void mark_new_wal();

  /// Raises the database's change counter with a commit that is counted.
  void raise_counter();

  const DatabaseFile& file_;
  ErrorPolicy& errors_;
  LedgerMetrics& metrics_;

  SQLite::Database connection_;
  LockWait lock_wait_;
  SQLite::Statement begin_;
  SQLite::Statement commit_;
  SQLite::Statement data_version_query_;
  std::int64_t data_version_;  // changes with the commits of other connections
  std::int64_t changes_by_others_ = 0;
  WalGeneration marked_wal_;

  WriteQueue queue_;
  std::mutex commit_gate_;  // held while a commit becomes visible and is counted
  WalSync wal_sync_;
  FileIdentity wal_place_;
  std::optional<Checkpointer> checkpointer_;
};

}  // namespace lottery
