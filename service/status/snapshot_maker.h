#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "service/draw_overview.h"
#include "service/status/background_question.h"
#include "service/status/bets_rate.h"
#include "service/status/readiness.h"
#include "service/status/snapshot.h"
#include "service/status/status_sources.h"

namespace lottery {

/// Makes the snapshots of one service. It reads the ledger on a thread of its own, so if the ledger
/// does not answer, snapshots continue and say so. One thread at a time.
class SnapshotMaker {
 public:
  /// Asks `readiness` once, so that it has a first result. `readiness` must outlive this.
  SnapshotMaker(const StatusSources& sources, Readiness& readiness);

  /// The current state, `seconds` after the last snapshot. Everything in it is durable and in the
  /// log. If the ledger can't be read, this contains what was last read. Takes at most half a
  /// second.
  Snapshot make(std::size_t seconds);

  /// From now on the ledger is not read.
  void end() { reading_.end(); }

 private:
  /// What was read from the ledger.
  struct Reading {
    std::optional<Overview> overview;    ///< empty if the ledger could not be read
    std::optional<std::string> problem;  ///< the reason, if it could not be read
    LedgerFiles files;
  };

  Reading read();

  const StatusSources sources_;
  Readiness& readiness_;
  const UnixTime started_at_;
  OverviewCounter counter_;  // used by the reading thread
  BackgroundQuestion<Reading> reading_;
  std::optional<Overview> overview_;  // the last one read
  LedgerFiles files_;                 // the last ones read
  BetsRate rate_;
};

}  // namespace lottery
