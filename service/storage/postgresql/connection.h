#pragma once

#include <libpq-fe.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "network/deadline.h"
#include "service/storage/postgresql/parameters.h"

namespace lottery::postgresql {

/// The rows that a statement has returned.
class Rows {
 public:
  explicit Rows(PGresult* result) : result_(result) {}

  int count() const noexcept { return PQntuples(result_.get()); }
  std::int64_t affected() const;

  bool is_null(int row, int column) const noexcept {
    return PQgetisnull(result_.get(), row, column) != 0;
  }
  /// Lives as long as the rows.
  std::string_view text(int row, int column) const noexcept;
  std::optional<std::string> text_or_nothing(int row, int column) const;
  std::int64_t number(int row, int column) const;
  bool is_true(int row, int column) const { return text(row, column) == "t"; }

 private:
  struct Clear {
    void operator()(PGresult* result) const noexcept { PQclear(result); }
  };
  std::unique_ptr<PGresult, Clear> result_;
};

/// A connection to the server, with prepared statements. Statements travel in libpq's pipeline
/// mode: several of them cost one round trip. Nothing waits longer than until a deadline. One
/// thread at a time.
class Connection {
 public:
  /// Connects to the server that `connection` names, a libpq connection string or URI, and waits
  /// for each of its hosts for 3 seconds unless it says otherwise. Once `is_over` is true, nobody
  /// waits for the server any more; it must outlive this. Throws ConnectionLost.
  Connection(const std::string& connection, const std::atomic<bool>& is_over);

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Prepares `sql` under `name`, which must stay. Throws StatementFailed and ConnectionLost.
  void prepare(const char* name, const char* sql, Deadline deadline);

  /// Executes one statement without parameters. Throws StatementFailed and ConnectionLost.
  Rows query(const char* sql, Deadline deadline);

  /// Executes several statements, with `;` between. Throws StatementFailed and ConnectionLost.
  void execute_script(const std::string& sql, Deadline deadline);

  /// Begins `sql`, a COPY … FROM STDIN. Until end_copy() nothing else may be called but copy().
  /// Throws StatementFailed and ConnectionLost; so do the other two.
  void begin_copy(const std::string& sql, Deadline deadline);

  /// Sends the next bytes, which need not end where a row does.
  void copy(std::string_view bytes, Deadline deadline);

  /// Returns once the server has taken all rows.
  void end_copy(Deadline deadline);

  /// Puts a prepared statement in the queue.
  void queue(const char* statement, const Parameters& parameters = {});

  /// Sends what is in the queue, and returns the rows of each statement. If one fails, those behind
  /// it are not executed. Throws StatementFailed and ConnectionLost.
  std::vector<Rows> finish(Deadline deadline);

  /// queue() and finish(). Returns the rows of this statement, which is the last in the queue.
  Rows run(const char* statement, const Parameters& parameters, Deadline deadline);

  /// Waits until another session has sent a notification that this one listens to, or until the
  /// deadline, or until `stop` is requested. True if one has come. Throws ConnectionLost.
  bool wait_for_notification(Deadline deadline, const std::stop_token& stop);

  /// True once a COMMIT has said that it did not wait for the replicas (SQLSTATE 01000). Resets it.
  bool take_not_replicated() noexcept;

  /// False once the connection must not be used any more.
  bool is_usable() const noexcept { return is_usable_; }

  /// True if no transaction is under way, not even one that has failed.
  bool is_idle() const noexcept { return PQtransactionStatus(connection_.get()) == PQTRANS_IDLE; }
  void give_up() noexcept { is_usable_ = false; }

 private:
  static void note(void* connection, const PGresult* notice);

  [[noreturn]] void lose(const std::string& what);

  /// Takes the results up to the end of what was sent outside of pipeline mode, and goes back to
  /// that mode. Throws StatementFailed and ConnectionLost.
  void end_script(Deadline deadline);

  /// The next result, or null at the end of a statement's results.
  PGresult* next_result(Deadline deadline);

  /// Waits until the server has sent something, and sends what waits to be sent.
  void wait(Deadline deadline);

  struct Finish {
    void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
  };
  std::unique_ptr<PGconn, Finish> connection_;
  const std::atomic<bool>& is_over_;
  int queued_ = 0;
  bool is_usable_ = true;
  bool is_not_replicated_ = false;
};

/// `connection` without its password, for the log. Throws std::invalid_argument, with libpq's
/// sentence, if it is no connection string.
std::string without_password(const std::string& connection);

}  // namespace lottery::postgresql
