#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "protocol/agency_id.h"
#include "service/ledger.h"

/// The draws as somebody sees them who watches the lottery: in numbers, and without a bet or a
/// person.
namespace lottery {

struct AgencyOverview {
  AgencyId agency;
  std::int64_t batches = 0;
  std::int64_t bets = 0;
  std::optional<UnixTime> last_batch_at{};
  std::optional<UnixTime> done_at{};
  std::int64_t winners = 0;  ///< 0 as long as the draw is open
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
  std::optional<DrawOverview> newest{};  ///< nothing before the first bet
  std::vector<PastDraw> past{};  ///< those before it, the newest first, at most past_draws_max
};

inline constexpr std::size_t past_draws_max = 10;

/// Makes overviews, one after the other, and adds up each batch once: an overview takes as long as
/// the number of agencies and the number of batches since the one before ask for, however many bets
/// there are. One thread at a time.
class OverviewCounter {
 public:
  /// Throws LedgerUnavailable and LedgerFailed; the next call then goes on where it was.
  Overview count(ReadTransaction& ledger);

 private:
  struct Counted {
    std::int64_t batches = 0;  // the number of the last one
    std::int64_t bets = 0;
    std::optional<UnixTime> last_batch_at{};
  };

  DrawOverview newest(const DrawRecord& draw, ReadTransaction& ledger);
  const PastDraw& past(const DrawRecord& draw, ReadTransaction& ledger);

  std::optional<DrawId> draw_;  // of the two below
  std::map<AgencyId, Counted> counted_;
  std::optional<std::map<AgencyId, std::int64_t>> winners_;  // once it is drawn
  std::map<DrawId, PastDraw> past_;
};

}  // namespace lottery
