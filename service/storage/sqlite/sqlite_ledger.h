#pragma once

#include <SQLiteCpp/Database.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "service/ledger.h"
#include "service/storage/sqlite/checkpointer.h"
#include "service/storage/sqlite/database_file.h"
#include "service/storage/sqlite/file_identity.h"
#include "service/storage/sqlite/wal_sync.h"
#include "service/storage/sqlite/write_queue.h"

namespace lottery {

/// The ledger in bets.db.
///
/// One connection writes, with its statements prepared once; whoever has the turn uses it. Others
/// read, so that no question waits for a batch, nor for the reading of whole books. Syncs are
/// shared by all who have committed (WalSync), and checkpoints happen beside the writing
/// (Checkpointer).
///
/// What goes wrong is one of two things. A write that did not happen and may succeed later (a full
/// disk, another program that holds the database, an index of somebody else's that refuses it) is
/// LedgerUnavailable. After a failed sync, after a commit of which it is not known whether it will
/// be found, or if the file is no sound database any more, the ledger has failed: every call throws
/// LedgerFailed.
class SqliteLedger : public Ledger {
 public:
  /// Opens bets.db; see DatabaseFile for what it makes and what it refuses. `on_failure` is called
  /// once if the ledger fails, with a sentence, on the thread that met it; it must not call the
  /// ledger. Throws DatabaseError, and std::system_error if the WAL can't be opened or synced.
  SqliteLedger(const std::filesystem::path& path,
               std::function<void(const std::string&)> on_failure);

  /// Every transaction must have ended.
  ~SqliteLedger() override;

  void write(const std::function<void(WriteTransaction&)>& work) override;
  std::unique_ptr<ReadTransaction> begin_read() override;
  std::unique_ptr<ReadTransaction> begin_long_read() override;
  void end_reads() noexcept override;
  void sync() override;

 private:
  class Writer;
  class Reader;
  class Readers;
  template <typename Transaction>
  class SqliteView;
  class SqliteWriteTransaction;
  class SqliteReadTransaction;

  void open_connections();

  /// Calls `call`, with SQLite's exceptions turned into the ledger's.
  template <typename Call>
  auto guarded(Call&& call);

  /// Marks the ledger as failed, and returns why it has.
  std::string fail(const std::string& why);
  bool has_failed();
  void throw_if_failed();
  [[noreturn]] void throw_translated(const SQLite::Exception& error, bool is_final);

  /// If the WAL has begun anew since the last call, marks it, so that an older copy of the database
  /// does not fit it (see recovery_files.h). Needs the turn to write.
  void mark_new_wal();

  std::mutex failure_mutex_;
  std::optional<std::string> failure_;
  std::function<void(const std::string&)> on_failure_;

  DatabaseFile file_;
  WriteQueue write_queue_;
  std::mutex commit_gate_;  // held while a commit becomes visible and is counted
  std::unique_ptr<Writer> writer_;
  std::unique_ptr<Readers> readers_;       // for questions that are answered by key
  std::unique_ptr<Readers> long_readers_;  // for whole books
  std::unique_ptr<WalSync> wal_sync_;
  std::optional<FileIdentity> wal_place_;
  std::unique_ptr<Checkpointer> checkpointer_;
};

}  // namespace lottery
