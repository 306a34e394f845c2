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

/// The ledger in a PostgreSQL database. Several services may use it at once.
///
/// 1. Transactions of different agencies run at the same time, each on its own connection.
///    Transactions of one agency wait for the agency's lock; each holds it until the server has
///    made its commit durable.
/// 2. A COMMIT returns when the server, and the replicas that it waits for, have flushed it. So
///    commit() makes the transaction durable, and sync() has nothing to do. Each new connection is
///    checked for this (server_checks.h).
/// 3. Other transactions see a commit only after this flush, unless the server was restarted or
///    replaced in between. So a new connection writes something before it is used: when that is
///    durable, everything that the connection can see is durable.
/// 4. If a connection is lost in COMMIT, the ledger looks up whether the transaction is stored, by
///    a token in its rows. It takes the agency's lock first, to be sure that the transaction has
///    ended. If it can't find out in time, it throws OutcomeUnknown.
/// 5. After a serialization failure, a deadlock or a conflict with a concurrent transaction, the
///    transaction is repeated: three attempts at most.
class PostgresqlLedger : public Ledger {
 public:
  /// Connects, and migrates the schema. `on_failure` is called at most once, with a sentence, on
  /// another thread; DatabaseWatch says when. Throws std::runtime_error, with a sentence for a
  /// person, if the server can't be reached or must not be used, or if running services have other
  /// terms.
  explicit PostgresqlLedger(PostgresqlSettings settings,
                            std::function<void(const std::string&)> on_failure = {});

  /// All transactions must have ended.
  ~PostgresqlLedger() override;

  void write(AgencyId agency, const std::function<void(WriteTransaction&)>& work) override;
  void check_that_it_stores() override;
  std::unique_ptr<ReadTransaction> begin_read() override;
  std::unique_ptr<ReadTransaction> begin_long_read() override;
  int long_reads_max() const noexcept override { return long_reads_max_; }

  /// Nothing, because other services may write at any moment.
  std::optional<std::int64_t> changes_by_others() override { return {}; }
  void watch_draws(const std::function<void()>& drawn) override { watch_.call(drawn); }
  void end_reads() noexcept override;
  void sync() override {}
  const LedgerMetrics& metrics() const noexcept override { return metrics_; }
  LedgerFiles files() const override;

  /// The number of replicas that commits waited for when the ledger was opened.
  int replicas() const noexcept { return replicas_; }

 private:
  std::unique_ptr<postgresql::Connection> open(Deadline deadline);

  /// Returns whether the agency's transaction with this trace is stored. Throws OutcomeUnknown.
  bool is_stored(AgencyId agency, const postgresql::Trace& trace);

  const PostgresqlSettings settings_;
  const int long_reads_max_;
  int replicas_ = 0;
  LedgerMetrics metrics_;
  std::atomic<bool> is_over_ = false;
  mutable postgresql::ConnectionPool pool_;
  std::mutex mutex_;
  std::condition_variable over_;
  std::optional<std::chrono::steady_clock::time_point> last_good_check_;
  postgresql::DatabaseWatch watch_;  // last: it uses all of the above
};

}  // namespace lottery
