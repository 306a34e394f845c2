#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

#include "protocol/agency_id.h"
#include "protocol/books.h"
#include "service/ledger.h"

namespace lottery {

/// The balance of an agency's batches 1 to `batches` in a draw, as read from the ledger.
struct RunningBalance {
  DrawId draw;
  std::int64_t batches = 0;
  std::int64_t changes_by_others = 0;  ///< Ledger::changes_by_others() before the read
  BooksBalance balance{};
};

/// Caches the balance of each agency's open books, so that a RESUME reads only the batches stored
/// since. The service never changes a committed batch. So a cached balance stays right until
/// another program changes the database, whatever later transactions store or roll back.
///
/// An agency takes about 300 bytes. Any thread may call.
class RunningBooks {
 public:
  /// The balance of exactly these batches. Nothing if it is not cached, or if somebody else has
  /// changed the ledger since.
  std::optional<Books> books(AgencyId agency, DrawId draw, std::int64_t batches,
                             std::int64_t changes_by_others) const;

  /// Removes and returns the cached balance of the agency's books in `draw`, so that the caller can
  /// add newer batches. Returns nothing if it covers more than `batches_max` batches, or if
  /// somebody else has changed the ledger since.
  std::optional<RunningBalance> take(AgencyId agency, DrawId draw, std::int64_t batches_max,
                                     std::int64_t changes_by_others);

  /// Caches `balance`, and replaces what was cached for the agency.
  void keep(AgencyId agency, RunningBalance balance);

  void forget(AgencyId agency);

  /// Forgets everything, because the draw has happened.
  void forget_all();

 private:
  mutable std::mutex mutex_;
  std::map<AgencyId, RunningBalance> agencies_;
};

}  // namespace lottery
