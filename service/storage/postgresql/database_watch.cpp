#include "service/storage/postgresql/database_watch.h"

#include <chrono>
#include <condition_variable>
#include <stdexcept>
#include <utility>

#include "service/storage/postgresql/errors.h"
#include "service/storage/postgresql/migrations.h"
#include "service/storage/postgresql/patience.h"
#include "service/storage/postgresql/server_checks.h"

namespace lottery::postgresql {
namespace {

// How often the schema and the server's settings are checked, and how soon a lost connection is
// reopened. Draws are announced at once; if an announcement is lost, agencies ask again by
// themselves.
constexpr std::chrono::seconds look_every{2};

// Each service holds an advisory lock that stands for its terms. The lock's key consists of a
// number common to all such locks, and a hash of the terms. The hash is salted with a text that
// only the database contains, because other roles on the server can see locks. Roles that can't be
// those of a service do not count.
constexpr const char* hash_query = "SELECT hashtextextended($1::text || salt, 0) FROM terms_salt";
constexpr const char* hold_terms =
    "SELECT pg_advisory_lock_shared(7576, ($1::bigint % 1000000007)::integer)";
constexpr const char* other_terms = R"sql(
    SELECT EXISTS (
        SELECT 1 FROM pg_locks
        JOIN pg_stat_activity USING (pid)
        WHERE locktype = 'advisory' AND granted AND classid = 7576
          AND has_table_privilege(usesysid, 'draws', 'INSERT')
          AND pg_locks.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND objid <> ((($1::bigint % 1000000007)::bigint + 4294967296) % 4294967296)::oid))sql";

}  // namespace

DatabaseWatch::DatabaseWatch(const PostgresqlSettings& settings, const std::atomic<bool>& is_over,
                             Events events)
    : settings_(settings), is_over_(is_over), events_(std::move(events)) {}

void DatabaseWatch::begin(Deadline deadline) {
  auto connection = connect(deadline);
  thread_ =
      std::jthread([this, connection = std::move(connection)](const std::stop_token& stop) mutable {
        run(std::move(connection), stop);
      });
}

void DatabaseWatch::call(std::function<void()> drawn) {
  const std::lock_guard lock(mutex_);
  drawn_ = std::move(drawn);
}

std::unique_ptr<Connection> DatabaseWatch::connect(Deadline deadline) {
  auto connection = std::make_unique<Connection>(settings_.connection, is_over_, deadline);
  set_up_session(*connection, deadline);
  connection->query("LISTEN lottery_draw", deadline);
  connection->prepare("hash", hash_query, deadline);
  connection->prepare("hold_terms", hold_terms, deadline);
  connection->prepare("other_terms", other_terms, deadline);
  const std::string hash(
      connection->run("hash", Parameters().add(settings_.terms), deadline).text(0, 0));
  // Takes its own lock first, so that of two services that start at once, at least one sees the
  // other.
  connection->run("hold_terms", Parameters().add(hash), deadline);
  if (connection->run("other_terms", Parameters().add(hash), deadline).is_true(0, 0)) {
    throw ServerRefused(
        "another service that runs on this database has a different lottery.agencies or "
        "lottery.winning_number: give all of them the same values");
  }
  return connection;
}

void DatabaseWatch::run(std::unique_ptr<Connection> connection, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  auto connected_at = std::chrono::steady_clock::now();
  while (!stop.stop_requested() && !is_over_) {
    try {
      if (!connection) {
        connection = connect(patience::deadline());
        connected_at = std::chrono::steady_clock::now();
        tell();  // a notification may have been missed
      }
      if (!watch(*connection, stop)) {
        events_.failed("a newer service has changed the schema of the database");
        return;
      }
    } catch (const ServerRefused& error) {
      events_.failed(error.what());
      return;
    } catch (const std::runtime_error& error) {
      // After a connection that has lasted, the first attempt comes at once: until then, other
      // services can't see this one's terms.
      if (!stop.stop_requested() && !is_over_) report(error.what());
      const bool has_lasted = std::chrono::steady_clock::now() - connected_at > look_every;
      if (std::exchange(connection, {}) && has_lasted) continue;
    }
    std::unique_lock lock(mutex);
    never.wait_for(lock, stop, look_every, [] { return false; });
  }
}

bool DatabaseWatch::watch(Connection& connection, const std::stop_token& stop) {
  while (!stop.stop_requested() && !is_over_) {
    if (schema_version(connection, patience::deadline()) != migrations().back().version) {
      return false;
    }
    check_settings(connection);
    if (connection.wait_for_notification(std::chrono::steady_clock::now() + look_every, stop))
      tell();
  }
  return true;
}

void DatabaseWatch::check_settings(Connection& connection) {
  try {
    check_server(connection, settings_.synchronous_replicas, patience::deadline());
    report("");
  } catch (const ServerRefused& error) {
    // New connections are refused, and readiness reports the reason, until the server is right.
    report(error.what());
    events_.refused();
  }
}

void DatabaseWatch::report(const std::string& problem) {
  if (std::exchange(is_usable_, problem.empty()) != problem.empty()) events_.usable(problem);
}

void DatabaseWatch::tell() {
  const std::lock_guard lock(mutex_);
  if (drawn_) drawn_();
}

}  // namespace lottery::postgresql
