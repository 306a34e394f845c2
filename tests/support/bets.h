#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace lottery::test {

/// Makes a file of sample bets of one agency, and returns its path.
std::filesystem::path sample_bets(const std::filesystem::path& folder, int agency, int bets);

/// The rows of a bets file that bet on `number`, with their order, found by awk: an opinion of its
/// own about who has won.
std::vector<std::string> rows_on(const std::filesystem::path& bets, std::int32_t number,
                                 const std::filesystem::path& folder);

}  // namespace lottery::test
