#pragma once

#include <chrono>

/// How the service divides the 5 seconds in which it must stop. Each part waits at most for its own
/// time, one after another. The rest is for steps that can't be bounded: ending threads, and a last
/// checkpoint.
namespace lottery::stop_budget {

constexpr std::chrono::milliseconds all{5000};

/// Connections finish the messages already read, and peers read the answers.
constexpr std::chrono::milliseconds last_answers{2000};

/// Connections whose long work was ended tell their peers.
constexpr std::chrono::milliseconds last_errors{500};

/// The reader of standard output takes the last log lines.
constexpr std::chrono::milliseconds last_log_lines{1000};

static_assert(last_answers + last_errors + last_log_lines <= all - std::chrono::milliseconds(1500));

}  // namespace lottery::stop_budget
