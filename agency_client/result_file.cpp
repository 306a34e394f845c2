#include "agency_client/result_file.h"

namespace lottery {
namespace {

std::string number_or_null(std::optional<std::int64_t> number) {
  return number ? std::to_string(*number) : "null";
}

/// 1834 ms as 1.834.
std::string seconds(std::chrono::milliseconds elapsed) {
  std::string digits = std::to_string(elapsed.count());
  if (digits.size() < 4) digits.insert(0, 4 - digits.size(), '0');
  return digits.insert(digits.size() - 3, 1, '.');
}

}  // namespace

std::string result_line(std::optional<AgencyId> agency, const Outcome& outcome,
                        std::chrono::milliseconds elapsed) {
  std::string line = R"({"agency":)";
  line += number_or_null(agency ? std::optional<std::int64_t>(agency->value) : std::nullopt);
  line += R"(,"draw":)" + number_or_null(outcome.draw);
  line += R"(,"bets":)" + std::to_string(outcome.bets);
  line += R"(,"already_stored":)" + std::to_string(outcome.already_stored);
  line += R"(,"winners":)" + number_or_null(outcome.winners);
  line += R"(,"seconds":)" + seconds(elapsed);
  line += "}\n";
  return line;
}

}  // namespace lottery
