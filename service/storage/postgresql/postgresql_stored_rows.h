#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "service/storage/postgresql/connection.h"
#include "service/storage/stored_rows.h"

namespace lottery::postgresql {

/// The rows of a database of the current version, as the connection's transaction sees them. Reads
/// several thousand rows at a time. Calls throw StatementFailed and ConnectionLost.
class PostgresqlStoredRows : public StoredRows {
 public:
  /// `connection` must outlive this, and must have no other PostgresqlStoredRows.
  explicit PostgresqlStoredRows(Connection& connection);

  BetIds bet_ids() const noexcept override { return BetIds::of_each_agency; }
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
  std::int64_t greatest_bet_id() override { return 0; }

 private:
  /// Rows of one agency in one draw that were read ahead.
  struct ReadAhead {
    std::int64_t draw_id = 0;
    std::int64_t agency_id = 0;
    std::optional<Rows> rows{};
    int next = 0;
    std::int64_t last_key = 0;  ///< of the row before `next`

    /// True if `next` is the row after `key`.
    bool is_at(std::int64_t draw, std::int64_t agency, std::int64_t key) const {
      return rows && draw_id == draw && agency_id == agency && last_key == key;
    }
  };

  /// Reads the rows of `statement` after `key` into `ahead`, unless they are there already or there
  /// are no more rows.
  void read_ahead(ReadAhead& ahead, const char* statement, std::int64_t draw_id,
                  std::int64_t agency_id, std::int64_t key);

  Connection& connection_;
  ReadAhead batches_;
  ReadAhead bets_;
};

}  // namespace lottery::postgresql
