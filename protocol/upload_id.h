#pragma once

#include <compare>
#include <string>
#include <string_view>

namespace lottery {

/// Identifies one run of one client, in every RESUME of that run: 32 lower-case hex digits that the
/// client chooses at random.
struct UploadId {
  std::string hex;

  auto operator<=>(const UploadId&) const = default;
};

/// True if `text` is 32 lower-case hex digits.
inline bool is_upload_id(std::string_view text) noexcept {
  return text.size() == 32 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace lottery
