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
/// virtual table: nearly all of a batch's turn to write goes here, and this takes two thirds of the
/// time of a statement for each bet, whose fields must be bound one by one. Used by the thread
/// that has the write turn.
class BetsInsert {
 public:
  /// `connection` must outlive this, and have no other of these. Throws SQLite::Exception.
  explicit BetsInsert(SQLite::Database& connection);
  ~BetsInsert();
  BetsInsert(const BetsInsert&) = delete;
  BetsInsert& operator=(const BetsInsert&) = delete;

  /// Inserts `bets` in their order, and returns the id of the first; the others follow it without a
  /// gap. There must be a transaction, and one bet or more. Throws SQLite::Exception.
  std::int64_t insert(DrawId draw, AgencyId agency, std::span<const Bet> bets);

 private:
  class BatchTable;

  SQLite::Database& connection_;
  std::unique_ptr<BatchTable> batch_;
  SQLite::Statement statement_;
};

}  // namespace lottery
