#pragma once

#include <string_view>
#include <thread>

#include "service/connections/connection_registry.h"

namespace lottery {

/// Turns away connections that get no thread because the system starts no more (`ulimit -u`, a pids
/// limit).
///
/// Poco's TCPServerDispatcher (1.11) puts a connection into its queue and then starts a thread for
/// it. If the start fails, Poco reports nothing. The connection stays in the queue until a thread
/// of the same port ends another connection, or a thread can be started for a later one, which may
/// never happen. So this class tells a connection that has waited for two seconds that the service
/// is busy, closes it, and logs that once.
class ThreadShortage {
 public:
  static constexpr std::string_view reason = "the service can't start a thread for this connection";

  /// Starts its own thread that watches. `registry` must outlive this.
  explicit ThreadShortage(ConnectionRegistry& registry);

 private:
  std::jthread watch_;
};

}  // namespace lottery
