#include "service/storage/sqlite/reader.h"

#include <utility>

namespace lottery {
namespace {

constexpr const char* newest_draw_query = R"sql(
    SELECT draw_id, drawn_at IS NOT NULL
    FROM draws
    ORDER BY draw_id DESC
    LIMIT 1)sql";

constexpr const char* winners_query = R"sql(
    SELECT first_name, last_name, document, birthdate, number, bet_id
    FROM winners
    JOIN bets USING (bet_id)
    WHERE winners.draw_id = ? AND winners.agency_id = ? AND winners.bet_id > ?
    ORDER BY winners.bet_id
    LIMIT ?)sql";

}  // namespace

Reader::Reader(std::unique_ptr<SQLite::Database> opened)
    : connection(std::move(opened)),
      questions(*connection),
      newest_draw(*connection, newest_draw_query),
      books(*connection),
      winners(*connection, winners_query),
      overview(*connection) {}

}  // namespace lottery
