#include "service/storage/postgresql/connection_pool.h"

#include <utility>

#include "service/storage/postgresql/errors.h"

namespace lottery::postgresql {

ConnectionPool::ConnectionPool(int connections_max, Open open)
    : connections_max_(connections_max), open_(std::move(open)) {}

void ConnectionPool::end() {
  {
    const std::lock_guard lock(mutex_);
    is_over_ = true;
  }
  became_free_.notify_all();
}

std::unique_ptr<Connection> ConnectionPool::take(Deadline deadline) {
  {
    std::unique_lock lock(mutex_);
    const bool is_in_time = became_free_.wait_until(
        lock, deadline, [this] { return is_over_ || lent_ < connections_max_; });
    if (is_over_) throw ConnectionLost("the service is stopping");
    if (!is_in_time) throw ConnectionLost("no connection to the database is free");
    ++lent_;
    if (!free_.empty()) {
      auto connection = std::move(free_.back());
      free_.pop_back();
      return connection;
    }
  }
  try {
    return open_(deadline);
  } catch (...) {
    give_back({});
    throw;
  }
}

void ConnectionPool::give_back(std::unique_ptr<Connection> connection) noexcept {
  {
    const std::lock_guard lock(mutex_);
    --lent_;
    // If one connection is lost, the server has most likely lost all of them.
    if (connection && !connection->is_usable()) free_.clear();
    // A connection with an open transaction is closed, which ends the transaction: it failed while
    // it began.
    if (connection && connection->is_usable() && connection->is_idle()) {
      free_.push_back(std::move(connection));
    }
  }
  became_free_.notify_one();
}

}  // namespace lottery::postgresql
