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
/// are only correct together, so no other class opens a connection for writing bets. They work like
/// this:
///
/// 1. The connection uses the VFS that combines writes (write_combining_vfs.h) and the pragmas that
///    this VFS needs. A commit writes its frames into the WAL with one system call, without a sync.
/// 2. commit() counts the commit. A reader may see the commit before it is counted, so every read
///    ends with wait_for_counts(): the following sync() then covers what the reader saw.
/// 3. sync() returns when a sync of the WAL has ended that began after the count (wal_sync.h). Many
///    threads share one sync.
/// 4. sync() then checks that the database and its WAL are still at their paths (file_identity.h).
///    If a file was deleted, every commit in it is lost when the process ends.
/// 5. SQLite's automatic checkpoints are off. A Checkpointer copies the WAL into the database
///    concurrently. A checkpoint syncs the WAL before it copies, and the database before the WAL
///    begins anew, so step 3 needs to sync only the WAL.
/// 6. A WAL that has begun anew is marked before its first commit is answered, so that an older
///    copy of the database does not match it (recovery_files.h). The WAL's header, read after each
///    write, identifies the WAL: 0.15 µs of processor time, a thousandth of a batch. SQLite's WAL
///    hook does not suffice: its page count also grows if a shell has checkpointed a short WAL and
///    the next commit begins it anew with more pages.
/// 7. A WAL that has grown during a long read is truncated when it has begun anew
///    (journal_size_limit). SQLite truncates it after the frames of the new WAL's first commit. It
///    cuts off only frames of the old WAL, which have all been copied and synced, so it does not
///    matter if the truncation is lost.
/// 8. After a failure nothing is copied any more, neither by the Checkpointer nor when the
///    connection closes, because SQLite counts pages as copied that the disk may not hold.
///
/// Any thread may call write(), changes_by_others(), wait_for_counts() and sync(). The other calls
/// are for the work inside write(), and throw LedgerUnavailable or LedgerFailed.
class DurableWriter {
 public:
  /// `file`, `errors` and `metrics` must outlive this. Throws SQLite::Exception, and
  /// std::system_error if the WAL can't be opened or its folder can't be synced.
  DurableWriter(const DatabaseFile& file, ErrorPolicy& errors, LedgerMetrics& metrics);

  /// Every transaction must have ended. Close all reading connections before this object ends,
  /// because the last connection to close copies the WAL.
  ~DurableWriter();

  DurableWriter(const DurableWriter&) = delete;
  DurableWriter& operator=(const DurableWriter&) = delete;

  /// Calls `work` during its write turn, possibly on another thread, and returns when `work` has
  /// returned. Throws what `work` throws.
  void write(const std::function<void()>& work);

  /// A number that grows with commits of other connections. Waits for the write turn. Throws
  /// LedgerUnavailable or LedgerFailed.
  std::int64_t changes_by_others();

  /// Returns when every commit that was visible before the call is counted. Waits for at most one
  /// commit, and for no sync.
  void wait_for_counts();

  /// Returns when every commit counted before the call survives a power loss. Throws LedgerFailed.
  void sync();

  /// For statements. Begin and end transactions only with the calls below.
  SQLite::Database& connection() noexcept { return connection_; }

  /// Begins a transaction. Waits for other programs' locks until `deadline`.
  void begin(LockWait::Deadline deadline);

  /// Commits the transaction. The next sync() makes it durable.
  void commit();

  /// Rolls back the transaction, if there is one.
  void roll_back() noexcept;

 private:
  /// Counts changes by other connections, if there were any.
  void note_changes_by_others();

  /// Marks the WAL if it has begun anew since the last call.
  void mark_new_wal();

  /// Raises the database's change counter in a commit, and counts this commit.
  void raise_counter();

  const DatabaseFile& file_;
  ErrorPolicy& errors_;
  LedgerMetrics& metrics_;

  SQLite::Database connection_;
  LockWait lock_wait_;
  SQLite::Statement begin_;
  SQLite::Statement commit_;
  SQLite::Statement data_version_query_;
  std::int64_t data_version_;  // changes when other connections commit
  std::int64_t changes_by_others_ = 0;
  WalGeneration marked_wal_;

  WriteQueue queue_;
  std::mutex commit_gate_;  // held while a commit becomes visible and is counted
  WalSync wal_sync_;
  FileIdentity wal_place_;
  std::optional<Checkpointer> checkpointer_;
};

}  // namespace lottery
