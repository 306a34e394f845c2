#include "service/storage/postgresql/postgresql_ledger.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "service/storage/postgresql/errors.h"
#include "service/storage/postgresql/migrations.h"
#include "service/storage/postgresql/patience.h"
#include "service/storage/postgresql/postgresql_read_transaction.h"
#include "service/storage/postgresql/server_checks.h"
#include "service/storage/postgresql/statements.h"

namespace lottery {

using namespace postgresql;  // NOLINT(google-build-using-namespace): this file is its front
namespace {

using std::chrono::steady_clock;

constexpr int attempts_max = 3;
constexpr std::chrono::seconds good_check_holds{1};
constexpr std::chrono::milliseconds look_up_again_after{200};
constexpr const char* not_replicated = "the database does not wait for its replicas";

std::function<void(const std::string&)> or_nothing(
    const std::function<void(const std::string&)>& report) {
  if (report) return report;
  return [](const std::string&) {};
}

}  // namespace

PostgresqlLedger::PostgresqlLedger(PostgresqlSettings settings, const DatabaseReports& reports)
    : settings_(std::move(settings)),
      long_reads_max_(std::max(1, settings_.connections_max / 4)),
      pool_(settings_.connections_max, [this](Deadline deadline) { return open(deadline); }),
      watch_(settings_, is_over_,
             {.refused = [this] { pool_.close_all(); },
              .usable = or_nothing(reports.usable),
              .failed = or_nothing(reports.failed)}) {
  {
    const Deadline deadline = patience::deadline();
    Connection connection(settings_.connection, is_over_, deadline);
    set_up_session(connection, deadline);
    replicas_ = check_server(connection, settings_.synchronous_replicas, deadline);
    migrate(connection, deadline);
  }
  const ConnectionPool::Loan first(pool_, patience::deadline());
  watch_.begin(patience::deadline());
}

PostgresqlLedger::~PostgresqlLedger() { PostgresqlLedger::end_reads(); }

std::unique_ptr<Connection> PostgresqlLedger::open(Deadline deadline) {
  auto connection = std::make_unique<Connection>(settings_.connection, is_over_, deadline);
  set_up_session(*connection, deadline);
  check_server(*connection, settings_.synchronous_replicas, deadline);
  if (schema_version(*connection, deadline) != migrations().back().version) {
    throw ServerRefused("another service has changed the schema of the database");
  }
  prepare_statements(*connection, deadline);
  return connection;
}

void PostgresqlLedger::write(AgencyId agency, const std::function<void(WriteTransaction&)>& work) {
  const Deadline deadline = patience::deadline();
  for (int attempt = 1;; ++attempt) {
    try {
      const ConnectionPool::Loan loan(pool_, deadline);
      PostgresqlWriteTransaction transaction(
          *loan, agency, deadline, context_,
          [&](const Trace& trace) { return is_stored(agency, trace); });
      return work(transaction);
    } catch (const StatementFailed& error) {
      if (!error.is_worth_a_retry() || attempt == attempts_max) throw_unavailable(error);
    } catch (const ConnectionLost& error) {
      // Nothing is stored: commit() has looked that up. A connection that was lost while it was
      // idle is noticed here, and the next one is new.
      if (attempt == attempts_max || is_over_ || steady_clock::now() >= deadline) {
        throw_unavailable(error);
      }
    } catch (const ServerRefused& error) {
      throw_unavailable(error);
    }
  }
}

bool PostgresqlLedger::is_stored(AgencyId agency, const Trace& trace) {
  if (trace.kind == Trace::Kind::none) return false;
  const Deadline deadline = steady_clock::now() + patience::for_an_outcome;
  std::string problem;
  while (steady_clock::now() < deadline && !is_over_) {
    try {
      // Not from the pool: all of its connections may be in the hands of threads that are here.
      const auto opened = open(deadline);
      Connection& connection = *opened;
      connection.queue(statement::begin_write);
      // The lost transaction may still be at work on the server, and holds these locks if it is.
      connection.queue(statement::add_agency, Parameters().add(agency.value));
      connection.queue(statement::lock_agency, Parameters().add(agency.value));
      Parameters key;
      key.add(trace.draw.value).add(agency.value);
      if (trace.kind == Trace::Kind::batch) key.add(trace.batch);
      connection.queue(
          trace.kind == Trace::Kind::batch ? statement::batch_token : statement::closing_token,
          key);
      const Rows token = std::move(connection.finish(deadline).back());
      // A commit that writes, as the lock does, makes durable what was found.
      connection.queue(statement::commit);
      if (!finish_durably(connection, settings_.synchronous_replicas, deadline)) {
        throw ConnectionLost(not_replicated);
      }
      return token.count() == 1 && token.text(0, 0) == trace.token;
    } catch (const std::runtime_error& error) {
      problem = error.what();
    }
    std::unique_lock lock(mutex_);
    over_.wait_for(lock, look_up_again_after, [this] { return is_over_.load(); });
  }
  throw OutcomeUnknown(
      "the connection to the database was lost during a COMMIT, and whether it succeeded can't be "
      "found out: " +
      problem);
}

void PostgresqlLedger::check_that_it_stores() {
  const auto begun_at = steady_clock::now();
  {
    const std::lock_guard lock(mutex_);
    if (last_good_check_ && begun_at - *last_good_check_ < good_check_holds) return;
  }
  try {
    write_durably(patience::deadline());
  } catch (const std::runtime_error& error) {
    throw_unavailable(error);
  }
  const std::lock_guard lock(mutex_);
  last_good_check_ = begun_at;
}

void PostgresqlLedger::write_durably(Deadline deadline) {
  const ConnectionPool::Loan loan(pool_, deadline);
  Connection& connection = *loan;
  connection.queue(statement::confirm);
  if (finish_durably(connection, settings_.synchronous_replicas, deadline)) return;
  connection.give_up();
  throw ConnectionLost(not_replicated);
}

void PostgresqlLedger::sync() {
  try {
    unconfirmed_reads_.confirm(patience::deadline(),
                               [&](Deadline deadline) { write_durably(deadline); });
  } catch (const std::runtime_error& error) {
    throw OutcomeUnknown(std::string("what was read may not be durable: ") + error.what());
  }
}

std::unique_ptr<ReadTransaction> PostgresqlLedger::begin_read() {
  const Deadline deadline = patience::deadline();
  for (int attempt = 1;; ++attempt) {
    try {
      return std::make_unique<PostgresqlReadTransaction>(pool_, unconfirmed_reads_, is_over_);
    } catch (const LedgerUnavailable&) {
      // A connection that was lost while it was idle is noticed here, and the next one is new.
      if (attempt == attempts_max || is_over_ || steady_clock::now() >= deadline) throw;
    }
  }
}

std::unique_ptr<ReadTransaction> PostgresqlLedger::begin_long_read() { return begin_read(); }

void PostgresqlLedger::end_reads() noexcept {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  over_.notify_all();
  pool_.end();
}

LedgerFiles PostgresqlLedger::files() const {
  LedgerFiles files{.engine = "postgresql", .location = without_password(settings_.connection)};
  try {
    const ConnectionPool::Loan loan(pool_, patience::deadline());
    files.database_bytes =
        (*loan).run(statement::database_bytes, {}, patience::deadline()).number(0, 0);
  } catch (const std::runtime_error&) {
    // Then the size is unknown, and readiness reports why.
  }
  return files;
}

}  // namespace lottery
