#pragma once

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Statement.h>

#include <cstddef>
#include <string_view>

#include "protocol/bet.h"

/// How rows of bets.db are read.
namespace lottery {

/// The column's bytes, until its statement's next step.
inline std::string_view text(const SQLite::Column& column) {
  const char* begin = column.getText();
  return {begin, static_cast<std::size_t>(column.getBytes())};
}

/// The bet of a row whose first columns are first_name, last_name, document, birthdate and number,
/// until its statement's next step.
inline Bet bet_of_row(SQLite::Statement& row) {
  return {.first_name = text(row.getColumn(0)),
          .last_name = text(row.getColumn(1)),
          .document = text(row.getColumn(2)),
          .birthdate = text(row.getColumn(3)),
          .number = row.getColumn(4).getInt()};
}

}  // namespace lottery
