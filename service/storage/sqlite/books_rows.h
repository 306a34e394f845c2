#pragma once

#include <SQLiteCpp/Database.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "protocol/agency_id.h"
#include "protocol/bet.h"
#include "service/ledger.h"

struct sqlite3_stmt;

namespace lottery {

/// Reads the bets of whole books, through SQLite's own calls. All other statements are SQLiteCpp's.
/// SQLiteCpp makes an object of each column that it reads. Here, where every bet goes through once
/// more, that costs a tenth of a DONE: 0.29 s of processor time against 0.27 s for 800,000 bets,
/// which is 3 % of all that the service does for an upload of five agencies. On the path of a batch
/// the difference is 0.2 µs of 160 µs.
///
/// Used by the thread that may use the connection.
class BooksRows {
 public:
  /// `connection` must outlive this. Throws SQLite::Exception.
  explicit BooksRows(SQLite::Database& connection);

  /// Hands over every bet of the agency's batches after `after_batch` (0: of all), in the order in
  /// which they were stored. Each lives for the call only. A number that somebody has changed to
  /// one that no bet can have may become -1. Throws SQLite::Exception, and what `take` throws.
  void each(DrawId draw, AgencyId agency, std::int64_t after_batch,
            const std::function<void(const Bet&)>& take);

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };

  void check(int result) const;

  SQLite::Database& connection_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace lottery
