#include "service/storage/sqlite/sqlite_read_transaction.h"

#include "service/storage/sqlite/ledger_rows.h"
#include "service/storage/sqlite/statement_run.h"

namespace lottery {

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

void SqliteReadTransaction::each_winner(DrawId draw, AgencyId agency,
                                        const std::function<void(const Bet&)>& winner) {
  errors_.guarded([&] {
    StatementRun rows(reader_.winners, draw.value, agency.value);
    while (rows.next()) {
      throw_if_over();
      winner(bet_of(reader_.winners));
    }
  });
}

}  // namespace lottery
