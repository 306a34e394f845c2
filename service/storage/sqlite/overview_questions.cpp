#include "service/storage/sqlite/overview_questions.h"

#include <SQLiteCpp/Column.h>

#include <chrono>
#include <optional>
#include <utility>

#include "service/storage/sqlite/statement_run.h"

namespace lottery {
namespace {

// Times are stored as text. The queries convert them to milliseconds since 1970.
constexpr const char* newest_draws_query = R"sql(
    SELECT draw_id,
           CAST(round((julianday(opened_at) - 2440587.5) * 86400000) AS INTEGER),
           CAST(round((julianday(drawn_at) - 2440587.5) * 86400000) AS INTEGER),
           winning_number
    FROM draws
    ORDER BY draw_id DESC
    LIMIT ?)sql";

constexpr const char* agencies_query = R"sql(
    SELECT agency_id,
           (SELECT coalesce(max(batch_number), 0)
            FROM batches
            WHERE batches.draw_id = agencies.draw_id AND batches.agency_id = agencies.agency_id),
           CAST(round((julianday(done_at) - 2440587.5) * 86400000) AS INTEGER)
    FROM agencies
    WHERE draw_id = ?
    ORDER BY agency_id)sql";

constexpr const char* totals_query = R"sql(
    SELECT coalesce(sum(bets), 0),
           CAST(round((julianday(max(received_at)) - 2440587.5) * 86400000) AS INTEGER)
    FROM batches
    WHERE draw_id = ? AND agency_id = ? AND batch_number > ?)sql";

constexpr const char* bets_in_closed_books_query = R"sql(
    SELECT coalesce(sum(bets), 0)
    FROM agencies
    WHERE draw_id = ?)sql";

constexpr const char* winners_query = R"sql(
    SELECT agency_id, count(*)
    FROM winners
    WHERE draw_id = ?
    GROUP BY agency_id)sql";

std::optional<UnixTime> time_in(SQLite::Statement& row, int column) {
  const SQLite::Column value = row.getColumn(column);
  if (value.isNull()) return {};
  return UnixTime(std::chrono::milliseconds(value.getInt64()));
}

/// Nothing if the column is NULL, or if somebody has changed it to a number that does not fit.
std::optional<std::int32_t> number_in(SQLite::Statement& row, int column) {
  const SQLite::Column value = row.getColumn(column);
  if (value.isNull() || !std::in_range<std::int32_t>(value.getInt64())) return {};
  return static_cast<std::int32_t>(value.getInt64());
}

AgencyId agency_in(SQLite::Statement& row) { return AgencyId{row.getColumn(0).getInt()}; }

}  // namespace

OverviewQuestions::OverviewQuestions(SQLite::Database& connection)
    : newest_draws_(connection, newest_draws_query),
      agencies_(connection, agencies_query),
      totals_(connection, totals_query),
      bets_in_closed_books_(connection, bets_in_closed_books_query),
      winners_(connection, winners_query) {}

std::vector<DrawRecord> OverviewQuestions::newest_draws(std::size_t draws_max) {
  std::vector<DrawRecord> draws;
  StatementRun rows(newest_draws_, static_cast<std::int64_t>(draws_max));
  while (rows.next()) {
    draws.push_back({.draw = DrawId{newest_draws_.getColumn(0).getInt64()},
                     .opened_at = time_in(newest_draws_, 1).value_or(UnixTime{}),
                     .drawn_at = time_in(newest_draws_, 2),
                     .winning_number = number_in(newest_draws_, 3)});
  }
  return draws;
}

std::vector<AgencyRecord> OverviewQuestions::agencies_of(DrawId draw) {
  std::vector<AgencyRecord> agencies;
  StatementRun rows(agencies_, draw.value);
  while (rows.next()) {
    agencies.push_back({.agency = agency_in(agencies_),
                        .batches = agencies_.getColumn(1).getInt64(),
                        .done_at = time_in(agencies_, 2)});
  }
  return agencies;
}

BatchTotals OverviewQuestions::totals_after(DrawId draw, AgencyId agency,
                                            std::int64_t after_batch) {
  return first_row(
      totals_,
      [](SQLite::Statement& row) {
        return BatchTotals{.bets = row.getColumn(0).getInt64(),
                           .last_received_at = time_in(row, 1)};
      },
      draw.value, agency.value, after_batch);
}

std::int64_t OverviewQuestions::bets_in_closed_books(DrawId draw) {
  return first_row(
      bets_in_closed_books_,
      [](SQLite::Statement& row) { return std::int64_t{row.getColumn(0).getInt64()}; }, draw.value);
}

std::map<AgencyId, std::int64_t> OverviewQuestions::winners_by_agency(DrawId draw) {
  std::map<AgencyId, std::int64_t> winners;
  StatementRun rows(winners_, draw.value);
  while (rows.next()) winners.emplace(agency_in(winners_), winners_.getColumn(1).getInt64());
  return winners;
}

}  // namespace lottery
