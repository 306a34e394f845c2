#pragma once

#include <cstdint>

#include "program/progress_bar.h"

namespace lottery {

/// Shows the progress of an upload: as a bar on a terminal, otherwise as a log line for each batch.
/// Not thread-safe.
class Progress {
 public:
  /// `bets` is the total number of bets.
  explicit Progress(std::int64_t bets) : bets_(bets) {}

  /// The service has acknowledged a batch of `bets` more bets.
  void batch_stored(std::int64_t bets);

  /// All bets are stored.
  void all_stored();

 private:
  const std::int64_t bets_;
  std::int64_t stored_ = 0;
  ProgressBar bar_;
};

}  // namespace lottery
