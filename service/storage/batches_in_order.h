#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "service/storage/stored_rows.h"

namespace lottery {

/// Calls `batch` with every batch of a draw. If bets have ids of the ledger, batches come in the
/// order of their bets. Otherwise they come agency by agency, in the order of `agencies`, which
/// must be the agencies of the draw; the argument `agency` is an index into it. The batches of one
/// agency always come in the order of their numbers, even if their bets have another order.
///
/// Holds one batch of each agency in memory. Throws what `rows` and `batch` throw.
void each_batch_in_order(
    StoredRows& rows, std::int64_t draw_id, const std::vector<AgencyRow>& agencies,
    const std::function<void(std::size_t agency, const BatchRow& batch)>& batch);

}  // namespace lottery
