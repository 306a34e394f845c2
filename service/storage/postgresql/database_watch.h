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

/// Watches other services on the same database, on its own thread and connection: whether they have
/// drawn, or changed the schema. While its connection exists, other services see that this service
/// is running, and with which terms.
class DatabaseWatch {
 public:
  /// `settings` and `is_over` must outlive this. `on_failure` is called once, with a sentence, if a
  /// newer service has changed the schema, or if a service with other terms has started while this
  /// service had no connection.
  DatabaseWatch(const PostgresqlSettings& settings, const std::atomic<bool>& is_over,
                std::function<void(const std::string&)> on_failure);

  /// Connects, and starts to watch. Throws ServerRefused if running services have other terms; also
  /// throws StatementFailed and ConnectionLost.
  void begin(Deadline deadline);

  /// From now on calls `drawn` when another service may have drawn. An empty function ends the
  /// calls; call() then returns when no call is running.
  void call(std::function<void()> drawn);

 private:
  /// Opens a connection that listens for draws and holds the lock of the service's terms.
  std::unique_ptr<Connection> connect(Deadline deadline);

  void run(std::unique_ptr<Connection> connection, const std::stop_token& stop);

  /// Returns false if the schema is no longer this program's.
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
