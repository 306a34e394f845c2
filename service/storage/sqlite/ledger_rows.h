#pragma once

#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <optional>

#include "protocol/bet.h"
#include "service/ledger.h"

namespace lottery {

// What the rows of the ledger's tables hold, for a statement that has come to a row.

/// The row's first column is draw_id.
std::optional<DrawId> draw_of(SQLite::Statement& row);

/// The row's first columns are draw_id and whether the draw is drawn.
std::optional<DrawPhase> draw_phase_of(SQLite::Statement& row);

/// The row's first columns are first_name, last_name, document, birthdate and number. The number is
/// number_of_bet()'s. The bet lives until the statement moves.
Bet bet_of(SQLite::Statement& row);

/// The number of a bet as it is stored, or -1 if somebody has changed it to one that no bet can
/// have.
std::int32_t number_of_bet(std::int64_t stored) noexcept;

}  // namespace lottery
