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

/// The ledger in a PostgreSQL database, which several services may use at once.
///
/// 1. Transactions of different agencies run at the same time, each on a connection of its own.
/// Those
///    of one agency wait for its lock, which they hold until the server has made their commit
///    durable.
/// 2. A COMMIT returns when the server, and the replicas that it waits for, have flushed it. So
///    commit() makes durable, and sync() has nothing to do. Each connection is checked for that
///    when it is opened (server_checks.h).
/// 3. Other transactions see a commit only once that is done, unless the server was restarted or
///    replaced in between: so a new connection writes something before it is used, and what it can
///    see is durable once that is.
/// 4. If a connection is lost in COMMIT, the ledger looks up what became of the transaction, by a
///    token that it has left in its rows. It takes the agency's lock first, so that the transaction
///    is over. If this can't be done in time, it throws OutcomeUnknown.
/// 5. Serialization failures and deadlocks are tried again, three times at most.
class PostgresqlLedger : public Ledger {
 public:
  /// Connects, and brings the schema up to date. `on_failure` is called once, on another thread,
  /// with a sentence, if a newer service has changed the schema. Throws std::runtime_error, with a
  /// sentence, if the server can't be reached or must not be used, or if services at work on it
  /// have other terms.
  explicit PostgresqlLedger(PostgresqlSettings settings,
                            std::function<void(const std::string&)> on_failure = {});

  /// Every transaction must have ended.
  ~PostgresqlLedger() override;

  void write(AgencyId agency, const std::function<void(WriteTransaction&)>& work) override;
  void check_that_it_stores() override;
  std::unique_ptr<ReadTransaction> begin_read() override;
  std::unique_ptr<ReadTransaction> begin_long_read() override;
  int long_reads_max() const noexcept override { return long_reads_max_; }

  /// Other services may write at any moment.
  std::optional<std::int64_t> changes_by_others() override { return {}; }
  void watch_draws(const std::function<void()>& drawn) override { watch_.call(drawn); }
  void end_reads() noexcept override;
  void sync() override {}
  const LedgerMetrics& metrics() const noexcept override { return metrics_; }
  LedgerFiles files() const override;

  /// How many replicas commits waited for when the ledger was opened.
  int replicas() const noexcept { return replicas_; }

 private:
  std::unique_ptr<postgresql::Connection> open(Deadline deadline);

  /// Whether the transaction of the agency is stored that has left this trace. Throws
  /// OutcomeUnknown.
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
