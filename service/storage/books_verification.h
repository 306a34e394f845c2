#pragma once

#include <cstdint>
#include <vector>

#include "service/storage/findings.h"
#include "service/storage/stored_rows.h"

namespace lottery {

/// Checks the draws, books, bets and winners of a ledger of the current schema version, in any
/// engine. Reads the bets once for all of these checks; only batches that are not in the order of
/// their bets are read a second time. Memory grows with the number of draws and of agencies in one
/// draw, not with bets or batches.
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
  std::int64_t end_of_batches_ = 0;  // one past the greatest bet id of the batches so far
};

/// Checks that each upload is in the draw of its batches, and that exactly those uploads exist that
/// have batches. Throws what `rows` throws.
void check_uploads(StoredRows& rows, Findings& findings);

}  // namespace lottery
