#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>

#include "network/deadline.h"
#include "service/storage/postgresql/connection.h"
#include "service/storage/postgresql/postgresql_settings.h"

namespace lottery::postgresql {

/// Watches what other services do on the same database, on a thread and a connection of its own:
/// whether they have drawn, or changed the schema. As long as its connection is there, this service
/// is known to be at work, with its terms.
class DatabaseWatch {
 public:
  /// `settings` and `is_over` must outlive this. `on_failure` is called once, with a sentence, if a
  /// newer service has changed the schema, or if one with other terms has begun to work while this
  /// one had no connection.
  DatabaseWatch(const PostgresqlSettings& settings, const std::atomic<bool>& is_over,
                std::function<void(const std::string&)> on_failure);

  /// Connects, and begins to watch. Throws ServerRefused if services at work have other terms,
  /// StatementFailed and ConnectionLost.
  void begin(Deadline deadline);

  /// From now on calls `drawn` when another service may have drawn. Nothing ends that, and returns
  /// once no call is under way.
  void call(std::function<void()> drawn);

 private:
  /// A connection that listens and holds the service's terms.
  std::unique_ptr<Connection> connect(Deadline deadline);

  void run(std::unique_ptr<Connection> connection, const std::stop_token& stop);

  /// False if the schema is not this program's any more.
  bool watch(Connection& connection, const std::stop_token& stop);

  void tell();

  const PostgresqlSettings& settings_;
  const std::atomic<bool>& is_over_;
  std::function<void(const std::string&)> on_failure_;
  std::mutex mutex_;
  std::function<void()> drawn_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace lottery::postgresql
