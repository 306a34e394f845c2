#include "service/storage/postgresql/connection.h"

#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <future>
#include <stdexcept>
#include <system_error>
#include <thread>
#include <utility>

#include "service/storage/postgresql/errors.h"

namespace lottery::postgresql {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds look_for_end_every{100};

/// libpq's error message on one line. The message may have several, and tabs before the later ones.
std::string sentence(const char* message) {
  std::string text;
  for (const char byte : std::string_view(message == nullptr ? "" : message)) {
    const bool is_space = byte == '\n' || byte == '\t' || byte == ' ';
    if (!is_space) {
      text += byte;
    } else if (!text.empty() && text.back() != ' ') {
      text += ' ';
    }
  }
  if (text.ends_with(' ')) text.pop_back();
  return text;
}

StatementFailed failure_of(const PGresult* result) {
  const char* const sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* const message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  return {sqlstate == nullptr ? "" : sqlstate,
          sentence(message == nullptr ? PQresultErrorMessage(result) : message)};
}

/// True if the server has ended the connection with this error.
bool is_fatal(const PGresult* result) {
  const char* const severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
  return severity != nullptr && std::string_view(severity) == "FATAL";
}

bool is_success(const PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
}

}  // namespace

std::int64_t Rows::affected() const {
  const std::string_view text = PQcmdTuples(result_.get());
  std::int64_t rows = 0;
  std::from_chars(text.data(), text.data() + text.size(), rows);
  return rows;
}

std::string_view Rows::text(int row, int column) const noexcept {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}

std::optional<std::string> Rows::text_or_nothing(int row, int column) const {
  if (is_null(row, column)) return {};
  return std::string(text(row, column));
}

std::int64_t Rows::number(int row, int column) const {
  const std::string_view digits = text(row, column);
  std::int64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

namespace {

using Connected = std::unique_ptr<PGconn, decltype(&PQfinish)>;

/// Connects, on the thread that calls it.
PGconn* connect(const std::string& connection) {
  // Later entries take precedence: `connection` overrides the entries before it.
  const std::array keywords{"connect_timeout",  "fallback_application_name",      "dbname",
                            "client_encoding",  "target_session_attrs",           "keepalives_idle",
                            "tcp_user_timeout", static_cast<const char*>(nullptr)};
  const std::array values{"3",
                          "lottery_service",
                          connection.c_str(),
                          "UTF8",
                          "read-write",
                          "10",
                          "10000",
                          static_cast<const char*>(nullptr)};
  const int expand_dbname = 1;
  return PQconnectdbParams(keywords.data(), values.data(), expand_dbname);
}

}  // namespace

Connection::Connection(const std::string& connection, const std::atomic<bool>& is_over,
                       Deadline deadline)
    : is_over_(is_over) {
  // libpq resolves names and waits for each host, and can't be interrupted. So it connects on a
  // thread of its own, which is abandoned if this one can't wait for it.
  std::promise<Connected> promise;
  std::future<Connected> connected = promise.get_future();
  try {
    std::thread([connection, promise = std::move(promise)]() mutable {
      promise.set_value(Connected(connect(connection), &PQfinish));
    }).detach();
  } catch (const std::system_error& error) {
    lose(std::string("no thread can be started to connect: ") + error.what());
  }
  while (connected.wait_for(look_for_end_every) != std::future_status::ready) {
    if (is_over_) lose("the service is stopping");
    if (steady_clock::now() >= deadline) lose("the database has not answered in time");
  }
  connection_.reset(connected.get().release());
  if (PQstatus(connection_.get()) != CONNECTION_OK) lose(PQerrorMessage(connection_.get()));
  PQsetNoticeReceiver(connection_.get(), &Connection::note, this);
  if (PQsetnonblocking(connection_.get(), 1) != 0 || PQenterPipelineMode(connection_.get()) != 1) {
    lose(PQerrorMessage(connection_.get()));
  }
}

void Connection::note(void* connection, const PGresult* notice) {
  const char* const sqlstate = PQresultErrorField(notice, PG_DIAG_SQLSTATE);
  if (sqlstate != nullptr && std::string_view(sqlstate) == "01000") {
    static_cast<Connection*>(connection)->is_not_replicated_ = true;
  }
}

bool Connection::take_not_replicated() noexcept { return std::exchange(is_not_replicated_, false); }

void Connection::prepare(const char* name, const char* sql, Deadline deadline) {
  if (PQsendPrepare(connection_.get(), name, sql, 0, nullptr) != 1) {
    lose(PQerrorMessage(connection_.get()));
  }
  ++queued_;
  finish(deadline);
}

void Connection::execute_script(const std::string& sql, Deadline deadline) {
  if (PQexitPipelineMode(connection_.get()) != 1 ||
      PQsendQuery(connection_.get(), sql.c_str()) != 1) {
    lose(PQerrorMessage(connection_.get()));
  }
  end_script(deadline);
}

void Connection::end_script(Deadline deadline) {
  std::optional<StatementFailed> failure;
  while (PGresult* const result = next_result(deadline)) {
    const Rows rows(result);
    if (!failure && !is_success(result)) failure = failure_of(result);
  }
  if (PQenterPipelineMode(connection_.get()) != 1) lose(PQerrorMessage(connection_.get()));
  if (failure) throw StatementFailed(*failure);
}

void Connection::begin_copy(const std::string& sql, Deadline deadline) {
  if (PQexitPipelineMode(connection_.get()) != 1 ||
      PQsendQuery(connection_.get(), sql.c_str()) != 1) {
    lose(PQerrorMessage(connection_.get()));
  }
  PGresult* const result = next_result(deadline);
  const Rows rows(result);
  if (PQresultStatus(result) == PGRES_COPY_IN) return;
  const StatementFailed failure = failure_of(result);
  end_script(deadline);
  throw StatementFailed(failure);
}

void Connection::copy(std::string_view bytes, Deadline deadline) {
  for (;;) {
    const int taken =
        PQputCopyData(connection_.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (taken < 0) lose(PQerrorMessage(connection_.get()));
    if (taken > 0) break;
    wait(deadline);
  }
  // Otherwise, what is still to be sent would accumulate in memory.
  while (PQflush(connection_.get()) > 0) wait(deadline);
}

void Connection::end_copy(Deadline deadline) {
  while (PQputCopyEnd(connection_.get(), nullptr) == 0) wait(deadline);
  end_script(deadline);
}

Rows Connection::query(const char* sql, Deadline deadline) {
  if (PQsendQueryParams(connection_.get(), sql, 0, nullptr, nullptr, nullptr, nullptr, 0) != 1) {
    lose(PQerrorMessage(connection_.get()));
  }
  ++queued_;
  return std::move(finish(deadline).front());
}

void Connection::queue(const char* statement, const Parameters& parameters) {
  const int text_results = 0;
  if (PQsendQueryPrepared(connection_.get(), statement, parameters.count(), parameters.values(),
                          parameters.lengths(), parameters.formats(), text_results) != 1) {
    lose(PQerrorMessage(connection_.get()));
  }
  ++queued_;
}

void Connection::end_group() {
  if (PQpipelineSync(connection_.get()) != 1) lose(PQerrorMessage(connection_.get()));
  groups_.push_back(std::exchange(queued_, 0));
}

std::vector<Rows> Connection::finish(Deadline deadline) {
  if (queued_ > 0 || groups_.empty()) end_group();
  const int statements = groups_.front();
  groups_.pop_front();
  std::vector<Rows> all;
  std::optional<StatementFailed> failure;
  for (int statement = 0; statement < statements; ++statement) {
    while (PGresult* const result = next_result(deadline)) {
      Rows rows(result);
      if (is_success(result)) {
        all.push_back(std::move(rows));
      } else if (is_fatal(result)) {
        lose(failure_of(result).what());
      } else if (!failure && PQresultStatus(result) != PGRES_PIPELINE_ABORTED) {
        failure = failure_of(result);
      }
    }
  }
  const Rows sync(next_result(deadline));
  if (failure) {
    // The server has become a standby or read-only. Another host may be the primary.
    constexpr const char* read_only = "25006";
    if (failure->sqlstate() == read_only) is_usable_ = false;
    throw StatementFailed(*failure);
  }
  return all;
}

Rows Connection::run(const char* statement, const Parameters& parameters, Deadline deadline) {
  queue(statement, parameters);
  return std::move(finish(deadline).back());
}

bool Connection::wait_for_notification(Deadline deadline, const std::stop_token& stop) {
  while (!stop.stop_requested() && steady_clock::now() < deadline) {
    pollfd socket{.fd = PQsocket(connection_.get()), .events = POLLIN, .revents = 0};
    const int ready = ::poll(&socket, 1, static_cast<int>(look_for_end_every.count()));
    if (ready > 0 && PQconsumeInput(connection_.get()) != 1) {
      lose(PQerrorMessage(connection_.get()));
    }
    bool has_come = false;
    while (PGnotify* const notification = PQnotifies(connection_.get())) {
      PQfreemem(notification);
      has_come = true;
    }
    if (has_come) return true;
  }
  return false;
}

void Connection::lose(const std::string& what) {
  is_usable_ = false;
  throw ConnectionLost(sentence(what.c_str()));
}

PGresult* Connection::next_result(Deadline deadline) {
  while (PQisBusy(connection_.get()) != 0) wait(deadline);
  PGresult* const result = PQgetResult(connection_.get());
  if (PQstatus(connection_.get()) != CONNECTION_OK) {
    PQclear(result);
    lose(PQerrorMessage(connection_.get()));
  }
  return result;
}

void Connection::wait(Deadline deadline) {
  const int unsent = PQflush(connection_.get());
  if (unsent < 0) lose(PQerrorMessage(connection_.get()));
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
  if (is_over_) lose("the service is stopping");
  if (left.count() <= 0) lose("the database has not answered in time");
  pollfd socket{.fd = PQsocket(connection_.get()),
                .events = static_cast<short>(unsent > 0 ? POLLIN | POLLOUT : POLLIN),
                .revents = 0};
  const int ready =
      ::poll(&socket, 1, static_cast<int>(std::min(left, look_for_end_every).count()));
  if (ready < 0 && errno != EINTR) lose("poll has failed");
  if (ready > 0 && (socket.revents & (POLLIN | POLLERR | POLLHUP)) != 0 &&
      PQconsumeInput(connection_.get()) != 1) {
    lose(PQerrorMessage(connection_.get()));
  }
}

std::string without_password(const std::string& connection) {
  char* problem = nullptr;
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(
      PQconninfoParse(connection.c_str(), &problem), PQconninfoFree);
  if (!options) {
    const std::string why = sentence(problem);
    PQfreemem(problem);
    throw std::invalid_argument(why);
  }
  std::string text;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    // "*" marks secret parameters (libpq, PQconninfoOption).
    if (option->val == nullptr || std::string_view(option->dispchar).find('*') == 0) continue;
    if (!text.empty()) text += ' ';
    text += std::string(option->keyword).append("=").append(option->val);
  }
  return text;
}

}  // namespace lottery::postgresql
