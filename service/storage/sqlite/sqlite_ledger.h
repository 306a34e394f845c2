#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "service/ledger.h"
#include "service/storage/sqlite/database_file.h"
#include "service/storage/sqlite/durable_writer.h"
#include "service/storage/sqlite/error_policy.h"
#include "service/storage/sqlite/reader_pool.h"
#include "service/storage/sqlite/write_statements.h"

namespace lottery {

/// The ledger in bets.db.
///
/// One connection writes (DurableWriter), so transactions that write happen one after the other,
/// those of different agencies too. Others read, so that no question waits for a batch, nor for the
/// reading of whole books (ReaderPool). ErrorPolicy decides which errors are LedgerUnavailable, and
/// which one makes the ledger fail.
class SqliteLedger : public Ledger {
 public:
  /// Opens bets.db; see DatabaseFile for what it makes and what it refuses. `on_failure` is called
  /// once if the ledger fails, with a sentence, on the thread that met it; it must not call the
  /// ledger. Throws DatabaseError, and std::system_error if the WAL can't be opened or synced.
  SqliteLedger(const std::filesystem::path& path,
               std::function<void(const std::string&)> on_failure);

  /// Every transaction must have ended.
  ~SqliteLedger() override;

  void write(AgencyId agency, const std::function<void(WriteTransaction&)>& work) override;
  void check_that_it_stores() override;
  std::unique_ptr<ReadTransaction> begin_read() override;
  std::unique_ptr<ReadTransaction> begin_long_read() override;
  int long_reads_max() const noexcept override;

  /// Notices every commit of another program that was visible before the call: the connection that
  /// writes asks for SQLite's data version in its turn. That of a reader would change with the
  /// service's own commits, too.
  std::optional<std::int64_t> changes_by_others() override;
  void end_reads() noexcept override;
  void sync() override;
  const LedgerMetrics& metrics() const noexcept override { return metrics_; }
  LedgerFiles files() const override;

 private:
  using Clock = std::chrono::steady_clock;

  DatabaseFile file_;
  ErrorPolicy errors_;
  LedgerMetrics metrics_;
  int long_reads_max_;
  std::unique_ptr<DurableWriter> writer_;
  std::unique_ptr<WriteStatements> statements_;
  std::unique_ptr<ReaderPool> readers_;       // for questions that are answered by key
  std::unique_ptr<ReaderPool> long_readers_;  // for whole books
  std::mutex check_mutex_;                    // held during check_that_it_stores()
  std::optional<Clock::time_point> last_good_check_;
};

}  // namespace lottery
