#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "protocol/agency_id.h"
#include "service/ledger.h"
#include "service/lottery.h"

namespace lottery {

/// The text of an ERROR that refuses a message.
struct Refusal {
  std::string reason;
  bool is_busy = false;  ///< the same message may succeed later
};

/// The uploads of the agencies on one connection: for each agency, the context of its last RESUME,
/// and whether a batch was refused since. Batches sent after a refused batch are refused, too.
/// Otherwise they could be stored before it, or between batches of another client.
///
/// Not thread-safe.
class UploadTracker {
 public:
  /// Begins an upload anew, after RESUME was answered with RESUME_POINT.
  void begin(AgencyId agency, UploadContext context);

  /// RESUME was refused. Until another RESUME succeeds, messages of this agency that depend on it
  /// are refused.
  void resume_refused(AgencyId agency, bool is_busy);

  /// Null if there was no RESUME or the last one was refused.
  const UploadContext* context(AgencyId agency) const;

  /// The reason why a batch with this number must be refused: no RESUME came before, or an earlier
  /// batch was refused. Empty if there is none.
  std::optional<Refusal> refusal_of_batch(AgencyId agency, std::int64_t number) const;

  /// The reason why a DONE with books must be refused: the last RESUME was refused. Empty if there
  /// is none.
  std::optional<Refusal> refusal_of_done(AgencyId agency) const;

  /// The batch is stored in this draw, now or already before.
  void batch_stored(AgencyId agency, std::int64_t number, DrawId draw);

  void batch_refused(AgencyId agency, std::int64_t number, bool is_busy);

 private:
  struct RefusedBatch {
    std::int64_t number = 0;
    bool is_busy = false;
  };

  struct State {
    std::optional<UploadContext> context{};       // empty if RESUME was refused as busy
    std::optional<RefusedBatch> refused_batch{};  // the first one that is still not stored
  };

  const State* state(AgencyId agency) const;

  std::map<AgencyId, State> states_;
};

}  // namespace lottery
