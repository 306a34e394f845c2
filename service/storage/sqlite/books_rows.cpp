#include "service/storage/sqlite/books_rows.h"

#include <SQLiteCpp/Exception.h>
#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "service/storage/sqlite/ledger_rows.h"

namespace lottery {
namespace {

constexpr const char* query = R"sql(
    SELECT first_name, last_name, document, birthdate, number
    FROM batches
    CROSS JOIN bets
    WHERE batches.draw_id = ? AND batches.agency_id = ? AND batch_number > ?
      AND bet_id >= first_bet_id AND bet_id < first_bet_id + batches.bets
    ORDER BY batch_number, bet_id)sql";

/// Resets a statement for its next run, however the current run ends.
class ResetAtEnd {
 public:
  explicit ResetAtEnd(sqlite3_stmt* statement) : statement_(statement) {}
  // A reset returns the error of the run, which was already thrown.
  ~ResetAtEnd() { sqlite3_reset(statement_); }
  ResetAtEnd(const ResetAtEnd&) = delete;
  ResetAtEnd& operator=(const ResetAtEnd&) = delete;

 private:
  sqlite3_stmt* statement_;
};

std::string_view text_of(sqlite3_stmt* row, int column) {
  const auto* const begin = reinterpret_cast<const char*>(sqlite3_column_text(row, column));
  return {begin, static_cast<std::size_t>(sqlite3_column_bytes(row, column))};
}

}  // namespace

void BooksRows::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

BooksRows::BooksRows(SQLite::Database& connection) : connection_(connection) {
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v3(connection_.getHandle(), query, -1, SQLITE_PREPARE_PERSISTENT,
                           &statement, nullptr));
  statement_.reset(statement);
}

void BooksRows::each(DrawId draw, AgencyId agency, std::int64_t after_batch,
                     const std::function<void(const Bet&)>& take) {
  sqlite3_stmt* const row = statement_.get();
  const ResetAtEnd reset(row);
  check(sqlite3_bind_int64(row, 1, draw.value));
  check(sqlite3_bind_int64(row, 2, agency.value));
  check(sqlite3_bind_int64(row, 3, after_batch));
  int result = sqlite3_step(row);
  for (; result == SQLITE_ROW; result = sqlite3_step(row)) {
    take({.first_name = text_of(row, 0),
          .last_name = text_of(row, 1),
          .document = text_of(row, 2),
          .birthdate = text_of(row, 3),
          .number = number_of_bet(sqlite3_column_int64(row, 4))});
  }
  if (result != SQLITE_DONE) check(result);
}

void BooksRows::check(int result) const {
  if (result != SQLITE_OK) throw SQLite::Exception(connection_.getHandle(), result);
}

}  // namespace lottery
