#pragma once

#include <cstdint>

#include "service/storage/stored_rows.h"

namespace lottery {

/// Receives the rows of a ledger that is copied into an empty database. The caller must add all
/// draws first, then all agencies, batches, uploads, bets and winners, in this order. One thread at
/// a time. Every call throws the engine's exceptions.
class NewRows {
 public:
  virtual ~NewRows() = default;
  NewRows(const NewRows&) = delete;
  NewRows& operator=(const NewRows&) = delete;

  virtual BetIds bet_ids() const noexcept = 0;

  virtual void add(const DrawRow& row) = 0;
  virtual void add(std::int64_t draw_id, const AgencyRow& row) = 0;
  virtual void add(std::int64_t draw_id, std::int64_t agency_id, const BatchRow& row) = 0;
  virtual void add(const UploadRow& row) = 0;
  virtual void add(const BetRow& row) = 0;
  virtual void add_winner(std::int64_t draw_id, std::int64_t agency_id, std::int64_t bet_id) = 0;

  /// Call it after the last row. It does not commit.
  virtual void finish() = 0;

 protected:
  NewRows() = default;
};

}  // namespace lottery
