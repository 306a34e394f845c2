#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "protocol/agency_id.h"
#include "service/ledger.h"

namespace lottery {

/// The queries of a ReadTransaction about whole draws, as prepared statements of one connection.
/// ReadTransaction documents the results. Each call throws SQLite::Exception. Used by the thread
/// that may use the connection.
class OverviewQuestions {
 public:
  /// `connection` must outlive this.
  explicit OverviewQuestions(SQLite::Database& connection);

  std::vector<DrawRecord> newest_draws(std::size_t draws_max);
  std::vector<AgencyRecord> agencies_of(DrawId draw);
  BatchTotals totals_after(DrawId draw, AgencyId agency, std::int64_t after_batch);
  std::int64_t bets_in_closed_books(DrawId draw);
  std::map<AgencyId, std::int64_t> winners_by_agency(DrawId draw);

 private:
  SQLite::Statement newest_draws_;
  SQLite::Statement agencies_;
  SQLite::Statement totals_;
  SQLite::Statement bets_in_closed_books_;
  SQLite::Statement winners_;
};

}  // namespace lottery
