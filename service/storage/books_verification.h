#pragma once

#include <cstdint>
#include <vector>

#include "service/storage/findings.h"
#include "service/storage/stored_rows.h"

namespace lottery {

/// Checks the draws, books, bets and winners of a ledger of the current version, in any engine. One
/// pass over the bets serves all checks; only batches that are not in the order of their bets are
/// read a second time. Memory grows with the number of draws and of agencies in one draw, not with
/// bets or batches.
///
/// One thread at a time. Throws what `rows` throws.
class BooksVerification {
 public:
  /// `rows` and `findings` must outlive this.
  BooksVerification(StoredRows& rows, Findings& findings) : rows_(rows), findings_(findings) {}

  void run();

 private:
  struct AgencyBooks;
  struct Draw;

  void check_draw(Draw& draw);
  void check_batch(Draw& draw, AgencyBooks& books, const BatchRow& batch);
  void check_bets(Draw& draw, AgencyBooks& books, const BatchRow& batch, Place& place);
  void check_balance(const Draw& draw, AgencyBooks& books);
  void check_winners(Draw& draw);
  void check_bets_outside_batches();

  StoredRows& rows_;
  Findings& findings_;
  std::int64_t batched_bets_ = 0;
  std::int64_t end_of_batches_ = 0;  // the id after the last bet of all batches so far
};

/// Checks that each upload belongs to the draw of its batches, that every upload with batches
/// exists, and that no other upload exists. Throws what `rows` throws.
void check_uploads(StoredRows& rows, Findings& findings);

}  // namespace lottery
