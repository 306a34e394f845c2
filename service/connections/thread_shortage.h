#pragma once

#include <string_view>
#include <thread>

#include "service/connections/connection_registry.h"

namespace lottery {

/// Turns away connections that get no thread because the system starts no more (`ulimit -u`, a pids
/// limit).
///
/// Poco's TCPServerDispatcher (1.11) queues a connection and then starts a thread for it. If that
/// fails, it reports nothing, and the connection stays queued until a thread of the same port
/// becomes free or can be started for a later connection, which may be never. So a connection that
/// has waited for two seconds is told that the service is busy and closed, and this is logged once.
class ThreadShortage {
 public:
  static constexpr std::string_view reason = "the service can't start a thread for this connection";

  /// Starts watching, on its own thread. `registry` must outlive this.
  explicit ThreadShortage(ConnectionRegistry& registry);

 private:
  std::jthread watch_;
};

}  // namespace lottery
