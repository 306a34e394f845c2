#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "service/ledger.h"
#include "service/storage/postgresql/connection_pool.h"
#include "service/storage/postgresql/database_watch.h"
#include "service/storage/postgresql/postgresql_settings.h"
#include "service/storage/postgresql/postgresql_write_transaction.h"

namespace lottery {

/// What a PostgresqlLedger reports while it is open, on another thread. Either may be empty.
struct DatabaseReports {
  /// A newer service has changed the schema, or a service with other terms has started. Called
  /// once, with a sentence.
  std::function<void(const std::string&)> failed{};

  /// Called with a sentence when the server can't be used for now, and with an empty text when it
  /// can be used again.
  std::function<void(const std::string&)> usable{};
};

/// The ledger in a PostgreSQL database. Several services may use it at once.
///
/// 1. Transactions of different agencies run concurrently, each on its own connection. A
///    transaction locks its agency's row until the server has made its commit durable, so
///    transactions of one agency run one after the other.
/// 2. COMMIT returns when the server, and the replicas that it waits for, have flushed it. So
///    commit() makes durable what the transaction has written, and what it has seen. Each new
///    connection is checked for this (server_checks.h).
/// 3. A transaction that only reads may see a commit that the replicas do not have: the server was
///    restarted or replaced, or a wait for replicas was cancelled, maybe at another service. So
///    after such a transaction sync() makes a write durable, and with it everything before
///    (unconfirmed_reads.h).
/// 4. If the connection is lost in COMMIT, the ledger looks up the outcome by a token that the
///    transaction has left in its rows. It locks the agency's row first, which waits until the lost
///    transaction is over, and writes, which makes what it finds durable. If this can't be done in
///    time, it throws OutcomeUnknown.
/// 5. Serialization failures, deadlocks, constraint violations and connections lost before COMMIT
///    are retried: three attempts in all.
class PostgresqlLedger : public Ledger {
 public:
  /// Connects and migrates the schema. Throws std::runtime_error, with a sentence, if the server
  /// can't be reached or must not be used, or if services running on it have other terms.
  explicit PostgresqlLedger(PostgresqlSettings settings, const DatabaseReports& reports = {});

  /// All transactions must have ended.
  ~PostgresqlLedger() override;

  void write(AgencyId agency, const std::function<void(WriteTransaction&)>& work) override;
  void check_that_it_stores() override;
  std::unique_ptr<ReadTransaction> begin_read() override;
  std::unique_ptr<ReadTransaction> begin_long_read() override;
  int long_reads_max() const noexcept override { return long_reads_max_; }

  /// Always empty: other services may write at any moment.
  std::optional<std::int64_t> changes_by_others() override { return {}; }
  void watch_draws(const std::function<void()>& drawn) override { watch_.call(drawn); }
  void end_reads() noexcept override;
  void sync() override;
  const LedgerMetrics& metrics() const noexcept override { return metrics_; }
  LedgerFiles files() const override;

  /// The number of replicas that commits waited for when the ledger was opened.
  int replicas() const noexcept { return replicas_; }

 private:
  std::unique_ptr<postgresql::Connection> open(Deadline deadline);

  /// Writes something that changes nothing, and returns when it is durable. Throws ConnectionLost,
  /// StatementFailed and ServerRefused.
  void write_durably(Deadline deadline);

  /// True if the agency's transaction that has left this trace is stored. Throws OutcomeUnknown.
  bool is_stored(AgencyId agency, const postgresql::Trace& trace);

  const PostgresqlSettings settings_;
  const int long_reads_max_;
  int replicas_ = 0;
  LedgerMetrics metrics_;
  std::atomic<bool> is_over_ = false;
  mutable postgresql::ConnectionPool pool_;
  postgresql::UnconfirmedReads unconfirmed_reads_;
  const postgresql::PostgresqlWriteTransaction::Context context_{metrics_, unconfirmed_reads_,
                                                                 settings_.synchronous_replicas};
  std::mutex mutex_;
  std::condition_variable over_;
  std::optional<std::chrono::steady_clock::time_point> last_good_check_;
  postgresql::DatabaseWatch watch_;  // last member: it uses all of the above
};

}  // namespace lottery
