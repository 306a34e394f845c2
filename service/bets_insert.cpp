#include "service/bets_insert.h"

#include <sqlite3.h>

#include <cstddef>
#include <string>

namespace lottery {
namespace {

// More than this many gain little, and leave more bets of a batch over for one-row statements.
constexpr std::size_t rows_at_once = 10;

std::string insert_rows(std::size_t rows) {
  std::string sql =
      "INSERT INTO bets (draw_id, agency_id, first_name, last_name, document, birthdate, number) "
      "VALUES ";
  for (std::size_t i = 0; i < rows; ++i) sql += i == 0 ? "(?1,?2,?,?,?,?,?)" : ",(?1,?2,?,?,?,?,?)";
  return sql;
}

}  // namespace

BetsInsert::BetsInsert(SQLite::Database& connection)
    : connection_(connection),
      several_rows_(connection, insert_rows(rows_at_once)),
      one_row_(connection, insert_rows(1)) {}

std::int64_t BetsInsert::insert(DrawId draw, AgencyId agency, std::span<const Bet> bets) {
  const auto count = static_cast<std::int64_t>(bets.size());
  for (; bets.size() >= rows_at_once; bets = bets.subspan(rows_at_once)) {
    run(several_rows_, draw, agency, bets.first(rows_at_once));
  }
  for (; !bets.empty(); bets = bets.subspan(1)) run(one_row_, draw, agency, bets.first(1));
  // SQLite gives each row the greatest id there is, plus one, and this connection alone writes.
  return sqlite3_last_insert_rowid(connection_.getHandle()) - count + 1;
}

void BetsInsert::run(RawStatement& statement, DrawId draw, AgencyId agency,
                     std::span<const Bet> bets) {
  const ResetAtEnd reset(statement);
  statement.bind(1, draw.value);
  statement.bind(2, std::int64_t{agency.value});
  int parameter = 3;
  for (const Bet& bet : bets) {
    for (const std::string_view text :
         {bet.first_name, bet.last_name, bet.document, bet.birthdate}) {
      statement.bind(parameter++, text);
    }
    statement.bind(parameter++, std::int64_t{bet.number});
  }
  statement.step();
}

}  // namespace lottery
