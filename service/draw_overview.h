#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "protocol/agency_id.h"
#include "service/ledger.h"

/// The draws as numbers, for people who watch the lottery. Contains no bet and no personal data.
namespace lottery {

struct AgencyOverview {
  AgencyId agency;
  std::int64_t batches = 0;
  std::int64_t bets = 0;
  std::optional<UnixTime> last_batch_at{};
  std::optional<UnixTime> done_at{};
  std::int64_t winners = 0;  ///< 0 while the draw is open
};

struct DrawOverview {
  DrawRecord draw;
  std::vector<AgencyOverview> agencies;  ///< by id
};

struct PastDraw {
  DrawRecord draw;
  std::int64_t bets = 0;
  std::int64_t winners = 0;
};

struct Overview {
  std::optional<DrawOverview> newest{};  ///< empty before the first bet
  std::vector<PastDraw> past{};  ///< the draws before it, newest first, at most past_draws_max
};

inline constexpr std::size_t past_draws_max = 10;

/// Makes overviews, one after the other. It adds up each batch once, so the cost of an overview
/// depends on the number of agencies and of batches since the last overview, not on the number of
/// bets. One thread at a time.
class OverviewCounter {
 public:
  /// Throws LedgerUnavailable and LedgerFailed. The next call then continues where this one
  /// stopped.
  Overview count(ReadTransaction& ledger);

 private:
  struct Counted {
    std::int64_t batches = 0;  // the number of the last batch counted
    std::int64_t bets = 0;
    std::optional<UnixTime> last_batch_at{};
  };

  DrawOverview newest(const DrawRecord& draw, ReadTransaction& ledger);
  const PastDraw& past(const DrawRecord& draw, ReadTransaction& ledger);

  std::optional<DrawId> draw_;  // the draw of counted_ and winners_
  std::map<AgencyId, Counted> counted_;
  std::optional<std::map<AgencyId, std::int64_t>> winners_;  // set once the draw is drawn
  std::map<DrawId, PastDraw> past_;
};

}  // namespace lottery
