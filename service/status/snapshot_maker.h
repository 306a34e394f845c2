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

/// Makes the snapshots of one service, one after another. A separate thread reads the ledger: if
/// the ledger does not answer, snapshots are still made, and say so. One thread at a time.
class SnapshotMaker {
 public:
  /// Asks `readiness` once, because it has no result before it is asked. `readiness` must outlive
  /// this.
  SnapshotMaker(const StatusSources& sources, Readiness& readiness);

  /// Makes the snapshot of this moment, `seconds` after the last one. Everything in it is durable,
  /// and in the log. If the ledger can't be read, it has the last data that could be read. Takes at
  /// most half a second.
  Snapshot make(std::size_t seconds);

  /// From now on the ledger is not read.
  void end() { reading_.end(); }

 private:
  /// The data read from the ledger.
  struct Reading {
    std::optional<Overview> overview;    ///< nothing if it could not be read
    std::optional<std::string> problem;  ///< why it could not be read
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
