#pragma once

#include <chrono>

#include "network/deadline.h"

/// How long the ledger waits for the database.
namespace lottery::postgresql::patience {

/// For a transaction that writes, all retries together, and for a question. Shorter than an agency
/// waits for its answer.
inline constexpr std::chrono::seconds for_the_database{15};

/// For finding out whether a transaction is stored whose connection was lost in its COMMIT: as long
/// as a failover may take.
inline constexpr std::chrono::seconds for_an_outcome{30};

inline Deadline deadline() { return std::chrono::steady_clock::now() + for_the_database; }

}  // namespace lottery::postgresql::patience
