#include "service/storage/sqlite/sqlite_write_transaction.h"

#include <SQLiteCpp/Column.h>
#include <sqlite3.h>

#include "service/storage/sqlite/ledger_rows.h"
#include "service/storage/sqlite/migrations.h"
#include "service/storage/sqlite/statement_run.h"

namespace lottery {
namespace {

template <typename Id>
const char* hex_or_null(const std::optional<Id>& id) {
  return id ? id->hex.c_str() : nullptr;
}

}  // namespace

SqliteWriteTransaction::SqliteWriteTransaction(DurableWriter& writer, WriteStatements& statements,
                                               ErrorPolicy& errors, LockWait::Deadline deadline)
    : SqliteView(statements.questions, errors), writer_(writer), statements_(statements) {
  writer_.begin(deadline);
}

SqliteWriteTransaction::~SqliteWriteTransaction() { writer_.roll_back(); }

DrawId SqliteWriteTransaction::begin_draw(std::span<const AgencyId> agencies) {
  return errors_.guarded([&] {
    run(statements_.insert_draw);
    const DrawId draw{writer_.connection().getLastInsertRowid()};
    for (const AgencyId agency : agencies) run(statements_.insert_agency, draw.value, agency.value);
    return draw;
  });
}

void SqliteWriteTransaction::begin_upload(DrawId draw, AgencyId agency, const UploadId& upload) {
  errors_.guarded([&] { run(statements_.insert_upload, draw.value, agency.value, upload.hex); });
}

void SqliteWriteTransaction::store_batch(DrawId draw, AgencyId agency, std::int64_t number,
                                         const std::optional<UploadId>& upload,
                                         std::span<const Bet> bets, const std::string& sha256,
                                         const Sender& sender) {
  errors_.guarded([&] {
    const std::int64_t first_bet_id = statements_.insert_bets.insert(draw, agency, bets);
    const auto count = static_cast<std::int64_t>(bets.size());
    run(statements_.insert_batch, draw.value, agency.value, number, first_bet_id, count, sha256,
        hex_or_null(upload), hex_or_null(sender));
  });
}

StoredBatch SqliteWriteTransaction::compare_batch(DrawId draw, AgencyId agency, std::int64_t number,
                                                  const UploadId& upload,
                                                  std::span<const Bet> bets) {
  return errors_.guarded([&] {
    const bool is_of_upload = first_row(
        statements_.upload_of_batch,
        [&](SQLite::Statement& row) { return row.getColumn(0).getString() == upload.hex; },
        draw.value, agency.value, number);
    if (!is_of_upload) return StoredBatch::of_another_upload;

    StatementRun stored(statements_.bets_of_batch, draw.value, agency.value, number);
    for (const Bet& bet : bets) {
      if (!stored.next() || bet_of(statements_.bets_of_batch) != bet) {
        return StoredBatch::with_other_bets;
      }
    }
    return stored.next() ? StoredBatch::with_other_bets : StoredBatch::same;
  });
}

void SqliteWriteTransaction::close_books(DrawId draw, AgencyId agency, const Books& balance,
                                         const Sender& sender) {
  errors_.guarded([&] {
    run(statements_.close_books, balance.bets, balance.sha256, hex_or_null(sender), draw.value,
        agency.value);
  });
}

bool SqliteWriteTransaction::all_books_closed(DrawId draw) {
  return errors_.guarded([&] {
    const bool has_open_books = first_row(
        statements_.has_open_books,
        [](SQLite::Statement& row) { return row.getColumn(0).getInt() != 0; }, draw.value);
    return !has_open_books;
  });
}

std::int64_t SqliteWriteTransaction::draw_winners(DrawId draw, std::int32_t winning_number) {
  return errors_.guarded([&] {
    run(statements_.delete_winners, draw.value);
    run(statements_.insert_winners, draw.value, winning_number);
    const std::int64_t winners = sqlite3_changes64(writer_.connection().getHandle());
    run(statements_.end_draw, winning_number, draw.value);
    return winners;
  });
}

void SqliteWriteTransaction::store_nothing() {
  errors_.guarded([&] {
    writer_.connection().exec("PRAGMA user_version = " +
                              std::to_string(migrations().back().version));
  });
}

void SqliteWriteTransaction::commit() { writer_.commit(); }

}  // namespace lottery
