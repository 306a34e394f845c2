#pragma once

#include <SQLiteCpp/Column.h>
#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <limits>

#include "protocol/bet.h"
#include "service/storage/sqlite/ledger_rows.h"

namespace lottery {

/// Reads the bets of a database in the order of their ids, and counts them. The scan continues from
/// where it is, so bets that are asked for in order are read only once. One thread at a time.
/// Throws SQLite::Exception.
class BetsScan {
 public:
  /// Begins before the first bet. `database` must outlive this.
  explicit BetsScan(SQLite::Database& database);

  /// Moves to the first bet whose id is at least `bet_id`; moves backward if the scan is already
  /// past it.
  void go_to(std::int64_t bet_id);

  /// Moves past the last bet.
  void go_to_end();

  /// False past the last bet. Then the calls below must not be used.
  bool has_bet() const noexcept { return has_bet_; }
  void next();

  std::int64_t id() { return row_.getColumn(7).getInt64(); }
  std::int64_t draw() { return row_.getColumn(5).getInt64(); }
  std::int64_t agency() { return row_.getColumn(6).getInt64(); }

  /// As stored; may be invalid for a bet.
  std::int64_t number() { return row_.getColumn(4).getInt64(); }

  /// Valid until the scan moves.
  Bet bet() { return bet_of(row_); }

  /// The number of bets that the scan has read, each counted once.
  std::int64_t bets() const noexcept { return bets_; }

  /// The greatest id among the counted bets; 0 if there are none.
  std::int64_t greatest_id() const noexcept { return bets_ == 0 ? 0 : greatest_id_; }

 private:
  static constexpr std::int64_t lowest_id = std::numeric_limits<std::int64_t>::min();

  void begin_at(std::int64_t bet_id);
  void step();

  SQLite::Statement row_;
  bool has_bet_ = false;
  std::int64_t behind_ = lowest_id;       // id of the last bet that was passed
  std::int64_t greatest_id_ = lowest_id;  // among the counted bets
  std::int64_t bets_ = 0;
};

}  // namespace lottery
