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

/// Watches the server and the other services on the same database, on a thread and a connection of
/// its own: whether the server still keeps what the ledger promises, whether a service has drawn,
/// and whether one has changed the schema. While its connection exists, other services can see that
/// this service is running, and with which terms.
class DatabaseWatch {
 public:
  /// `settings` and `is_over` must outlive this. `on_refusal` is called every two seconds while the
  /// server is one that new connections would refuse. `on_failure` is called once, with a sentence,
  /// if a newer service has changed the schema, or if a service with other terms has started while
  /// this one had no connection.
  DatabaseWatch(const PostgresqlSettings& settings, const std::atomic<bool>& is_over,
                std::function<void()> on_refusal,
                std::function<void(const std::string&)> on_failure);

  /// Connects and begins to watch. Throws ServerRefused if running services have other terms;
  /// throws StatementFailed and ConnectionLost.
  void begin(Deadline deadline);

  /// From now on, calls `drawn` whenever another service may have drawn. An empty `drawn` ends
  /// this; the call then returns when no `drawn` is running.
  void call(std::function<void()> drawn);

 private:
  /// Opens a connection that listens and holds the lock that stands for the service's terms.
  std::unique_ptr<Connection> connect(Deadline deadline);

  void run(std::unique_ptr<Connection> connection, const std::stop_token& stop);

  /// Returns false if the schema is no longer this program's.
  bool watch(Connection& connection, const std::stop_token& stop);

  void check_settings(Connection& connection);
  void tell();

  const PostgresqlSettings& settings_;
  const std::atomic<bool>& is_over_;
  std::function<void()> on_refusal_;
  std::function<void(const std::string&)> on_failure_;
  std::mutex mutex_;
  std::function<void()> drawn_;
  std::jthread thread_;  // last member: it uses all of the above
};

}  // namespace lottery::postgresql
