#include "service/storage/postgresql/server_checks.h"

#include <cctype>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include "service/storage/postgresql/errors.h"
#include "service/storage/postgresql/statements.h"

namespace lottery::postgresql {
namespace {

constexpr std::int64_t version_min = 150000;

constexpr const char* server_query = R"sql(
    SELECT current_setting('fsync') = 'on',
           current_setting('full_page_writes') = 'on',
           current_setting('server_version_num'),
           (SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = current_database()),
           current_setting('synchronous_standby_names'),
           current_setting('synchronous_commit'))sql";

// A role or a database may have other defaults.
//
// Without client_min_messages, a COMMIT would not tell that it did not wait for its replicas. The
// last two end the session of a service that is gone, which would hold its agency's lock for as
// long as TCP keeps the connection.
constexpr const char* session_settings = R"sql(
    SET synchronous_commit = on;
    SET client_min_messages = warning;
    SET timezone = 'UTC';
    SET statement_timeout = 0;
    SET lock_timeout = 0;
    SET client_connection_check_interval = '2s';
    SET idle_in_transaction_session_timeout = '15s')sql";

}  // namespace

int replicas_waited_for(std::string_view names) {
  const auto skip_spaces = [&] {
    while (!names.empty() && std::isspace(static_cast<unsigned char>(names.front())) != 0) {
      names.remove_prefix(1);
    }
  };
  skip_spaces();
  if (names.empty()) return 0;
  std::string word;
  while (!names.empty() && std::isalpha(static_cast<unsigned char>(names.front())) != 0) {
    word += static_cast<char>(std::tolower(static_cast<unsigned char>(names.front())));
    names.remove_prefix(1);
  }
  skip_spaces();
  int count = 0;
  const auto [end, error] = std::from_chars(names.data(), names.data() + names.size(), count);
  const bool has_count = error == std::errc() && names.find('(') != std::string_view::npos;
  if (has_count && (word == "any" || word == "first" || word.empty())) return count;
  return 1;
}

void set_up_session(Connection& connection, Deadline deadline) {
  connection.execute_script(session_settings, deadline);
}

int check_server(Connection& connection, int synchronous_replicas, Deadline deadline) {
  const Rows server = connection.query(server_query, deadline);
  if (!server.is_true(0, 0))
    throw ServerRefused(
        "the server runs with fsync = off, so a crash would lose bets: switch fsync on");
  if (!server.is_true(0, 1)) {
    throw ServerRefused(
        "the server runs with full_page_writes = off, so a crash could damage bets: switch "
        "full_page_writes on");
  }
  if (server.number(0, 2) < version_min) {
    throw ServerRefused("the server is older than PostgreSQL 15");
  }
  if (server.text(0, 3) != "UTF8") {
    throw ServerRefused("the database has the encoding " + std::string(server.text(0, 3)) +
                        ", but only UTF8 is supported");
  }
  const int replicas = replicas_waited_for(server.text(0, 4));
  if (replicas < synchronous_replicas) {
    throw ServerRefused("a commit waits for " + std::to_string(replicas) +
                        " synchronous replicas (synchronous_standby_names), but "
                        "storage.postgresql.synchronous_replicas requires " +
                        std::to_string(synchronous_replicas));
  }
  if (server.text(0, 5) != "on") throw ServerRefused("synchronous_commit can't be switched on");
  return replicas;
}

bool finish_durably(Connection& connection, int synchronous_replicas, Deadline deadline) {
  if (synchronous_replicas == 0) {
    connection.finish(deadline);
    return !connection.take_not_replicated();
  }
  // The question about the settings is sent with the commit, which saves a round trip. It is a
  // group of its own: its failure must not look like a failure of the commit.
  connection.end_group();
  connection.queue(statement::replicas);
  connection.end_group();
  std::optional<StatementFailed> failure;
  try {
    connection.finish(deadline);
  } catch (const StatementFailed& error) {
    failure = error;
  }
  bool are_enough = false;
  try {
    const Rows names = std::move(connection.finish(deadline).front());
    are_enough = replicas_waited_for(names.text(0, 0)) >= synchronous_replicas;
  } catch (const StatementFailed&) {
    // The number is unknown.
  } catch (const ConnectionLost&) {
    // The same. The connection will not be used again.
  }
  if (failure) throw StatementFailed(*failure);
  return are_enough && !connection.take_not_replicated();
}

}  // namespace lottery::postgresql
