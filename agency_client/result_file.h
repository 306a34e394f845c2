#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "protocol/agency_id.h"

namespace lottery {

/// The result of a run of the agency client, as far as the client knows it.
struct Outcome {
  std::optional<std::int64_t> draw;     ///< the draw that contains the bets
  std::int64_t bets = 0;                ///< bets of this file in that draw, stored by any run
  std::int64_t already_stored = 0;      ///< of `bets`, those stored by an earlier run
  std::optional<std::int64_t> winners;  ///< empty before the draw
};

/// The content of a result file, for programs: one line with a JSON object that has these keys in
/// this order and no spaces. Unknown values are null.
///
///     {"agency":1,"draw":3,"bets":26936,"already_stored":0,"winners":5,"seconds":1.834}
std::string result_line(std::optional<AgencyId> agency, const Outcome& outcome,
                        std::chrono::milliseconds elapsed);

}  // namespace lottery
