#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "network/deadline.h"
#include "service/storage/postgresql/connection.h"

namespace lottery::postgresql {

/// A pool of connections to the server, each lent to one thread at a time. They are opened when
/// needed, and discarded when lost. Any thread may call.
class ConnectionPool {
  struct Lent {
    std::unique_ptr<Connection> connection;
    std::uint64_t generation = 0;  // of the pool when it was lent
  };

 public:
  /// A loan of a connection, for the lifetime of this object.
  class Loan {
   public:
    /// Waits until a connection is free or may be opened. `pool` must outlive this. Throws
    /// ConnectionLost if the deadline passes, if no server can be reached, and after end(); throws
    /// ServerRefused.
    Loan(ConnectionPool& pool, Deadline deadline) : pool_(pool), lent_(pool.take(deadline)) {}
    ~Loan() { pool_.give_back(std::move(lent_.connection), lent_.generation); }
    Loan(const Loan&) = delete;
    Loan& operator=(const Loan&) = delete;

    Connection& operator*() const noexcept { return *lent_.connection; }

   private:
    ConnectionPool& pool_;
    Lent lent_;
  };

  using Open = std::function<std::unique_ptr<Connection>(Deadline)>;

  /// Holds at most `connections_max` connections. `open` opens one, and throws ConnectionLost and
  /// ServerRefused.
  ConnectionPool(int connections_max, Open open);

  /// Closes all connections: the free ones now, and those that are lent when they come back.
  void close_all();

  /// From now on no connection is lent, and all waiting threads return.
  void end();

 private:
  Lent take(Deadline deadline);
  void give_back(std::unique_ptr<Connection> connection, std::uint64_t generation) noexcept;

  const int connections_max_;
  const Open open_;
  std::mutex mutex_;
  std::condition_variable became_free_;
  std::vector<std::unique_ptr<Connection>> free_;
  int lent_ = 0;
  std::uint64_t generation_ = 0;  // how many times all connections were closed
  bool is_over_ = false;
};

}  // namespace lottery::postgresql
