#include "service/storage/sqlite/sqlite_read_transaction.h"

#include <SQLiteCpp/Column.h>

#include <cstdint>

#include "service/storage/sqlite/ledger_rows.h"
#include "service/storage/sqlite/statement_run.h"

namespace lottery {
namespace {

constexpr int bet_id_column = 5;  // after the columns of the bet

}  // namespace

SqliteReadTransaction::SqliteReadTransaction(ReaderPool& pool, DurableWriter& writer,
                                             ErrorPolicy& errors)
    : Loan(pool), SqliteView((**this).questions, errors), reader_(**this), writer_(writer) {
  errors_.guarded([this] { reader_.connection->exec("BEGIN"); });
}

SqliteReadTransaction::~SqliteReadTransaction() {
  reader_.connection->tryExec("ROLLBACK");
  writer_.wait_for_counts();
}

std::optional<DrawPhase> SqliteReadTransaction::newest_draw() {
  return errors_.guarded([this] { return first_row(reader_.newest_draw, draw_phase_of); });
}

void SqliteReadTransaction::each_bet(DrawId draw, AgencyId agency, std::int64_t after_batch,
                                     const std::function<void(const Bet&)>& bet) {
  errors_.guarded([&] {
    reader_.books.each(draw, agency, after_batch, [&](const Bet& row) {
      throw_if_over();
      bet(row);
    });
  });
}

std::optional<BetId> SqliteReadTransaction::winners_after(
    DrawId draw, AgencyId agency, BetId after, std::size_t winners_max,
    const std::function<void(const Bet&)>& winner) {
  return errors_.guarded([&] {
    std::optional<BetId> last;
    StatementRun rows(reader_.winners, draw.value, agency.value, after.value,
                      static_cast<std::int64_t>(winners_max));
    while (rows.next()) {
      throw_if_over();
      winner(bet_of(reader_.winners));
      last = BetId{reader_.winners.getColumn(bet_id_column).getInt64()};
    }
    return last;
  });
}

std::vector<DrawRecord> SqliteReadTransaction::newest_draws(std::size_t draws_max) {
  return errors_.guarded([&] { return reader_.overview.newest_draws(draws_max); });
}

std::vector<AgencyRecord> SqliteReadTransaction::agencies_of(DrawId draw) {
  return errors_.guarded([&] { return reader_.overview.agencies_of(draw); });
}

BatchTotals SqliteReadTransaction::totals_after(DrawId draw, AgencyId agency,
                                                std::int64_t after_batch) {
  return errors_.guarded([&] { return reader_.overview.totals_after(draw, agency, after_batch); });
}

std::int64_t SqliteReadTransaction::bets_in_closed_books(DrawId draw) {
  return errors_.guarded([&] { return reader_.overview.bets_in_closed_books(draw); });
}

std::map<AgencyId, std::int64_t> SqliteReadTransaction::winners_by_agency(DrawId draw) {
  return errors_.guarded([&] { return reader_.overview.winners_by_agency(draw); });
}

}  // namespace lottery
