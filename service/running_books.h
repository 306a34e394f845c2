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

/// Remembers how far each agency's open books have been read, so that a RESUME reads only newer
/// batches. The service never changes a committed batch, so a remembered balance stays correct
/// until another program changes the database.
///
/// An agency takes about 300 bytes. Any thread may call.
class RunningBooks {
 public:
  /// The balance of exactly these batches. Empty if it is not remembered, or if another program has
  /// changed the ledger since.
  std::optional<Books> books(AgencyId agency, DrawId draw, std::int64_t batches,
                             std::int64_t changes_by_others) const;

  /// Removes and returns the remembered balance of the agency's books in `draw`, to continue it.
  /// Empty if it covers more than `batches_max` batches, or if another program has changed the
  /// ledger since.
  std::optional<RunningBalance> take(AgencyId agency, DrawId draw, std::int64_t batches_max,
                                     std::int64_t changes_by_others);

  /// Replaces the remembered balance of the agency.
  void keep(AgencyId agency, RunningBalance balance);

  void forget(AgencyId agency);

  /// Forgets everything. Call when the draw has happened.
  void forget_all();

 private:
  mutable std::mutex mutex_;
  std::map<AgencyId, RunningBalance> agencies_;
};

}  // namespace lottery
