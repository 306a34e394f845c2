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

/// Inserts a batch's bets into bets.db with one statement, which reads them as the rows of a
/// virtual table. A batch spends nearly all of its write turn here; this takes two thirds of the
/// time of one statement per bet, whose fields must be bound one by one. Used by the thread that
/// holds the write turn.
class BetsInsert {
 public:
  /// `connection` must outlive this. At most one BetsInsert per connection. Throws
  /// SQLite::Exception.
  explicit BetsInsert(SQLite::Database& connection);
  ~BetsInsert();
  BetsInsert(const BetsInsert&) = delete;
  BetsInsert& operator=(const BetsInsert&) = delete;

  /// Inserts `bets` in their order and returns the id of the first; the other ids follow without a
  /// gap. Requires an open transaction and at least one bet. Throws SQLite::Exception.
  std::int64_t insert(DrawId draw, AgencyId agency, std::span<const Bet> bets);

 private:
  class BatchTable;

  SQLite::Database& connection_;
  std::unique_ptr<BatchTable> batch_;
  SQLite::Statement statement_;
};

}  // namespace lottery
