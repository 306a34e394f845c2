#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "service/storage/sqlite/bets_scan.h"
#include "service/storage/stored_rows.h"

namespace lottery {

/// Reads the rows of a database of the current schema version. The database must be in a read
/// transaction. Calls throw SQLite::Exception.
class SqliteStoredRows : public StoredRows {
 public:
  /// `database` must outlive this.
  explicit SqliteStoredRows(SQLite::Database& database);

  BetIds bet_ids() const noexcept override { return BetIds::of_the_ledger; }
  std::vector<DrawRow> draws() override;
  std::vector<AgencyRow> agencies_of(std::int64_t draw_id) override;
  std::optional<std::string> senders_of(std::int64_t draw_id, std::int64_t agency_id) override;
  std::optional<BatchRow> batch_after(std::int64_t draw_id, std::int64_t agency_id,
                                      std::int64_t batch_number) override;
  void each_bet(std::int64_t draw_id, std::int64_t agency_id, const BatchRow& batch,
                const std::function<void(const BetRow&)>& bet) override;
  bool is_winner(std::int64_t draw_id, std::int64_t agency_id, std::int64_t bet_id) override;
  void each_winner(std::int64_t draw_id, std::int64_t agency_id, const BatchRow& batch,
                   const std::function<void(std::int64_t bet_id)>& winner) override;
  std::int64_t check_winners(std::int64_t draw_id, std::int64_t winning_number,
                             const std::function<void(std::int64_t agency_id, std::int64_t bet_id,
                                                      bool has_won)>& winner) override;
  void each_upload(const std::function<void(const UploadRow&)>& upload) override;
  void each_wrong_upload(
      const std::function<void(const UploadRow&, bool has_batch)>& upload) override;
  std::int64_t count_bets() override;
  std::int64_t greatest_bet_id() override;

 private:
  SQLite::Database& database_;
  BetsScan scan_;
  SQLite::Statement next_batch_;
  SQLite::Statement winner_;
  SQLite::Statement winners_of_batch_;
};

}  // namespace lottery
