#pragma once

#include <functional>
#include <string>

namespace lottery {

/// Calls `step` and returns its exit code. If it throws, writes one sentence on standard error and
/// returns exit_failure. `name` is the program's, and begins the sentence.
int report_errors(const std::string& name, const std::function<int()>& step);

}  // namespace lottery
