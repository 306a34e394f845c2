#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

namespace lottery::benchmark {

/// The bets of agency-1.csv, agency-2.csv and so on in `folder`, one after another: lines without
/// their LF. Throws std::runtime_error if there are none.
std::vector<std::string> read_bet_lines(const std::filesystem::path& folder);

}  // namespace lottery::benchmark
