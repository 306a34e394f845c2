#include "service/storage/sqlite/key_questions.h"

#include <SQLiteCpp/Column.h>

#include <string>

#include "service/storage/sqlite/ledger_rows.h"
#include "service/storage/sqlite/statement_run.h"

namespace lottery {
namespace {

constexpr const char* open_draw_query = "SELECT draw_id FROM draws WHERE drawn_at IS NULL";

constexpr const char* books_query = R"sql(
    SELECT drawn_at IS NOT NULL, done_at IS NOT NULL, bets, sha256,
           (SELECT coalesce(max(batch_number), 0)
            FROM batches
            WHERE batches.draw_id = agencies.draw_id AND batches.agency_id = agencies.agency_id)
    FROM agencies
    JOIN draws USING (draw_id)
    WHERE draw_id = ? AND agency_id = ?)sql";

/// Selects the draws in which an agency has a bet or a DONE, after a given draw. An ORDER BY
/// completes it.
constexpr const char* draws_of_agency_query = R"sql(
    SELECT draw_id, drawn_at IS NOT NULL
    FROM agencies
    JOIN draws USING (draw_id)
    WHERE agency_id = ?
      AND draw_id > ?
      AND (done_at IS NOT NULL
           OR EXISTS (SELECT 1
                      FROM batches
                      WHERE batches.draw_id = agencies.draw_id
                        AND batches.agency_id = agencies.agency_id)))sql";

constexpr const char* draw_of_upload_query = R"sql(
    SELECT draw_id
    FROM uploads
    WHERE agency_id = ? AND upload = ?)sql";

constexpr DrawId before_all_draws{0};

std::optional<AgencyBooks> books_of(SQLite::Statement& row) {
  const bool is_drawn = row.getColumn(0).getInt() != 0;
  const bool is_closed = row.getColumn(1).getInt() != 0;
  AgencyBooks books{.batches = row.getColumn(4).getInt64()};
  if (is_closed) {
    books.state = BooksState::closed;
    books.balance = Books{row.getColumn(2).getInt64(), row.getColumn(3).getString()};
  }
  if (is_drawn) books.state = BooksState::drawn;
  return books;
}

}  // namespace

KeyQuestions::KeyQuestions(SQLite::Database& connection)
    : open_draw_(connection, open_draw_query),
      newest_draw_of_(connection, std::string(draws_of_agency_query) +
                                      " ORDER BY agencies.draw_id DESC LIMIT 1"),
      next_draw_of_(connection,
                    std::string(draws_of_agency_query) + " ORDER BY agencies.draw_id LIMIT 1"),
      draw_of_upload_(connection, draw_of_upload_query),
      books_(connection, books_query) {}

std::optional<DrawId> KeyQuestions::open_draw() { return first_row(open_draw_, draw_of); }

std::optional<DrawPhase> KeyQuestions::newest_draw_of(AgencyId agency) {
  return first_row(newest_draw_of_, draw_phase_of, agency.value, before_all_draws.value);
}

std::optional<DrawId> KeyQuestions::next_draw_of(AgencyId agency, DrawId draw) {
  return first_row(next_draw_of_, draw_of, agency.value, draw.value);
}

std::optional<DrawId> KeyQuestions::draw_of_upload(AgencyId agency, const UploadId& upload) {
  return first_row(draw_of_upload_, draw_of, agency.value, upload.hex);
}

std::optional<AgencyBooks> KeyQuestions::books(DrawId draw, AgencyId agency) {
  return first_row(books_, books_of, draw.value, agency.value);
}

}  // namespace lottery
