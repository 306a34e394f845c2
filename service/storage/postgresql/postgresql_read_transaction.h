#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "service/storage/postgresql/connection_pool.h"
#include "service/storage/postgresql/postgresql_view.h"

namespace lottery::postgresql {

/// A ReadTransaction that borrows a connection while it lives.
class PostgresqlReadTransaction : private ConnectionPool::Loan,
                                  public PostgresqlView<ReadTransaction> {
 public:
  /// When `is_over` becomes true, every call throws LedgerUnavailable. Both must outlive this.
  /// Throws LedgerUnavailable.
  PostgresqlReadTransaction(ConnectionPool& pool, const std::atomic<bool>& is_over);
  ~PostgresqlReadTransaction() override;

  std::optional<DrawId> open_draw() override;
  std::optional<DrawPhase> newest_draw_of(AgencyId agency) override;
  std::optional<DrawId> next_draw_of(AgencyId agency, DrawId draw) override;
  std::optional<DrawId> draw_of_upload(AgencyId agency, const UploadId& upload) override;
  std::optional<AgencyBooks> books(DrawId draw, AgencyId agency) override;

  std::optional<DrawPhase> newest_draw() override;
  void each_bet(DrawId draw, AgencyId agency, std::int64_t after_batch,
                const std::function<void(const Bet&)>& bet) override;
  std::optional<BetId> winners_after(DrawId draw, AgencyId agency, BetId after,
                                     std::size_t winners_max,
                                     const std::function<void(const Bet&)>& winner) override;
  std::vector<DrawRecord> newest_draws(std::size_t draws_max) override;
  std::vector<AgencyRecord> agencies_of(DrawId draw) override;
  BatchTotals totals_after(DrawId draw, AgencyId agency, std::int64_t after_batch) override;
  std::int64_t bets_in_closed_books(DrawId draw) override;
  std::map<AgencyId, std::int64_t> winners_by_agency(DrawId draw) override;

 private:
  /// Calls `question` with a new deadline, and converts the engine's exceptions to the ledger's.
  template <typename Question>
  auto guarded(Question question);

  const std::atomic<bool>& is_over_;
};

}  // namespace lottery::postgresql
