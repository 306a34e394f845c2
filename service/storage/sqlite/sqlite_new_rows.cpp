#include "service/storage/sqlite/sqlite_new_rows.h"

#include <optional>
#include <string>

namespace lottery {
namespace {

void bind(SQLite::Statement& statement, int index, std::int64_t number) {
  statement.bind(index, number);
}

void bind(SQLite::Statement& statement, int index, const std::string& text) {
  statement.bind(index, text);
}

void bind(SQLite::Statement& statement, int index, std::string_view text) {
  statement.bind(index, std::string(text));
}

template <typename Value>
void bind(SQLite::Statement& statement, int index, const std::optional<Value>& value) {
  if (value) {
    bind(statement, index, *value);
  } else {
    statement.bind(index);
  }
}

template <typename... Values>
void insert(SQLite::Statement& statement, const Values&... values) {
  statement.reset();
  int index = 0;
  (bind(statement, ++index, values), ...);
  statement.exec();
}

}  // namespace

SqliteNewRows::SqliteNewRows(SQLite::Database& database)
    : draw_(database, R"sql(
          INSERT INTO draws (draw_id, opened_at, drawn_at, winning_number)
          VALUES (?, ?, ?, ?))sql"),
      agency_(database, R"sql(
          INSERT INTO agencies (draw_id, agency_id, done_at, bets, sha256, certificate)
          VALUES (?, ?, ?, ?, ?, ?))sql"),
      batch_(database, R"sql(
          INSERT INTO batches (draw_id, agency_id, batch_number, first_bet_id, bets, received_at,
                               sha256, upload, certificate)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?))sql"),
      upload_(database, "INSERT INTO uploads (agency_id, upload, draw_id) VALUES (?, ?, ?)"),
      bet_(database, R"sql(
          INSERT INTO bets (bet_id, draw_id, agency_id, first_name, last_name, document, birthdate,
                            number)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?))sql"),
      winner_(database, "INSERT INTO winners (draw_id, agency_id, bet_id) VALUES (?, ?, ?)") {}

void SqliteNewRows::add(const DrawRow& row) {
  insert(draw_, row.draw_id, row.opened_at, row.drawn_at, row.winning_number);
}

void SqliteNewRows::add(std::int64_t draw_id, const AgencyRow& row) {
  insert(agency_, draw_id, row.agency_id, row.done_at, row.bets, row.sha256, row.certificate);
}

void SqliteNewRows::add(std::int64_t draw_id, std::int64_t agency_id, const BatchRow& row) {
  insert(batch_, draw_id, agency_id, row.batch_number, row.first_bet_id, row.bets, row.received_at,
         row.sha256, row.upload, row.certificate);
}

void SqliteNewRows::add(const UploadRow& row) {
  insert(upload_, row.agency_id, row.upload, row.draw_id);
}

void SqliteNewRows::add(const BetRow& row) {
  insert(bet_, row.bet_id, row.draw_id, row.agency_id, row.bet.first_name, row.bet.last_name,
         row.bet.document, row.bet.birthdate, row.number);
}

void SqliteNewRows::add_winner(std::int64_t draw_id, std::int64_t agency_id, std::int64_t bet_id) {
  insert(winner_, draw_id, agency_id, bet_id);
}

}  // namespace lottery
