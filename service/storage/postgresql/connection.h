#pragma once

#include <libpq-fe.h>

#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "network/deadline.h"
#include "service/storage/postgresql/parameters.h"

namespace lottery::postgresql {

/// The rows returned by a statement.
class Rows {
 public:
  explicit Rows(PGresult* result) : result_(result) {}

  int count() const noexcept { return PQntuples(result_.get()); }
  std::int64_t affected() const;

  bool is_null(int row, int column) const noexcept {
    return PQgetisnull(result_.get(), row, column) != 0;
  }
  /// Valid as long as the rows exist.
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

/// A connection to the server, with prepared statements. Statements use libpq's pipeline mode, so
/// several of them cost one round trip. No wait lasts longer than its deadline. One thread at a
/// time.
class Connection {
 public:
  /// Connects to the server that `connection` names, a libpq connection string or URI. Waits 3
  /// seconds for each of its hosts unless `connection` sets another timeout, and for all of them
  /// until `deadline`. Once `is_over` is true, no call waits for the server any more; `is_over`
  /// must outlive this. Throws ConnectionLost.
  Connection(const std::string& connection, const std::atomic<bool>& is_over, Deadline deadline);

  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Prepares `sql` as `name`, which must stay valid. Throws StatementFailed and ConnectionLost.
  void prepare(const char* name, const char* sql, Deadline deadline);

  /// Executes one statement without parameters. Throws StatementFailed and ConnectionLost.
  Rows query(const char* sql, Deadline deadline);

  /// Executes several statements, separated by `;`. Throws StatementFailed and ConnectionLost.
  void execute_script(const std::string& sql, Deadline deadline);

  /// Begins `sql`, a COPY … FROM STDIN. Until end_copy(), call only copy(). All three throw
  /// StatementFailed and ConnectionLost.
  void begin_copy(const std::string& sql, Deadline deadline);

  /// Sends the next bytes. They need not end at the end of a row.
  void copy(std::string_view bytes, Deadline deadline);

  /// Returns when the server has received all rows.
  void end_copy(Deadline deadline);

  /// Queues a prepared statement.
  void queue(const char* statement, const Parameters& parameters = {});

  /// Ends a group of queued statements. If a statement fails, the later ones of its group are not
  /// executed. Later groups are. Each group needs a finish() of its own.
  void end_group();

  /// Sends the queue, and returns the rows of each statement of the first group that has not been
  /// finished. Ends the group if that has not been done. Throws StatementFailed and ConnectionLost.
  std::vector<Rows> finish(Deadline deadline);

  /// Calls queue() and finish(), and returns the rows of this statement, the last in the queue. All
  /// earlier groups must be finished.
  Rows run(const char* statement, const Parameters& parameters, Deadline deadline);

  /// Waits until a notification arrives that this session listens to, the deadline passes, or
  /// `stop` is requested. Returns true if one has arrived. Throws ConnectionLost.
  bool wait_for_notification(Deadline deadline, const std::stop_token& stop);

  /// True if a COMMIT has reported that it did not wait for the replicas (SQLSTATE 01000). Resets
  /// this state.
  bool take_not_replicated() noexcept;

  /// False if the connection must not be used any more.
  bool is_usable() const noexcept { return is_usable_; }

  /// True if no transaction is open, not even a failed one.
  bool is_idle() const noexcept { return PQtransactionStatus(connection_.get()) == PQTRANS_IDLE; }
  void give_up() noexcept { is_usable_ = false; }

 private:
  static void note(void* connection, const PGresult* notice);

  [[noreturn]] void lose(const std::string& what);

  /// Receives the results of what was sent outside of pipeline mode, and returns to pipeline mode.
  /// Throws StatementFailed and ConnectionLost.
  void end_script(Deadline deadline);

  /// The next result; null at the end of a statement's results.
  PGresult* next_result(Deadline deadline);

  /// Waits until the server has sent something. Meanwhile sends what is still to be sent.
  void wait(Deadline deadline);

  struct Finish {
    void operator()(PGconn* connection) const noexcept { PQfinish(connection); }
  };
  std::unique_ptr<PGconn, Finish> connection_;
  const std::atomic<bool>& is_over_;
  int queued_ = 0;          // statements of the group that has not been ended
  std::deque<int> groups_;  // the numbers of statements of the ended groups
  bool is_usable_ = true;
  bool is_not_replicated_ = false;
};

/// `connection` without its password, for the log. Throws std::invalid_argument, with libpq's
/// sentence, if it is not a valid connection string.
std::string without_password(const std::string& connection);

}  // namespace lottery::postgresql
