#pragma once

#include <chrono>

/// How the service spends the 5 seconds in which it must have stopped. Each part waits for its own
/// time at most, one after the other. What they leave is for the steps that can't be bounded:
/// threads that end, and a last checkpoint.
namespace lottery::stop_budget {

constexpr std::chrono::milliseconds all{5000};

/// Connections finish what they have read, and their peers read the answers.
constexpr std::chrono::milliseconds last_answers{2000};

/// Connections whose long work was ended tell their peers so.
constexpr std::chrono::milliseconds last_errors{500};

/// Whoever reads standard output takes the last log lines.
constexpr std::chrono::milliseconds last_log_lines{1000};

static_assert(last_answers + last_errors + last_log_lines <= all - std::chrono::milliseconds(1500));

}  // namespace lottery::stop_budget
