#pragma once

#include <string>

namespace lottery {

/// The server that stores the ledger, and what is required of it.
struct PostgresqlSettings {
  std::string connection{};      ///< a libpq connection string or URI; several hosts are allowed
  int connections_max = 16;      ///< size of the pool
  int synchronous_replicas = 0;  ///< replicas that must flush a commit before its ACK

  /// The terms that all services on one database must share, as one text: their agencies and the
  /// winning number. Services compare it; it is never stored.
  std::string terms{};
};

}  // namespace lottery
