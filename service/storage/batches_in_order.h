#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "service/storage/stored_rows.h"

namespace lottery {

/// Hands over every batch of a draw: in the order of their bets if bets have ids of the ledger, and
/// otherwise agency by agency, in the order of `agencies`, which are those of the draw. `agency` is
/// a place in them. Each agency's batches come in the order of their numbers, even if that is not
/// the order of their bets.
///
/// Holds one batch of each agency in memory. Throws what `rows` and `batch` throw.
void each_batch_in_order(
    StoredRows& rows, std::int64_t draw_id, const std::vector<AgencyRow>& agencies,
    const std::function<void(std::size_t agency, const BatchRow& batch)>& batch);

}  // namespace lottery
