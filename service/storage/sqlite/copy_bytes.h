#pragma once

#include <string>

namespace lottery {

/// Copies all bytes from descriptor `from`, until its end, to descriptor `to`. Throws
/// std::runtime_error if that fails; its sentence uses `from_name` and `to_name`.
void copy_bytes(int from, const std::string& from_name, int to, const std::string& to_name);

}  // namespace lottery
