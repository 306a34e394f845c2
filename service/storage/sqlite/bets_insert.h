#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <memory>
#include <span>

#include "protocol/agency_id.h"
#include "protocol/bet.h"
#include "service/ledger.h"

namespace lottery {

/// Inserts a batch's bets into bets.db with one statement, which reads them from a virtual table.
/// Nearly all of a batch's write turn is spent here. One statement takes two thirds of the time of
/// one statement per bet, where each field must be bound separately. Used by the thread that has
/// the write turn.
class BetsInsert {
 public:
  /// `connection` must outlive this, and must have no other BetsInsert. Throws SQLite::Exception.
  explicit BetsInsert(SQLite::Database& connection);
  ~BetsInsert();
  BetsInsert(const BetsInsert&) = delete;
  BetsInsert& operator=(const BetsInsert&) = delete;

  /// Inserts `bets` in their order. Returns the id of the first bet; the other ids follow without
  /// gaps. Requires a transaction and at least one bet. Throws SQLite::Exception.
  std::int64_t insert(DrawId draw, AgencyId agency, std::span<const Bet> bets);

 private:
  class BatchTable;

  SQLite::Database& connection_;
  std::unique_ptr<BatchTable> batch_;
  SQLite::Statement statement_;
};

}  // namespace lottery
