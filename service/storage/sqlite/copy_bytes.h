#pragma once

#include <string>

namespace lottery {

/// Copies everything that can be read from descriptor `from` until its end to descriptor `to`.
/// Throws std::runtime_error if that fails: `from_name` and `to_name` are for its sentence.
void copy_bytes(int from, const std::string& from_name, int to, const std::string& to_name);

}  // namespace lottery
