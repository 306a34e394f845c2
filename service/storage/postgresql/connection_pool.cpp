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

void ConnectionPool::close_all() {
  std::vector<std::unique_ptr<Connection>> closed;
  const std::lock_guard lock(mutex_);
  ++generation_;
  free_.swap(closed);
}

ConnectionPool::Lent ConnectionPool::take(Deadline deadline) {
  std::uint64_t generation = 0;
  {
    std::unique_lock lock(mutex_);
    const bool is_in_time = became_free_.wait_until(
        lock, deadline, [this] { return is_over_ || lent_ < connections_max_; });
    if (is_over_) throw ConnectionLost("the service is stopping");
    if (!is_in_time) throw ConnectionLost("no connection to the database is free");
    ++lent_;
    generation = generation_;
    if (!free_.empty()) {
      auto connection = std::move(free_.back());
      free_.pop_back();
      return {std::move(connection), generation};
    }
  }
  try {
    return {open_(deadline), generation};
  } catch (...) {
    give_back({}, generation);
    throw;
  }
}

void ConnectionPool::give_back(std::unique_ptr<Connection> connection,
                               std::uint64_t generation) noexcept {
  std::vector<std::unique_ptr<Connection>> closed;
  {
    const std::lock_guard lock(mutex_);
    --lent_;
    // If one connection to a server is lost, most likely all are.
    if (connection && !connection->is_usable()) free_.swap(closed);
    // A connection whose transaction failed at the beginning is closed, which ends the transaction.
    if (connection && connection->is_usable() && connection->is_idle() &&
        generation == generation_) {
      free_.push_back(std::move(connection));
    }
  }
  became_free_.notify_one();
}

}  // namespace lottery::postgresql
