#pragma once

#include <cstddef>

#include "service/draw_overview.h"
#include "service/status/bets_rate.h"
#include "service/status/readiness.h"
#include "service/status/snapshot.h"
#include "service/status/status_sources.h"

namespace lottery {

/// Makes the snapshots of one service, one after the other. One thread at a time.
class SnapshotMaker {
 public:
  /// Asks `readiness`, which must outlive this, once: before that, it knows nothing.
  SnapshotMaker(const StatusSources& sources, Readiness& readiness);

  /// What is shown now, `seconds` after the last snapshot. Everything in it is durable, and in the
  /// log. If the ledger can't be read, the draws are those of the last snapshot.
  Snapshot make(std::size_t seconds);

 private:
  StatusSources sources_;
  Readiness& readiness_;
  UnixTime started_at_;
  OverviewCounter counter_;
  Overview overview_;  // the last one
  BetsRate rate_;
};

}  // namespace lottery
