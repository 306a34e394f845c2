#include "benchmarks/bet_lines.h"

#include <fstream>
#include <stdexcept>

namespace lottery::benchmark {

std::vector<std::string> read_bet_lines(const std::filesystem::path& folder) {
  std::vector<std::string> lines;
  for (int agency = 1;; ++agency) {
    std::ifstream file(folder / ("agency-" + std::to_string(agency) + ".csv"));
    if (!file) break;
    for (std::string line; std::getline(file, line);) {
      if (line.ends_with('\r')) line.pop_back();
      lines.push_back(line);
    }
  }
  if (lines.empty()) throw std::runtime_error("there are no bets in " + folder.string());
  return lines;
}

}  // namespace lottery::benchmark
