#pragma once

#include <functional>
#include <string>

namespace lottery {

/// Calls `step` and returns its exit code. If it throws, writes one sentence to standard error,
/// beginning with the program's `name`, and returns exit_failure.
int report_errors(const std::string& name, const std::function<int()>& step);

}  // namespace lottery
