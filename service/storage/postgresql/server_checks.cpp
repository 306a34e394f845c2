#include "service/storage/postgresql/server_checks.h"

#include <cctype>
#include <charconv>
#include <stdexcept>
#include <string>

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
  connection.finish(deadline);
  if (connection.take_not_replicated()) return false;
  if (synchronous_replicas == 0) return true;
  // Not in the same pipeline: if this failed there, the COMMIT would seem to have failed.
  try {
    const Rows names = connection.run(statement::replicas, {}, deadline);
    return replicas_waited_for(names.text(0, 0)) >= synchronous_replicas;
  } catch (const std::runtime_error&) {
    return false;
  }
}

}  // namespace lottery::postgresql
