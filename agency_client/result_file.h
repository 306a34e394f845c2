#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "protocol/agency_id.h"

namespace lottery {

/// What a run of the agency client has brought about, as far as the client knows.
struct Outcome {
  std::optional<std::int64_t> draw;     ///< the draw that the bets are in
  std::int64_t bets = 0;                ///< of this file, stored in that draw, whenever that was
  std::int64_t already_stored = 0;      ///< those of `bets` that an earlier run had stored
  std::optional<std::int64_t> winners;  ///< once the draw has happened
};

/// The content of a result file, for programs to read: one JSON object on a line, with these keys
/// in this order and without spaces; what is not known is null.
///
///     {"agency":1,"draw":3,"bets":26936,"already_stored":0,"winners":5,"seconds":1.834}
std::string result_line(std::optional<AgencyId> agency, const Outcome& outcome,
                        std::chrono::milliseconds elapsed);

}  // namespace lottery
