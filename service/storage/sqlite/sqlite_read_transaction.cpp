#include "service/storage/sqlite/sqlite_read_transaction.h"

#include "service/storage/sqlite/ledger_rows.h"
#include "service/storage/sqlite/statement_run.h"

namespace lottery {

SqliteReadTransaction::SqliteReadTransaction(ReaderPool& pool, ErrorPolicy& errors)
    : Loan(pool), SqliteView((**this).questions, errors), reader_(**this) {
  errors_.guarded([this] { reader_.connection->exec("BEGIN"); });
}

SqliteReadTransaction::~SqliteReadTransaction() { reader_.connection->tryExec("ROLLBACK"); }

std::optional<DrawPhase> SqliteReadTransaction::newest_draw() {
  return errors_.guarded([this] { return first_row(reader_.newest_draw, draw_phase_of); });
}

void SqliteReadTransaction::each_bet(DrawId draw, AgencyId agency,
                                     const std::function<void(const Bet&)>& bet) {
  each_row(reader_.bets_of_books, draw, agency, [&](const Bet& row) {
    throw_if_over();
    bet(row);
  });
}

void SqliteReadTransaction::each_winner(DrawId draw, AgencyId agency,
                                        const std::function<void(const Bet&)>& winner) {
  each_row(reader_.winners, draw, agency, winner);
}

void SqliteReadTransaction::each_row(SQLite::Statement& statement, DrawId draw, AgencyId agency,
                                     const std::function<void(const Bet&)>& take) {
  errors_.guarded([&] {
    StatementRun rows(statement, draw.value, agency.value);
    while (rows.next()) take(bet_of(statement));
  });
}

}  // namespace lottery
