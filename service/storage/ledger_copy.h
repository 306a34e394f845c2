#pragma once

#include <cstdint>
#include <functional>

#include "service/storage/new_rows.h"
#include "service/storage/stored_rows.h"

namespace lottery {

/// Numbers of copied rows.
struct CopiedRows {
  std::int64_t draws = 0;
  std::int64_t batches = 0;
  std::int64_t bets = 0;
  std::int64_t winners = 0;
};

/// Copies every draw, agency, batch, upload, bet and winner of `from` into `to`. `from` must have
/// passed verification. The bets get new ids, as `to` assigns them. Memory does not grow with the
/// number of bets. After the bets of each batch, calls `progress` with the number of copied bets
/// and the total. Throws what `from` and `to` throw.
CopiedRows copy_ledger(StoredRows& from, NewRows& to,
                       const std::function<void(std::int64_t copied, std::int64_t of)>& progress);

}  // namespace lottery
