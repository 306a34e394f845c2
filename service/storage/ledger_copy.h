#pragma once

#include <cstdint>
#include <functional>

#include "service/storage/new_rows.h"
#include "service/storage/stored_rows.h"

namespace lottery {

/// How many rows were copied.
struct CopiedRows {
  std::int64_t draws = 0;
  std::int64_t batches = 0;
  std::int64_t bets = 0;
  std::int64_t winners = 0;
};

/// Copies every draw, agency, batch, upload, bet and winner of `from`, which must have passed
/// verification, into `to`. Bets get the ids that `to` gives to bets. Memory does not grow with the
/// bets. `progress` is called after each batch's bets, with how many bets are copied, of how many.
/// Throws what `from` and `to` throw.
CopiedRows copy_ledger(StoredRows& from, NewRows& to,
                       const std::function<void(std::int64_t copied, std::int64_t of)>& progress);

}  // namespace lottery
