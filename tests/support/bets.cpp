#include "tests/support/bets.h"

#include <sstream>
#include <stdexcept>

#include "tests/support/temporary_folder.h"

namespace lottery::test {
namespace {

std::string awk(std::vector<std::string> arguments, const std::filesystem::path& output) {
  arguments.insert(arguments.begin(), "awk");
  Process process("/usr/bin/env", arguments, output, {{"LC_ALL", "C"}});
  if (process.wait() != 0) throw std::runtime_error("awk: " + process.errors());
  return process.output();
}

}  // namespace

std::filesystem::path sample_bets(const std::filesystem::path& folder, int agency, int bets) {
  std::filesystem::path path = folder / ("agency-" + std::to_string(agency) + ".csv");
  awk({"-v", "agency=" + std::to_string(agency), "-v", "bets=" + std::to_string(bets), "-f",
       LOTTERY_SOURCE_DIR "/scripts/sample_bets.awk"},
      path);
  return path;
}

std::vector<std::string> rows_on(const std::filesystem::path& bets, std::int32_t number,
                                 const std::filesystem::path& folder) {
  std::istringstream found(awk({"-F,", "-v", "number=" + std::to_string(number),
                                "{ sub(/\\r$/, \"\") } $5 == number", bets.string()},
                               folder / "awk"));
  std::vector<std::string> rows;
  for (std::string row; std::getline(found, row);) rows.push_back(row);
  return rows;
}

}  // namespace lottery::test
