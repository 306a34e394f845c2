#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

/// What the protocol asks of text: strict UTF-8, no control characters, plain decimal numbers, and
/// sentences that are fit to be shown to a person. All functions may be called from any thread.
namespace lottery {

/// The longest reason that an ERROR carries, in bytes.
inline constexpr std::size_t reason_bytes_max = 200;

/// True where `text` is well-formed UTF-8 (The Unicode Standard, table 3-7): overlong forms,
/// surrogates, code points past U+10FFFF and truncated sequences are not.
bool is_utf8(std::string_view text) noexcept;

/// True where `text` has no byte that a control character has in UTF-8 (below 0x20, 0x7F, or 0xC2,
/// which some begin with): what is true of most text, found out at eight bytes a step.
bool is_free_of_control_bytes(std::string_view text) noexcept;

/// True where `utf8` holds a control character: U+0000 to U+001F, or U+007F to U+009F.
/// `utf8` must be well-formed.
bool has_control_character(std::string_view utf8) noexcept;

/// True where `text` is one decimal digit or more, and nothing else.
bool is_digits(std::string_view text) noexcept;

/// The value of `text` where it is decimal digits with no leading zero, from 0 to the greatest
/// value of Integer: 2147483647, unless said otherwise.
template <typename Integer = std::int32_t>
std::optional<Integer> parse_decimal(std::string_view text) noexcept {
  if (text.empty() || text.front() == '-' || (text.front() == '0' && text.size() > 1)) return {};
  Integer value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped_at, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stopped_at != end) return {};
  return value;
}

/// `found`, in single quotes, as it can be shown inside a sentence: shortened to a few dozen bytes,
/// with every byte escaped as \xHH that is a control character or is not UTF-8.
std::string in_quotes(std::string_view found);

/// `sentence` as ERROR carries it: one line of printable UTF-8, at most `reason_bytes_max` bytes.
std::string as_reason(std::string_view sentence);

}  // namespace lottery
