#pragma once

#include <cstddef>
#include <string_view>

/// Strict UTF-8, as in table 3-7 of The Unicode Standard: overlong forms, surrogates, code points
/// past U+10FFFF and truncated sequences are not well-formed. Any thread.
namespace lottery {

/// The byte at `position`, which must be less than the size of `text`.
inline unsigned char byte_at(std::string_view text, std::size_t position) noexcept {
  return static_cast<unsigned char>(text[position]);
}

/// True if `text` is well-formed UTF-8.
bool is_utf8(std::string_view text) noexcept;

/// The length in bytes of the well-formed character at the beginning of `text`; 0 if there is none.
/// `text` must not be empty.
std::size_t first_character_bytes(std::string_view text) noexcept;

/// The code point of `character`, which must be a single well-formed character.
char32_t code_point_of(std::string_view character) noexcept;

}  // namespace lottery
