#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "service/ledger.h"
#include "service/storage/sqlite/durable_writer.h"
#include "service/storage/sqlite/error_policy.h"
#include "service/storage/sqlite/reader_pool.h"
#include "service/storage/sqlite/sqlite_view.h"

namespace lottery {

/// A ReadTransaction that borrows a reader while it lives.
class SqliteReadTransaction : private ReaderPool::Loan, public SqliteView<ReadTransaction> {
 public:
  /// Waits until a reader of `pool` is free. `writer` is the writer whose commits the transaction
  /// sees. All three must outlive this. Throws LedgerUnavailable and LedgerFailed.
  SqliteReadTransaction(ReaderPool& pool, DurableWriter& writer, ErrorPolicy& errors);
  ~SqliteReadTransaction() override;

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
  Reader& reader_;
  DurableWriter& writer_;
};

}  // namespace lottery
