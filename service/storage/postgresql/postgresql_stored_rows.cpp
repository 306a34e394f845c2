#include "service/storage/postgresql/postgresql_stored_rows.h"

#include <array>
#include <limits>
#include <utility>

#include "service/storage/postgresql/parameters.h"
#include "service/storage/postgresql/patience.h"
#include "service/storage/postgresql/postgresql_view.h"

namespace lottery::postgresql {
namespace {

constexpr std::int64_t rows_at_once = 5000;

constexpr std::pair<const char*, const char*> statements[]{
    {"rows_draws",
     "SELECT draw_id, opened_at, drawn_at, winning_number FROM draws ORDER BY draw_id"},
    {"rows_agencies", R"sql(
        SELECT agency_id, done_at, bets, sha256, certificate
        FROM agencies
        WHERE draw_id = $1::bigint
        ORDER BY agency_id)sql"},
    {"rows_senders", R"sql(
        SELECT string_agg(DISTINCT certificate, ',')
        FROM batches
        WHERE draw_id = $1::bigint AND agency_id = $2::integer)sql"},
    {"rows_batches", R"sql(
        SELECT batch_number, first_bet_id, bets, received_at, sha256, upload, certificate
        FROM batches
        WHERE draw_id = $1::bigint AND agency_id = $2::integer AND batch_number > $3::bigint
        ORDER BY batch_number
        LIMIT $4::bigint)sql"},
    {"rows_bets", R"sql(
        SELECT first_name, last_name, document, birthdate, number, bet_id
        FROM bets
        WHERE draw_id = $1::bigint AND agency_id = $2::integer AND bet_id > $3::bigint
        ORDER BY bet_id
        LIMIT $4::bigint)sql"},
    {"rows_winners", R"sql(
        SELECT bet_id
        FROM winners
        WHERE draw_id = $1::bigint AND agency_id = $2::integer
          AND bet_id >= $3::bigint AND bet_id < $4::bigint
        ORDER BY bet_id)sql"},
    {"rows_winners_of_draw", R"sql(
        SELECT agency_id, bet_id, coalesce(number = $2::bigint, false)
        FROM winners
        LEFT JOIN bets USING (draw_id, agency_id, bet_id)
        WHERE draw_id = $1::bigint AND (agency_id, bet_id) > ($3::bigint, $4::bigint)
        ORDER BY agency_id, bet_id
        LIMIT $5::bigint)sql"},
    {"rows_uploads", R"sql(
        SELECT agency_id, upload, draw_id
        FROM uploads
        WHERE (agency_id, upload) > ($1::bigint, $2::text)
        ORDER BY agency_id, upload
        LIMIT $3::bigint)sql"},
    {"rows_wrong_uploads", R"sql(
        WITH used AS (SELECT DISTINCT agency_id, upload, draw_id
                      FROM batches
                      WHERE upload IS NOT NULL),
             known AS (SELECT agency_id, upload, draw_id FROM uploads)
        SELECT *, false FROM (SELECT * FROM known EXCEPT SELECT * FROM used) AS without_batch
        UNION ALL
        SELECT *, true FROM (SELECT * FROM used EXCEPT SELECT * FROM known) AS missing)sql"},
    {"rows_count_bets", "SELECT count(*) FROM bets"},
};

std::optional<std::int64_t> number_or_nothing(const Rows& rows, int row, int column) {
  if (rows.is_null(row, column)) return {};
  return rows.number(row, column);
}

/// The row's first columns must be those of an upload.
UploadRow upload_in(const Rows& rows, int row) {
  return {.agency_id = rows.number(row, 0),
          .upload = std::string(rows.text(row, 1)),
          .draw_id = rows.number(row, 2)};
}

}  // namespace

PostgresqlStoredRows::PostgresqlStoredRows(Connection& connection) : connection_(connection) {
  for (const auto& [name, sql] : statements) connection.prepare(name, sql, patience::deadline());
}

std::vector<DrawRow> PostgresqlStoredRows::draws() {
  const Rows rows = connection_.run("rows_draws", {}, patience::deadline());
  std::vector<DrawRow> draws;
  draws.reserve(static_cast<std::size_t>(rows.count()));
  for (int row = 0; row < rows.count(); ++row) {
    draws.push_back({.draw_id = rows.number(row, 0),
                     .opened_at = std::string(rows.text(row, 1)),
                     .drawn_at = rows.text_or_nothing(row, 2),
                     .winning_number = number_or_nothing(rows, row, 3)});
  }
  return draws;
}

std::vector<AgencyRow> PostgresqlStoredRows::agencies_of(std::int64_t draw_id) {
  const Rows rows =
      connection_.run("rows_agencies", Parameters().add(draw_id), patience::deadline());
  std::vector<AgencyRow> agencies;
  agencies.reserve(static_cast<std::size_t>(rows.count()));
  for (int row = 0; row < rows.count(); ++row) {
    agencies.push_back({.agency_id = rows.number(row, 0),
                        .done_at = rows.text_or_nothing(row, 1),
                        .bets = number_or_nothing(rows, row, 2),
                        .sha256 = rows.text_or_nothing(row, 3),
                        .certificate = rows.text_or_nothing(row, 4)});
  }
  return agencies;
}

std::optional<std::string> PostgresqlStoredRows::senders_of(std::int64_t draw_id,
                                                            std::int64_t agency_id) {
  return connection_
      .run("rows_senders", Parameters().add(draw_id).add(agency_id), patience::for_a_whole_table())
      .text_or_nothing(0, 0);
}

void PostgresqlStoredRows::read_ahead(ReadAhead& ahead, const char* statement, std::int64_t draw_id,
                                      std::int64_t agency_id, std::int64_t key) {
  if (ahead.is_at(draw_id, agency_id, key) &&
      (ahead.next < ahead.rows->count() || ahead.rows->count() < rows_at_once)) {
    return;
  }
  ahead.rows.reset();
  ahead.rows.emplace(connection_.run(
      statement, Parameters().add(draw_id).add(agency_id).add(key).add(rows_at_once),
      patience::deadline()));
  ahead.draw_id = draw_id;
  ahead.agency_id = agency_id;
  ahead.next = 0;
  ahead.last_key = key;
}

std::optional<BatchRow> PostgresqlStoredRows::batch_after(std::int64_t draw_id,
                                                          std::int64_t agency_id,
                                                          std::int64_t batch_number) {
  read_ahead(batches_, "rows_batches", draw_id, agency_id, batch_number);
  const Rows& rows = *batches_.rows;
  if (batches_.next == rows.count()) return {};
  const int row = batches_.next++;
  BatchRow batch{.batch_number = rows.number(row, 0),
                 .first_bet_id = rows.number(row, 1),
                 .bets = rows.number(row, 2),
                 .received_at = std::string(rows.text(row, 3)),
                 .sha256 = rows.text_or_nothing(row, 4),
                 .upload = rows.text_or_nothing(row, 5),
                 .certificate = rows.text_or_nothing(row, 6)};
  batches_.last_key = batch.batch_number;
  return batch;
}

void PostgresqlStoredRows::each_bet(std::int64_t draw_id, std::int64_t agency_id,
                                    const BatchRow& batch,
                                    const std::function<void(const BetRow&)>& bet) {
  if (batch.bets < 1) return;
  std::int64_t last = batch.first_bet_id - 1;
  for (;;) {
    read_ahead(bets_, "rows_bets", draw_id, agency_id, last);
    const Rows& rows = *bets_.rows;
    if (bets_.next == rows.count()) return;
    for (; bets_.next < rows.count(); ++bets_.next) {
      const std::int64_t bet_id = rows.number(bets_.next, 5);
      if (bet_id >= batch.end()) return;
      bet({.bet_id = bet_id,
           .draw_id = draw_id,
           .agency_id = agency_id,
           .bet = bet_in(rows, bets_.next),
           .number = rows.number(bets_.next, 4)});
      last = bet_id;
      bets_.last_key = bet_id;
    }
  }
}

bool PostgresqlStoredRows::is_winner(std::int64_t draw_id, std::int64_t agency_id,
                                     std::int64_t bet_id) {
  return connection_
             .run("rows_winners",
                  Parameters().add(draw_id).add(agency_id).add(bet_id).add(bet_id + 1),
                  patience::deadline())
             .count() == 1;
}

void PostgresqlStoredRows::each_winner(std::int64_t draw_id, std::int64_t agency_id,
                                       const BatchRow& batch,
                                       const std::function<void(std::int64_t bet_id)>& winner) {
  const Rows rows = connection_.run(
      "rows_winners",
      Parameters().add(draw_id).add(agency_id).add(batch.first_bet_id).add(batch.end()),
      patience::deadline());
  for (int row = 0; row < rows.count(); ++row) winner(rows.number(row, 0));
}

std::int64_t PostgresqlStoredRows::check_winners(
    std::int64_t draw_id, std::int64_t winning_number,
    const std::function<void(std::int64_t agency_id, std::int64_t bet_id, bool has_won)>& winner) {
  std::int64_t count = 0;
  std::int64_t last_agency = std::numeric_limits<std::int64_t>::min();
  std::int64_t last_bet = 0;
  for (;;) {
    const Rows rows = connection_.run("rows_winners_of_draw",
                                      Parameters()
                                          .add(draw_id)
                                          .add(winning_number)
                                          .add(last_agency)
                                          .add(last_bet)
                                          .add(rows_at_once),
                                      patience::deadline());
    for (int row = 0; row < rows.count(); ++row) {
      last_agency = rows.number(row, 0);
      last_bet = rows.number(row, 1);
      winner(last_agency, last_bet, rows.is_true(row, 2));
      ++count;
    }
    if (rows.count() < rows_at_once) return count;
  }
}

void PostgresqlStoredRows::each_upload(const std::function<void(const UploadRow&)>& upload) {
  UploadRow last{.agency_id = std::numeric_limits<std::int64_t>::min()};
  for (;;) {
    const Rows rows = connection_.run(
        "rows_uploads", Parameters().add(last.agency_id).add(last.upload).add(rows_at_once),
        patience::deadline());
    for (int row = 0; row < rows.count(); ++row) {
      last = upload_in(rows, row);
      upload(last);
    }
    if (rows.count() < rows_at_once) return;
  }
}

void PostgresqlStoredRows::each_wrong_upload(
    const std::function<void(const UploadRow&, bool has_batch)>& upload) {
  const Rows rows = connection_.run("rows_wrong_uploads", {}, patience::for_a_whole_table());
  for (int row = 0; row < rows.count(); ++row) {
    upload(upload_in(rows, row), rows.is_true(row, 3));
  }
}

std::int64_t PostgresqlStoredRows::count_bets() {
  return connection_.run("rows_count_bets", {}, patience::for_a_whole_table()).number(0, 0);
}

}  // namespace lottery::postgresql
