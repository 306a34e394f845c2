#pragma once

#include <cstdint>
#include <string>

#include "benchmarks/lottery_runs.h"

namespace lottery::benchmark {

/// An upload into PostgreSQL, in batches of 150.
struct PostgresqlUpload {
  std::string connection{};  ///< a libpq connection string, of a role that may make databases
  int agencies = 5;          ///< each on a connection of its own, with eight batches in flight
  int services = 1;          ///< on one database; each serves an equal part of the agencies
  std::int64_t bets = 0;     ///< of all agencies together
};

/// Durable bets a second through services on an empty database, from the first batch to the last
/// ACK. Throws std::runtime_error.
double upload_to_postgresql(const Workshop& workshop, const PostgresqlUpload& upload);

/// Bets a second of as many bare libpq connections, which store the same batches in the same
/// transactions: the agency's row is locked, a batch row and 150 bets are inserted.
double bare_postgresql(const Workshop& workshop, const PostgresqlUpload& upload);

}  // namespace lottery::benchmark
