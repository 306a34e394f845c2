#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <span>

#include "protocol/agency_id.h"
#include "protocol/bet.h"
#include "service/ledger.h"
#include "service/raw_statement.h"

namespace lottery {

/// Inserts bets into bets.db, several rows a statement: that takes half the time of one row each,
/// and nearly all of a batch's turn to write goes here. Used by whoever has that turn.
class BetsInsert {
 public:
  /// `connection` must outlive this. Throws SQLite::Exception.
  explicit BetsInsert(SQLite::Database& connection);

  /// Inserts `bets` in their order, and returns the id of the first; the others follow it without a
  /// gap. There must be a transaction, and one bet or more. Throws SQLite::Exception.
  std::int64_t insert(DrawId draw, AgencyId agency, std::span<const Bet> bets);

 private:
  static void run(RawStatement& statement, DrawId draw, AgencyId agency, std::span<const Bet> bets);

  SQLite::Database& connection_;
  RawStatement several_rows_;
  RawStatement one_row_;
};

}  // namespace lottery
