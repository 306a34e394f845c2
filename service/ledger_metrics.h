#pragma once

#include <prometheus/counter.h>
#include <prometheus/histogram.h>

namespace lottery {

/// A ledger's counters of its own work since it was opened. Any thread may count and read.
struct LedgerMetrics {
  /// How long write transactions wait for their turn, in seconds.
  prometheus::Histogram write_turn_wait{prometheus::Histogram::BucketBoundaries{
      0.000'01, 0.000'1, 0.000'5, 0.001, 0.002'5, 0.005, 0.01, 0.05, 0.25, 1, 2.5}};

  /// How long the disk takes to make commits durable, in seconds. One sync covers many commits.
  prometheus::Histogram sync{prometheus::Histogram::BucketBoundaries{
      0.000'1, 0.000'25, 0.000'5, 0.001, 0.002'5, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5}};

  /// Number of checkpoints: copies of the WAL into the database.
  prometheus::Counter checkpoints;
};

}  // namespace lottery
