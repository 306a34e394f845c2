#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

/// Plain decimal numbers. Any thread.
namespace lottery {

/// True if `text` consists of one or more decimal digits.
bool is_digits(std::string_view text) noexcept;

/// The value of `text` if it consists of decimal digits without a leading zero, from 0 to the
/// greatest value of Integer, which is 2147483647 by default.
template <typename Integer = std::int32_t>
std::optional<Integer> parse_decimal(std::string_view text) noexcept {
  if (text.empty() || text.front() == '-' || (text.front() == '0' && text.size() > 1)) return {};
  Integer value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped_at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped_at != end) return {};
  return value;
}

}  // namespace lottery
