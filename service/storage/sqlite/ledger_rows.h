#pragma once

#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <optional>

#include "protocol/bet.h"
#include "service/ledger.h"

namespace lottery {

// These functions read the ledger's columns from the current row of a statement.

/// The row's first column must be draw_id.
std::optional<DrawId> draw_of(SQLite::Statement& row);

/// The row's first columns must be draw_id, and whether the draw is drawn.
std::optional<DrawPhase> draw_phase_of(SQLite::Statement& row);

/// The row's first columns must be first_name, last_name, document, birthdate and number. The bet's
/// number comes from number_of_bet(). The bet is valid until the statement moves.
Bet bet_of(SQLite::Statement& row);

/// A stored number of a bet, or -1 if somebody has changed it to an invalid one.
std::int32_t number_of_bet(std::int64_t stored) noexcept;

}  // namespace lottery
