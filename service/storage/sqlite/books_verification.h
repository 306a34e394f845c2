#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "protocol/books.h"
#include "service/storage/sqlite/bets_scan.h"
#include "service/storage/sqlite/findings.h"

namespace lottery {

/// Checks the draws, books, bets and winners of a database of the current version. The bets are
/// read once, in the order of their ids, for all of these checks together; only batches that are
/// not in the order of their bets cost another reading of theirs. Memory grows with the agencies of
/// one draw, not with bets or batches.
///
/// The database must be in a read transaction. One thread at a time. Throws SQLite::Exception.
class BooksVerification {
 public:
  /// `database` and `findings` must outlive this.
  BooksVerification(SQLite::Database& database, Findings& findings);

  void run();

 private:
  /// A row of `batches`.
  struct Batch {
    std::int64_t number = 0;
    std::int64_t first_bet_id = 0;
    std::int64_t bets = 0;
    std::optional<std::string> sha256;

    /// The id behind its last bet.
    std::int64_t end() const noexcept;
  };

  struct AgencyBooks;
  struct Draw;

  void check_draw(Draw& draw);
  std::vector<AgencyBooks> agencies_of(const Draw& draw);

  /// Reads the batches of all these agencies, in the order of their bets.
  void check_batches(Draw& draw, std::vector<AgencyBooks>& agencies);
  bool read_next_batch(const Draw& draw, AgencyBooks& books);
  void check_batch(Draw& draw, AgencyBooks& books);
  void check_bets(Draw& draw, AgencyBooks& books, Place& place);
  void check_balance(const Draw& draw, AgencyBooks& books);
  void check_winners(Draw& draw);
  void check_bets_outside_batches();

  SQLite::Database& database_;
  Findings& findings_;
  BetsScan scan_;
  SQLite::Statement next_batch_;
  SQLite::Statement winner_;
  std::int64_t batched_bets_ = 0;
  std::int64_t end_of_batches_ = 0;  // the id behind the bets of all batches so far
};

}  // namespace lottery
