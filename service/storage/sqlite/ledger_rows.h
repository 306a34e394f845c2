#pragma once

#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <optional>

#include "protocol/bet.h"
#include "service/ledger.h"

namespace lottery {

// What the current row of a statement contains, for rows of the ledger's tables.

/// The first column is draw_id.
std::optional<DrawId> draw_of(SQLite::Statement& row);

/// The first columns are draw_id and whether the draw has happened.
std::optional<DrawPhase> draw_phase_of(SQLite::Statement& row);

/// The first columns are first_name, last_name, document, birthdate and number. The number is that
/// of number_of_bet(). The bet is valid until the statement moves.
Bet bet_of(SQLite::Statement& row);

/// The stored number of a bet; -1 if someone has changed it to a value outside the range of bets.
std::int32_t number_of_bet(std::int64_t stored) noexcept;

}  // namespace lottery
