#include "service/storage/ledger_copy.h"

#include <cstddef>
#include <vector>

#include "service/storage/batches_in_order.h"

namespace lottery {
namespace {

/// Assigns the ids of the copied bets.
class NewIds {
 public:
  explicit NewIds(BetIds ids) : ids_(ids) {}

  void begin_draw(std::size_t agencies) { of_agencies_.assign(agencies, 1); }

  /// Reserves `bets` ids without a gap for the agency's next bets. Returns the first of them.
  std::int64_t take(std::size_t agency, std::int64_t bets) {
    std::int64_t& next = ids_ == BetIds::of_the_ledger ? of_ledger_ : of_agencies_.at(agency);
    const std::int64_t first = next;
    next += bets;
    return first;
  }

 private:
  const BetIds ids_;
  std::int64_t of_ledger_ = 1;
  std::vector<std::int64_t> of_agencies_;
};

using EachBatch = std::function<void(std::int64_t draw_id, std::int64_t agency_id,
                                     const BatchRow& batch, std::int64_t new_first_bet_id)>;

/// Calls `work` with every batch of every draw, always in the same order, and with the new id of
/// its first bet.
void each_batch(StoredRows& from, const std::vector<DrawRow>& draws, BetIds new_bet_ids,
                const EachBatch& work) {
  NewIds ids(new_bet_ids);
  for (const DrawRow& draw : draws) {
    const std::vector<AgencyRow> agencies = from.agencies_of(draw.draw_id);
    ids.begin_draw(agencies.size());
    each_batch_in_order(
        from, draw.draw_id, agencies, [&](std::size_t agency, const BatchRow& batch) {
          work(draw.draw_id, agencies[agency].agency_id, batch, ids.take(agency, batch.bets));
        });
  }
}

}  // namespace

CopiedRows copy_ledger(StoredRows& from, NewRows& to,
                       const std::function<void(std::int64_t copied, std::int64_t of)>& progress) {
  CopiedRows copied;
  const std::vector<DrawRow> draws = from.draws();
  for (const DrawRow& draw : draws) {
    to.add(draw);
    ++copied.draws;
  }
  for (const DrawRow& draw : draws) {
    for (const AgencyRow& agency : from.agencies_of(draw.draw_id)) to.add(draw.draw_id, agency);
  }
  std::int64_t bets = 0;
  each_batch(from, draws, to.bet_ids(),
             [&](std::int64_t draw_id, std::int64_t agency_id, BatchRow batch,
                 std::int64_t new_first_bet_id) {
               batch.first_bet_id = new_first_bet_id;
               to.add(draw_id, agency_id, batch);
               bets += batch.bets;
               ++copied.batches;
             });
  from.each_upload([&](const UploadRow& upload) { to.add(upload); });
  each_batch(from, draws, to.bet_ids(),
             [&](std::int64_t draw_id, std::int64_t agency_id, const BatchRow& batch,
                 std::int64_t new_bet_id) {
               from.each_bet(draw_id, agency_id, batch, [&](BetRow bet) {
                 bet.bet_id = new_bet_id++;
                 to.add(bet);
                 ++copied.bets;
               });
               progress(copied.bets, bets);
             });
  each_batch(from, draws, to.bet_ids(),
             [&](std::int64_t draw_id, std::int64_t agency_id, const BatchRow& batch,
                 std::int64_t new_first_bet_id) {
               from.each_winner(draw_id, agency_id, batch, [&](std::int64_t bet_id) {
                 to.add_winner(draw_id, agency_id,
                               new_first_bet_id + (bet_id - batch.first_bet_id));
                 ++copied.winners;
               });
             });
  to.finish();
  return copied;
}

}  // namespace lottery
