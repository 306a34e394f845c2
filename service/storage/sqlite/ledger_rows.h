#pragma once

#include <SQLiteCpp/Statement.h>

#include <optional>

#include "protocol/bet.h"
#include "service/ledger.h"

namespace lottery {

// What the rows of the ledger's tables hold, for a statement that has come to a row.

/// The row's first column is draw_id.
std::optional<DrawId> draw_of(SQLite::Statement& row);

/// The row's first columns are draw_id and whether the draw is drawn.
std::optional<DrawPhase> draw_phase_of(SQLite::Statement& row);

/// The row's first columns are first_name, last_name, document, birthdate and number. A number that
/// somebody has changed to one that no bet can have may become -1. The bet lives until the
/// statement moves.
Bet bet_of(SQLite::Statement& row);

}  // namespace lottery
