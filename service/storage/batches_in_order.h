#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "service/storage/stored_rows.h"

namespace lottery {

/// Calls `batch` for every batch of a draw. If bet ids count all bets of the ledger, the order is
/// that of the bets; otherwise it is agency by agency, in the order of `agencies`, the agencies of
/// the draw. The `agency` argument is an index into them. Each agency's batches come in the order
/// of their numbers, even if that differs from the order of their bets.
///
/// Holds one batch of each agency in memory. Throws what `rows` and `batch` throw.
void each_batch_in_order(
    StoredRows& rows, std::int64_t draw_id, const std::vector<AgencyRow>& agencies,
    const std::function<void(std::size_t agency, const BatchRow& batch)>& batch);

}  // namespace lottery
