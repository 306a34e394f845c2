#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>

#include "service/storage/new_rows.h"

namespace lottery {

/// Fills an empty database of the current schema version. The database must be in a transaction.
/// Calls throw SQLite::Exception.
class SqliteNewRows : public NewRows {
 public:
  /// `database` must outlive this.
  explicit SqliteNewRows(SQLite::Database& database);

  BetIds bet_ids() const noexcept override { return BetIds::of_the_ledger; }
  void add(const DrawRow& row) override;
  void add(std::int64_t draw_id, const AgencyRow& row) override;
  void add(std::int64_t draw_id, std::int64_t agency_id, const BatchRow& row) override;
  void add(const UploadRow& row) override;
  void add(const BetRow& row) override;
  void add_winner(std::int64_t draw_id, std::int64_t agency_id, std::int64_t bet_id) override;
  void finish() override {}

 private:
  SQLite::Statement draw_;
  SQLite::Statement agency_;
  SQLite::Statement batch_;
  SQLite::Statement upload_;
  SQLite::Statement bet_;
  SQLite::Statement winner_;
};

}  // namespace lottery
