#include "service/storage/sqlite/write_statements.h"

namespace lottery {
namespace {

constexpr const char* insert_batch_query = R"sql(
    INSERT INTO batches
        (draw_id, agency_id, batch_number, first_bet_id, bets, sha256, upload, certificate,
         received_at)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, strftime('%Y-%m-%dT%H:%M:%fZ', 'now')))sql";

constexpr const char* insert_upload_query =
    "INSERT INTO uploads (draw_id, agency_id, upload) VALUES (?, ?, ?)";

constexpr const char* upload_of_batch_query = R"sql(
    SELECT upload
    FROM batches
    WHERE draw_id = ? AND agency_id = ? AND batch_number = ?)sql";

constexpr const char* bets_of_batch_query = R"sql(
    SELECT first_name, last_name, document, birthdate, number
    FROM batches
    CROSS JOIN bets
    WHERE batches.draw_id = ? AND batches.agency_id = ? AND batch_number = ?
      AND bet_id >= first_bet_id AND bet_id < first_bet_id + batches.bets
    ORDER BY bet_id)sql";

constexpr const char* insert_draw_query =
    "INSERT INTO draws (opened_at) VALUES (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))";

constexpr const char* insert_agency_query =
    "INSERT INTO agencies (draw_id, agency_id) VALUES (?, ?)";

constexpr const char* close_books_query = R"sql(
    UPDATE agencies
    SET bets = ?, sha256 = ?, certificate = ?, done_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
    WHERE draw_id = ? AND agency_id = ?)sql";

constexpr const char* has_open_books_query =
    "SELECT EXISTS (SELECT 1 FROM agencies WHERE draw_id = ? AND done_at IS NULL)";

// There are no winners before the draw, so rows that another program has inserted are deleted.
constexpr const char* delete_winners_query = "DELETE FROM winners WHERE draw_id = ?";

// One pass over the draw's own bets: they are contiguous from the draw's first bet on.
constexpr const char* insert_winners_query = R"sql(
    INSERT INTO winners (draw_id, agency_id, bet_id)
    SELECT draw_id, agency_id, bet_id
    FROM bets
    WHERE bet_id >= (SELECT min(first_bet_id) FROM batches WHERE draw_id = ?1)
      AND draw_id = ?1
      AND number = ?2)sql";

constexpr const char* end_draw_query = R"sql(
    UPDATE draws
    SET winning_number = ?, drawn_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now')
    WHERE draw_id = ?)sql";

}  // namespace

WriteStatements::WriteStatements(SQLite::Database& connection)
    : questions(connection),
      insert_bets(connection),
      insert_batch(connection, insert_batch_query),
      insert_upload(connection, insert_upload_query),
      upload_of_batch(connection, upload_of_batch_query),
      bets_of_batch(connection, bets_of_batch_query),
      insert_draw(connection, insert_draw_query),
      insert_agency(connection, insert_agency_query),
      close_books(connection, close_books_query),
      has_open_books(connection, has_open_books_query),
      delete_winners(connection, delete_winners_query),
      insert_winners(connection, insert_winners_query),
      end_draw(connection, end_draw_query) {}

}  // namespace lottery
