#pragma once

#include <cstdint>
#include <string>

#include "service/storage/new_rows.h"
#include "service/storage/postgresql/connection.h"

namespace lottery::postgresql {

/// Fills an empty database with COPY, one table after another, in the connection's transaction.
/// Calls throw StatementFailed and ConnectionLost.
class PostgresqlNewRows : public NewRows {
 public:
  /// `connection` must outlive this. Nothing else may use it before finish().
  explicit PostgresqlNewRows(Connection& connection) : connection_(connection) {}

  BetIds bet_ids() const noexcept override { return BetIds::of_each_agency; }
  void add(const DrawRow& row) override;
  void add(std::int64_t draw_id, const AgencyRow& row) override;
  void add(std::int64_t draw_id, std::int64_t agency_id, const BatchRow& row) override;
  void add(const UploadRow& row) override;
  void add(const BetRow& row) override;
  void add_winner(std::int64_t draw_id, std::int64_t agency_id, std::int64_t bet_id) override;
  void finish() override;

 private:
  template <typename... Values>
  void copy(const char* table_and_columns, const Values&... values);

  Connection& connection_;
  const char* table_ = nullptr;  // the table of the current COPY
  std::string unsent_;
};

}  // namespace lottery::postgresql
