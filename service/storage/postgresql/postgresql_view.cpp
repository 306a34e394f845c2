#include "service/storage/postgresql/postgresql_view.h"

#include <utility>

namespace lottery::postgresql {

std::vector<StoredBooks> books_in(const Rows& rows) {
  std::vector<StoredBooks> all;
  for (int row = 0; row < rows.count(); ++row) {
    const bool is_drawn = rows.is_true(row, 1);
    const bool is_closed = rows.is_true(row, 2);
    StoredBooks& stored = all.emplace_back();
    stored.draw = DrawId{rows.number(row, 0)};
    stored.books.batches = rows.number(row, 5);
    stored.next_bet_id = rows.number(row, 6);
    if (is_closed) {
      stored.books.state = BooksState::closed;
      stored.books.balance = Books{rows.number(row, 3), std::string(rows.text(row, 4))};
    }
    if (is_drawn) stored.books.state = BooksState::drawn;
  }
  return all;
}

Bet bet_in(const Rows& rows, int row) {
  return {.first_name = rows.text(row, 0),
          .last_name = rows.text(row, 1),
          .document = rows.text(row, 2),
          .birthdate = rows.text(row, 3),
          .number = static_cast<std::int32_t>(rows.number(row, 4))};
}

void throw_unavailable(const std::exception& error) {
  throw LedgerUnavailable(std::string("the database can't take it now: ") + error.what());
}

}  // namespace lottery::postgresql
