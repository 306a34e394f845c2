#pragma once

#include "network/deadline.h"
#include "service/storage/postgresql/connection.h"

/// The names of the prepared statements. Every connection prepares all of them.
namespace lottery::postgresql::statement {

inline constexpr const char* begin_write = "begin_write";
inline constexpr const char* begin_read = "begin_read";
inline constexpr const char* commit = "commit";
inline constexpr const char* roll_back = "roll_back";
inline constexpr const char* confirm = "confirm";

// Advisory locks.
inline constexpr const char* lock_agency = "lock_agency";    // $1 agency
inline constexpr const char* lock_draws = "lock_draws";      // for the opening of a draw
inline constexpr const char* lock_closing = "lock_closing";  // $1 draw: for the closing of books

// Queries by key.
inline constexpr const char* open_draw = "open_draw";
inline constexpr const char* newest_books = "newest_books";  // $1 agency: the newest two, as books
inline constexpr const char* books = "books";                // $1 draw, $2 agency
inline constexpr const char* newest_draw_of = "newest_draw_of";  // $1 agency
inline constexpr const char* next_draw_of = "next_draw_of";      // $1 agency, $2 draw
inline constexpr const char* draw_of_upload = "draw_of_upload";  // $1 agency, $2 upload

// Writes.
inline constexpr const char* insert_draw = "insert_draw";
inline constexpr const char* insert_agencies = "insert_agencies";  // $1 draw, $2 agencies
inline constexpr const char* insert_upload = "insert_upload";      // $1 agency, $2 upload, $3 draw
inline constexpr const char* insert_batch = "insert_batch";
inline constexpr const char* insert_bets = "insert_bets";
inline constexpr const char* close_books = "close_books";
inline constexpr const char* has_open_books = "has_open_books";  // $1 draw
inline constexpr const char* delete_winners = "delete_winners";  // $1 draw
inline constexpr const char* insert_winners = "insert_winners";  // $1 draw, $2 number
inline constexpr const char* end_draw = "end_draw";              // $1 draw, $2 number
inline constexpr const char* tell_draw = "tell_draw";  // notifies all services at the commit

// Looking up a transaction whose COMMIT was not answered.
inline constexpr const char* batch_token = "batch_token";      // $1 draw, $2 agency, $3 number
inline constexpr const char* closing_token = "closing_token";  // $1 draw, $2 agency

// Other queries.
inline constexpr const char* batch = "batch";            // $1 draw, $2 agency, $3 number
inline constexpr const char* bets_after = "bets_after";  // $1 draw, $2 agency, $3 bet, $4 how many
inline constexpr const char* first_bet_after = "first_bet_after";  // $1 draw, $2 agency, $3 batch
inline constexpr const char* winners_after = "winners_after";
inline constexpr const char* newest_draw = "newest_draw";
inline constexpr const char* newest_draws = "newest_draws";  // $1 how many
inline constexpr const char* agencies_of = "agencies_of";    // $1 draw
inline constexpr const char* totals_after = "totals_after";  // $1 draw, $2 agency, $3 batch
inline constexpr const char* bets_in_closed_books = "bets_in_closed_books";  // $1 draw
inline constexpr const char* winners_by_agency = "winners_by_agency";        // $1 draw
inline constexpr const char* database_bytes = "database_bytes";

}  // namespace lottery::postgresql::statement

namespace lottery::postgresql {

/// Prepares all statements. Throws StatementFailed and ConnectionLost.
void prepare_statements(Connection& connection, Deadline deadline);

}  // namespace lottery::postgresql
