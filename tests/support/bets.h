#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace lottery::test {

/// Creates a file with sample bets of one agency, and returns its path.
std::filesystem::path sample_bets(const std::filesystem::path& folder, int agency, int bets);

/// The rows of a bets file that bet on `number`, in order. Found by awk, independently of the
/// service.
std::vector<std::string> rows_on(const std::filesystem::path& bets, std::int32_t number,
                                 const std::filesystem::path& folder);

}  // namespace lottery::test
