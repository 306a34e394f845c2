#include "service/storage/sqlite/sqlite_stored_rows.h"

namespace lottery {
namespace {

using SQLite::Statement;

std::optional<std::string> text_or_null(const SQLite::Column& column) {
  if (column.isNull()) return {};
  return column.getString();
}

std::optional<std::int64_t> number_or_null(const SQLite::Column& column) {
  if (column.isNull()) return {};
  return column.getInt64();
}

/// The row's first columns must be those of an upload.
UploadRow upload_of(Statement& row) {
  return {.agency_id = row.getColumn(0).getInt64(),
          .upload = row.getColumn(1).getString(),
          .draw_id = row.getColumn(2).getInt64()};
}

}  // namespace

SqliteStoredRows::SqliteStoredRows(SQLite::Database& database)
    : database_(database),
      scan_(database),
      next_batch_(database, R"sql(
          SELECT batch_number, first_bet_id, bets, received_at, sha256, upload, certificate
          FROM batches
          WHERE draw_id = ? AND agency_id = ? AND batch_number > ?
          ORDER BY batch_number
          LIMIT 1)sql"),
      winner_(database, R"sql(
          SELECT 1 FROM winners WHERE draw_id = ? AND agency_id = ? AND bet_id = ?)sql"),
      winners_of_batch_(database, R"sql(
          SELECT bet_id
          FROM winners
          WHERE draw_id = ? AND agency_id = ? AND bet_id >= ? AND bet_id < ?
          ORDER BY bet_id)sql") {}

std::vector<DrawRow> SqliteStoredRows::draws() {
  Statement rows(database_, R"sql(
      SELECT draw_id, opened_at, drawn_at, winning_number FROM draws ORDER BY draw_id)sql");
  std::vector<DrawRow> draws;
  while (rows.executeStep()) {
    draws.push_back({.draw_id = rows.getColumn(0).getInt64(),
                     .opened_at = rows.getColumn(1).getString(),
                     .drawn_at = text_or_null(rows.getColumn(2)),
                     .winning_number = number_or_null(rows.getColumn(3))});
  }
  return draws;
}

std::vector<AgencyRow> SqliteStoredRows::agencies_of(std::int64_t draw_id) {
  Statement rows(database_, R"sql(
      SELECT agency_id, done_at, bets, sha256, certificate
      FROM agencies
      WHERE draw_id = ?
      ORDER BY agency_id)sql");
  rows.bind(1, draw_id);
  std::vector<AgencyRow> agencies;
  while (rows.executeStep()) {
    agencies.push_back({.agency_id = rows.getColumn(0).getInt64(),
                        .done_at = text_or_null(rows.getColumn(1)),
                        .bets = number_or_null(rows.getColumn(2)),
                        .sha256 = text_or_null(rows.getColumn(3)),
                        .certificate = text_or_null(rows.getColumn(4))});
  }
  return agencies;
}

std::optional<std::string> SqliteStoredRows::senders_of(std::int64_t draw_id,
                                                        std::int64_t agency_id) {
  Statement senders(database_, R"sql(
      SELECT group_concat(DISTINCT certificate)
      FROM batches
      WHERE draw_id = ? AND agency_id = ?)sql");
  senders.bind(1, draw_id);
  senders.bind(2, agency_id);
  if (!senders.executeStep()) return {};
  return text_or_null(senders.getColumn(0));
}

std::optional<BatchRow> SqliteStoredRows::batch_after(std::int64_t draw_id, std::int64_t agency_id,
                                                      std::int64_t batch_number) {
  next_batch_.reset();
  next_batch_.bind(1, draw_id);
  next_batch_.bind(2, agency_id);
  next_batch_.bind(3, batch_number);
  if (!next_batch_.executeStep()) return {};
  return BatchRow{.batch_number = next_batch_.getColumn(0).getInt64(),
                  .first_bet_id = next_batch_.getColumn(1).getInt64(),
                  .bets = next_batch_.getColumn(2).getInt64(),
                  .received_at = next_batch_.getColumn(3).getString(),
                  .sha256 = text_or_null(next_batch_.getColumn(4)),
                  .upload = text_or_null(next_batch_.getColumn(5)),
                  .certificate = text_or_null(next_batch_.getColumn(6))};
}

void SqliteStoredRows::each_bet(std::int64_t /*draw_id*/, std::int64_t /*agency_id*/,
                                const BatchRow& batch,
                                const std::function<void(const BetRow&)>& bet) {
  for (scan_.go_to(batch.first_bet_id); scan_.has_bet() && scan_.id() < batch.end(); scan_.next()) {
    bet({.bet_id = scan_.id(),
         .draw_id = scan_.draw(),
         .agency_id = scan_.agency(),
         .bet = scan_.bet(),
         .number = scan_.number()});
  }
}

bool SqliteStoredRows::is_winner(std::int64_t draw_id, std::int64_t agency_id,
                                 std::int64_t bet_id) {
  winner_.reset();
  winner_.bind(1, draw_id);
  winner_.bind(2, agency_id);
  winner_.bind(3, bet_id);
  return winner_.executeStep();
}

void SqliteStoredRows::each_winner(std::int64_t draw_id, std::int64_t agency_id,
                                   const BatchRow& batch,
                                   const std::function<void(std::int64_t bet_id)>& winner) {
  winners_of_batch_.reset();
  winners_of_batch_.bind(1, draw_id);
  winners_of_batch_.bind(2, agency_id);
  winners_of_batch_.bind(3, batch.first_bet_id);
  winners_of_batch_.bind(4, batch.end());
  while (winners_of_batch_.executeStep()) winner(winners_of_batch_.getColumn(0).getInt64());
}

std::int64_t SqliteStoredRows::check_winners(
    std::int64_t draw_id, std::int64_t winning_number,
    const std::function<void(std::int64_t agency_id, std::int64_t bet_id, bool has_won)>& winner) {
  Statement winners(database_, R"sql(
      SELECT
          agency_id,
          bet_id,
          EXISTS (
              SELECT 1
              FROM bets
              WHERE bets.bet_id = winners.bet_id
                AND bets.draw_id = winners.draw_id
                AND bets.agency_id = winners.agency_id
                AND number = ?2
          )
      FROM winners
      WHERE draw_id = ?1)sql");
  winners.bind(1, draw_id);
  winners.bind(2, winning_number);
  std::int64_t count = 0;
  while (winners.executeStep()) {
    ++count;
    winner(winners.getColumn(0).getInt64(), winners.getColumn(1).getInt64(),
           winners.getColumn(2).getInt() != 0);
  }
  return count;
}

void SqliteStoredRows::each_upload(const std::function<void(const UploadRow&)>& upload) {
  Statement uploads(database_, "SELECT agency_id, upload, draw_id FROM uploads");
  while (uploads.executeStep()) upload(upload_of(uploads));
}

void SqliteStoredRows::each_wrong_upload(
    const std::function<void(const UploadRow&, bool has_batch)>& upload) {
  Statement differences(database_, R"sql(
      WITH used AS (SELECT DISTINCT agency_id, upload, draw_id
                    FROM batches
                    WHERE upload IS NOT NULL),
           known AS (SELECT agency_id, upload, draw_id FROM uploads)
      SELECT *, 0 FROM (SELECT * FROM known EXCEPT SELECT * FROM used)
      UNION ALL
      SELECT *, 1 FROM (SELECT * FROM used EXCEPT SELECT * FROM known))sql");
  while (differences.executeStep()) {
    upload(upload_of(differences), differences.getColumn(3).getInt() != 0);
  }
}

std::int64_t SqliteStoredRows::count_bets() {
  scan_.go_to_end();
  return scan_.bets();
}

std::int64_t SqliteStoredRows::greatest_bet_id() {
  scan_.go_to_end();
  return scan_.greatest_id();
}

}  // namespace lottery
