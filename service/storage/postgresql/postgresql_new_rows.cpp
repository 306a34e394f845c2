#include "service/storage/postgresql/postgresql_new_rows.h"

#include <cstddef>
#include <optional>
#include <string_view>

#include "service/storage/postgresql/patience.h"

namespace lottery::postgresql {
namespace {

constexpr std::size_t send_at_bytes = 65536;

// The tables and columns of each COPY.
constexpr const char* draws = "draws (draw_id, opened_at, drawn_at, winning_number)";
constexpr const char* agencies =
    "agencies (draw_id, agency_id, done_at, bets, sha256, certificate)";
constexpr const char* batches =
    "batches (draw_id, agency_id, batch_number, first_bet_id, bets, received_at, sha256, upload, "
    "certificate, token)";
constexpr const char* uploads = "uploads (agency_id, upload, draw_id)";
constexpr const char* bets =
    "bets (bet_id, draw_id, agency_id, first_name, last_name, document, birthdate, number)";
constexpr const char* winners = "winners (draw_id, agency_id, bet_id)";

// COPY's text format (PostgreSQL, "COPY", "File Formats").

void append(std::string& line, std::int64_t number) { line += std::to_string(number); }

void append(std::string& line, std::string_view text) {
  for (const char character : text) {
    switch (character) {
      case '\\':
        line += "\\\\";
        break;
      case '\t':
        line += "\\t";
        break;
      case '\n':
        line += "\\n";
        break;
      case '\r':
        line += "\\r";
        break;
      default:
        line += character;
    }
  }
}

template <typename Value>
void append(std::string& line, const std::optional<Value>& value) {
  if (value) {
    append(line, *value);
  } else {
    line += "\\N";
  }
}

}  // namespace

template <typename... Values>
void PostgresqlNewRows::copy(const char* table_and_columns, const Values&... values) {
  if (table_ != table_and_columns) {
    finish();
    connection_.begin_copy("COPY " + std::string(table_and_columns) + " FROM STDIN",
                           patience::deadline());
    table_ = table_and_columns;
  }
  const char* separator = "";
  ((unsent_ += separator, append(unsent_, values), separator = "\t"), ...);
  unsent_ += '\n';
  if (unsent_.size() < send_at_bytes) return;
  connection_.copy(unsent_, patience::deadline());
  unsent_.clear();
}

void PostgresqlNewRows::add(const DrawRow& row) {
  copy(draws, row.draw_id, row.opened_at, row.drawn_at, row.winning_number);
}

void PostgresqlNewRows::add(std::int64_t draw_id, const AgencyRow& row) {
  copy(agencies, draw_id, row.agency_id, row.done_at, row.bets, row.sha256, row.certificate);
}

void PostgresqlNewRows::add(std::int64_t draw_id, std::int64_t agency_id, const BatchRow& row) {
  constexpr std::string_view no_token;  // tokens belong to the other database's transactions
  copy(batches, draw_id, agency_id, row.batch_number, row.first_bet_id, row.bets, row.received_at,
       row.sha256, row.upload, row.certificate, no_token);
}

void PostgresqlNewRows::add(const UploadRow& row) {
  copy(uploads, row.agency_id, row.upload, row.draw_id);
}

void PostgresqlNewRows::add(const BetRow& row) {
  copy(bets, row.bet_id, row.draw_id, row.agency_id, row.bet.first_name, row.bet.last_name,
       row.bet.document, row.bet.birthdate, row.number);
}

void PostgresqlNewRows::add_winner(std::int64_t draw_id, std::int64_t agency_id,
                                   std::int64_t bet_id) {
  copy(winners, draw_id, agency_id, bet_id);
}

void PostgresqlNewRows::finish() {
  if (table_ == nullptr) return;
  table_ = nullptr;
  connection_.copy(unsent_, patience::deadline());
  unsent_.clear();
  connection_.end_copy(patience::for_a_whole_table());
}

}  // namespace lottery::postgresql
