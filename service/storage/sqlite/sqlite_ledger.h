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
/// One connection writes (DurableWriter), so write transactions run one after the other, even those
/// of different agencies. Other connections read, so that no query waits for a batch or for a read
/// of whole books (ReaderPool). ErrorPolicy decides which errors become LedgerUnavailable, and
/// which make the ledger fail.
class SqliteLedger : public Ledger {
 public:
  /// Opens bets.db; DatabaseFile says what it creates and refuses. If the ledger fails,
  /// `on_failure` is called once with a sentence, on the thread that met the failure; it must not
  /// call the ledger. Throws DatabaseError, and std::system_error if the WAL can't be opened or
  /// synced.
  SqliteLedger(const std::filesystem::path& path,
               std::function<void(const std::string&)> on_failure);

  /// All transactions must have ended.
  ~SqliteLedger() override;

  void write(AgencyId agency, const std::function<void(WriteTransaction&)>& work) override;
  void check_that_it_stores() override;
  std::unique_ptr<ReadTransaction> begin_read() override;
  std::unique_ptr<ReadTransaction> begin_long_read() override;
  int long_reads_max() const noexcept override;

  /// Detects every commit of another program that was visible before the call, by asking the
  /// writing connection for SQLite's data version during a write turn. A reader's data version
  /// would also change with the service's own commits.
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
  std::unique_ptr<ReaderPool> readers_;       // for lookups by key
  std::unique_ptr<ReaderPool> long_readers_;  // for whole books
  std::mutex check_mutex_;                    // held during check_that_it_stores()
  std::optional<Clock::time_point> last_good_check_;
};

}  // namespace lottery
