#include "service/storage/sqlite/ledger_rows.h"

#include <SQLiteCpp/Column.h>

#include <cstddef>
#include <string_view>
#include <utility>

namespace lottery {
namespace {

std::string_view text_of(SQLite::Statement& row, int index) {
  const SQLite::Column column = row.getColumn(index);
  const char* const begin = column.getText();
  return {begin, static_cast<std::size_t>(column.getBytes())};
}

}  // namespace

std::optional<DrawId> draw_of(SQLite::Statement& row) {
  return DrawId{row.getColumn(0).getInt64()};
}

std::optional<DrawPhase> draw_phase_of(SQLite::Statement& row) {
  return DrawPhase{DrawId{row.getColumn(0).getInt64()},
                   row.getColumn(1).getInt() != 0 ? Phase::drawn : Phase::open};
}

Bet bet_of(SQLite::Statement& row) {
  return {.first_name = text_of(row, 0),
          .last_name = text_of(row, 1),
          .document = text_of(row, 2),
          .birthdate = text_of(row, 3),
          .number = number_of_bet(row.getColumn(4).getInt64())};
}

std::int32_t number_of_bet(std::int64_t stored) noexcept {
  constexpr std::int32_t no_number = -1;
  return std::in_range<std::int32_t>(stored) ? static_cast<std::int32_t>(stored) : no_number;
}

}  // namespace lottery
