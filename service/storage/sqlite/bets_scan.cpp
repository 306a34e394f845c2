#include "service/storage/sqlite/bets_scan.h"

namespace lottery {

BetsScan::BetsScan(SQLite::Database& database)
    : row_(database, R"sql(
          SELECT first_name, last_name, document, birthdate, number, draw_id, agency_id, bet_id
          FROM bets
          WHERE bet_id >= ?
          ORDER BY bet_id)sql") {
  begin_at(lowest_id);
}

void BetsScan::go_to(std::int64_t bet_id) {
  if (behind_ >= bet_id) begin_at(bet_id);
  while (has_bet_ && id() < bet_id) next();
}

void BetsScan::go_to_end() {
  go_to(greatest_id_);
  while (has_bet_) next();
}

void BetsScan::next() {
  behind_ = id();
  step();
}

void BetsScan::begin_at(std::int64_t bet_id) {
  row_.tryReset();
  row_.bind(1, bet_id);
  behind_ = lowest_id;
  step();
}

void BetsScan::step() {
  has_bet_ = row_.executeStep();
  if (has_bet_ && (bets_ == 0 || id() > greatest_id_)) {
    ++bets_;
    greatest_id_ = id();
  }
}

}  // namespace lottery
