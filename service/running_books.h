#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>

#include "protocol/agency_id.h"
#include "protocol/books.h"
#include "service/ledger.h"

namespace lottery {

/// The balance of an agency's batches 1 to `batches` in a draw, as it was read from the ledger.
struct RunningBalance {
  DrawId draw;
  std::int64_t batches = 0;
  std::int64_t changes_by_others = 0;  ///< what Ledger::changes_by_others() said before the read
  BooksBalance balance{};
};

/// Remembers how far the open books of each agency were read, so that a RESUME reads only the
/// batches that have come since. Once a batch is committed, the service never changes it. So a
/// balance stays right, whatever is stored behind it or rolled back, until another program changes
/// the database.
///
/// An agency takes about 300 bytes. Any thread may call.
class RunningBooks {
 public:
  /// The balance of exactly these batches, if it is remembered, and nobody else has changed the
  /// ledger since.
  std::optional<Books> books(AgencyId agency, DrawId draw, std::int64_t batches,
                             std::int64_t changes_by_others) const;

  /// Takes out what is remembered of the agency's books in `draw`, to be continued. Returns nothing
  /// if that is more than `batches_max` batches, or if somebody else has changed the ledger since.
  std::optional<RunningBalance> take(AgencyId agency, DrawId draw, std::int64_t batches_max,
                                     std::int64_t changes_by_others);

  /// Remembers this in the place of what was remembered of the agency.
  void keep(AgencyId agency, RunningBalance balance);

  void forget(AgencyId agency);

  /// Forgets everything: the draw has happened.
  void forget_all();

 private:
  mutable std::mutex mutex_;
  std::map<AgencyId, RunningBalance> agencies_;
};

}  // namespace lottery
