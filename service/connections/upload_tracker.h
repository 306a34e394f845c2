#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "protocol/agency_id.h"
#include "service/ledger.h"
#include "service/lottery.h"

namespace lottery {

/// The reason in an ERROR that refuses a message.
struct Refusal {
  std::string reason;
  bool is_busy = false;  ///< the same message may succeed later
};

/// The uploads of the agencies on one connection. For each agency it keeps the context of the last
/// RESUME and whether a batch was refused since. Batches in transit behind a refused batch are
/// refused, too; otherwise they could be stored before it, or between the batches of another
/// client.
///
/// Not thread-safe.
class UploadTracker {
 public:
  /// Starts an upload again: RESUME was answered with RESUME_POINT.
  void begin(AgencyId agency, UploadContext context);

  /// RESUME was refused. Until another RESUME is answered with RESUME_POINT, messages that depend
  /// on it store nothing for this agency.
  void resume_refused(AgencyId agency, bool is_busy);

  /// Null if there was no RESUME, or if the last one was refused.
  const UploadContext* context(AgencyId agency) const;

  /// Why a batch with this number can't be passed to the rules: there was no RESUME, or an earlier
  /// batch was refused.
  std::optional<Refusal> refusal_of_batch(AgencyId agency, std::int64_t number) const;

  /// Why a DONE with books can't be passed to the rules: the last RESUME was refused.
  std::optional<Refusal> refusal_of_done(AgencyId agency) const;

  /// The batch is stored in this draw, now or from an earlier message.
  void batch_stored(AgencyId agency, std::int64_t number, DrawId draw);

  void batch_refused(AgencyId agency, std::int64_t number, bool is_busy);

 private:
  struct RefusedBatch {
    std::int64_t number = 0;
    bool is_busy = false;
  };

  struct State {
    std::optional<UploadContext> context{};       // empty if RESUME was refused as busy
    std::optional<RefusedBatch> refused_batch{};  // the first batch that is not stored yet
  };

  const State* state(AgencyId agency) const;

  std::map<AgencyId, State> states_;
};

}  // namespace lottery
