#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "network/deadline.h"
#include "service/storage/postgresql/connection.h"

namespace lottery::postgresql {

/// A pool of connections to the server. Each is lent to one thread at a time. Connections are
/// opened on demand, and discarded when they are lost. Any thread may call.
class ConnectionPool {
 public:
  /// A connection that is lent while this object lives.
  class Loan {
   public:
    /// Waits until a connection is free; opens one if the pool has none. `pool` must outlive this.
    /// Throws ConnectionLost at the deadline, if no server can be reached, and after end(); also
    /// throws ServerRefused.
    Loan(ConnectionPool& pool, Deadline deadline) : pool_(pool), lent_(pool.take(deadline)) {}
    ~Loan() { pool_.give_back(std::move(lent_)); }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;

    Connection& operator*() const noexcept { return *lent_; }

   private:
    ConnectionPool& pool_;
    std::unique_ptr<Connection> lent_;
  };

  using Open = std::function<std::unique_ptr<Connection>(Deadline)>;

  /// Opens at most `connections_max` connections, with `open`, which throws ConnectionLost and
  /// ServerRefused.
  ConnectionPool(int connections_max, Open open);

  /// From now on no connection is lent. All waiting threads return.
  void end();

 private:
  std::unique_ptr<Connection> take(Deadline deadline);
  void give_back(std::unique_ptr<Connection> connection) noexcept;

  const int connections_max_;
  const Open open_;
  std::mutex mutex_;
  std::condition_variable became_free_;
  std::vector<std::unique_ptr<Connection>> free_;
  int lent_ = 0;
  bool is_over_ = false;
};

}  // namespace lottery::postgresql
