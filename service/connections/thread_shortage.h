#pragma once

#include <string_view>
#include <thread>

#include "service/connections/connection_registry.h"

namespace lottery {

/// Turns away the connections that get no thread because the system starts no more (`ulimit -u`, a
/// pids limit).
///
/// Poco's TCPServerDispatcher (1.11) puts a connection into its queue and then starts a thread for
/// it. If that fails, it says nothing to anybody, and the connection stays in the queue until a
/// thread of the same port has ended another one, or a thread can be started for a later one. That
/// may be never. So a connection that has waited for two seconds is told that the service is busy,
/// and closed, and the log says so once.
class ThreadShortage {
 public:
  static constexpr std::string_view reason = "the service can't start a thread for this connection";

  /// Begins to watch, on a thread of its own. `registry` must outlive this.
  explicit ThreadShortage(ConnectionRegistry& registry);

 private:
  std::jthread watch_;
};

}  // namespace lottery
