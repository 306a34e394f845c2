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
  /// What the watch calls, on its own thread.
  struct Events {
    /// Every two seconds while the server is one that new connections would refuse.
    std::function<void()> refused;

    /// With a sentence when the server becomes unusable, and with an empty text when it is usable
    /// again.
    std::function<void(const std::string&)> usable;

    /// Once, with a sentence, if a newer service has changed the schema, or if a service with other
    /// terms has started while this one had no connection. The watch has ended then.
    std::function<void(const std::string&)> failed;
  };

  /// `settings` and `is_over` must outlive this.
  DatabaseWatch(const PostgresqlSettings& settings, const std::atomic<bool>& is_over,
                Events events);

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

  /// Checks that the server is one that new connections would accept.
  void check_settings(Connection& connection);

  /// Reports whether the server is usable, if this has changed. `problem` is empty if it is.
  void report(const std::string& problem);

  /// Tells that another service may have drawn.
  void tell();

  const PostgresqlSettings& settings_;
  const std::atomic<bool>& is_over_;
  const Events events_;
  bool is_usable_ = true;  // as last reported; only the thread uses it
  std::mutex mutex_;
  std::function<void()> drawn_;
  std::jthread thread_;  // last member: it uses all of the above
};

}  // namespace lottery::postgresql
