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

/// Makes the snapshots of one service, one after the other. The ledger is read on a thread of its
/// own: if it does not answer, snapshots go on, and say so. One thread at a time.
class SnapshotMaker {
 public:
  /// Asks `readiness`, which must outlive this, once: before that, it knows nothing.
  SnapshotMaker(const StatusSources& sources, Readiness& readiness);

  /// What is shown now, `seconds` after the last snapshot. Everything in it is durable, and in the
  /// log. If the ledger can't be read, what it has told before is shown. Takes half a second at
  /// most.
  Snapshot make(std::size_t seconds);

  /// From now on the ledger is not read.
  void end() { reading_.end(); }

 private:
  /// What the ledger has told.
  struct Reading {
    std::optional<Overview> overview;    ///< nothing if it could not be read
    std::optional<std::string> problem;  ///< why not
    LedgerFiles files;
  };

  Reading read();

  const StatusSources sources_;
  Readiness& readiness_;
  const UnixTime started_at_;
  OverviewCounter counter_;  // of the thread that reads
  BackgroundQuestion<Reading> reading_;
  std::optional<Overview> overview_;  // the last one, once there is one
  LedgerFiles files_;                 // the last ones
  BetsRate rate_;
};

}  // namespace lottery
