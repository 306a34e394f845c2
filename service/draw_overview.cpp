#include "service/draw_overview.h"

namespace lottery {

Overview OverviewCounter::count(ReadTransaction& ledger) {
  const auto draws = ledger.newest_draws(past_draws_max + 1);
  Overview overview;
  if (draws.empty()) return overview;
  overview.newest = newest(draws.front(), ledger);
  for (auto draw = draws.begin() + 1; draw != draws.end(); ++draw) {
    overview.past.push_back(past(*draw, ledger));
  }
  std::erase_if(past_, [&](const auto& known) { return known.first < draws.back().draw; });
  return overview;
}

DrawOverview OverviewCounter::newest(const DrawRecord& draw, ReadTransaction& ledger) {
  if (draw_ != draw.draw) {
    draw_ = draw.draw;
    counted_.clear();
    winners_.reset();
  }
  if (draw.drawn_at && !winners_) winners_ = ledger.winners_by_agency(draw.draw);

  DrawOverview overview{.draw = draw, .agencies = {}};
  for (const AgencyRecord& record : ledger.agencies_of(draw.draw)) {
    Counted& counted = counted_[record.agency];
    if (record.batches < counted.batches) counted = {};  // another program has removed some
    if (record.batches > counted.batches) {
      const BatchTotals more = ledger.totals_after(draw.draw, record.agency, counted.batches);
      counted.batches = record.batches;
      counted.bets += more.bets;
      counted.last_batch_at = more.last_received_at;
    }
    AgencyOverview agency{.agency = record.agency,
                          .batches = counted.batches,
                          .bets = counted.bets,
                          .last_batch_at = counted.last_batch_at,
                          .done_at = record.done_at};
    if (winners_) {
      const auto winners = winners_->find(record.agency);
      if (winners != winners_->end()) agency.winners = winners->second;
    }
    overview.agencies.push_back(agency);
  }
  return overview;
}

const PastDraw& OverviewCounter::past(const DrawRecord& draw, ReadTransaction& ledger) {
  const auto known = past_.find(draw.draw);
  if (known != past_.end()) return known->second;
  PastDraw past{.draw = draw, .bets = ledger.bets_in_closed_books(draw.draw)};
  for (const auto& [agency, winners] : ledger.winners_by_agency(draw.draw)) past.winners += winners;
  return past_.emplace(draw.draw, past).first->second;
}

}  // namespace lottery
