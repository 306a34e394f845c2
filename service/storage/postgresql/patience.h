#pragma once

#include <chrono>

#include "network/deadline.h"

/// How long the ledger waits for the database.
namespace lottery::postgresql::patience {

/// For a write transaction including all its retries, and for a lookup. Shorter than the time that
/// an agency waits for its answer.
inline constexpr std::chrono::seconds for_the_database{15};

/// For finding the outcome of a transaction whose connection was lost in COMMIT. As long as a
/// failover may take.
inline constexpr std::chrono::seconds for_an_outcome{30};

/// For the statements of a draw. They read all bets of the draw: 3 million in 2.4 s.
inline constexpr std::chrono::minutes for_a_draw{10};

/// For one statement of a verification or a copy, which may read or write a whole table. TCP
/// keepalive detects a dead server much sooner.
inline Deadline for_a_whole_table() {
  return std::chrono::steady_clock::now() + std::chrono::hours(6);
}

inline Deadline deadline() { return std::chrono::steady_clock::now() + for_the_database; }

}  // namespace lottery::postgresql::patience
