#pragma once

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <limits>

#include "protocol/bet.h"
#include "service/storage/sqlite/ledger_rows.h"

namespace lottery {

/// Reads the bets of a database in the order of their ids, and counts them. The reader goes forward
/// for as long as it is asked to, so that bets which are asked for in order are read once. One
/// thread at a time. Throws SQLite::Exception.
class BetsScan {
 public:
  /// Begins before the first bet. `database` must outlive this.
  explicit BetsScan(SQLite::Database& database);

  /// Goes to the first bet whose id is `bet_id` or greater, backward if the scan is past it.
  void go_to(std::int64_t bet_id);

  /// Goes behind the last bet.
  void go_to_end();

  /// False behind the last bet. If it is false, there is no bet to ask about.
  bool has_bet() const noexcept { return has_bet_; }
  void next();

  std::int64_t id() { return row_.getColumn(7).getInt64(); }
  std::int64_t draw() { return row_.getColumn(5).getInt64(); }
  std::int64_t agency() { return row_.getColumn(6).getInt64(); }

  /// As it is stored, which may be no number that a bet can have.
  std::int64_t number() { return row_.getColumn(4).getInt64(); }

  /// Lives until the scan moves.
  Bet bet() { return bet_of(row_); }

  /// How many bets the scan has come to, each counted once.
  std::int64_t bets() const noexcept { return bets_; }

  /// The greatest id among them; 0 if there is none.
  std::int64_t greatest_id() const noexcept { return bets_ == 0 ? 0 : greatest_id_; }

 private:
  static constexpr std::int64_t lowest_id = std::numeric_limits<std::int64_t>::min();

  void begin_at(std::int64_t bet_id);
  void step();

  SQLite::Statement row_;
  bool has_bet_ = false;
  std::int64_t behind_ = lowest_id;       // the last bet that was left behind
  std::int64_t greatest_id_ = lowest_id;  // of the bets that were counted
  std::int64_t bets_ = 0;
};

}  // namespace lottery
