#pragma once

#include <string>

namespace lottery {

/// Which server keeps the ledger, and what is asked of it.
struct PostgresqlSettings {
  std::string connection{};      ///< a libpq connection string or URI; several hosts are allowed
  int connections_max = 16;      ///< of the pool
  int synchronous_replicas = 0;  ///< how many must have flushed a commit before it is acknowledged

  /// What all services on one database must agree on: their agencies and the winning number, as one
  /// text. It is compared, and never stored.
  std::string terms{};
};

}  // namespace lottery
