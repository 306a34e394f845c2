#pragma once

#include <chrono>

#include "network/deadline.h"

/// How long the ledger waits for the database.
namespace lottery::postgresql::patience {

/// For a write transaction including all its retries, and for a query by key. Shorter than an
/// agency waits for its answer.
inline constexpr std::chrono::seconds for_the_database{15};

/// For finding out whether a transaction is stored, if the connection was lost in its COMMIT: as
/// long as a failover may take.
inline constexpr std::chrono::seconds for_an_outcome{30};

/// For a statement of a verification or a copy that reads or writes a whole table. If the server is
/// gone, TCP keepalive detects it much sooner.
inline Deadline for_a_whole_table() {
  return std::chrono::steady_clock::now() + std::chrono::hours(6);
}

inline Deadline deadline() { return std::chrono::steady_clock::now() + for_the_database; }

}  // namespace lottery::postgresql::patience
