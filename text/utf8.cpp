#include "text/utf8.h"

#include <cstdint>
#include <cstring>

namespace lottery {
bool is_utf8(std::string_view text) noexcept {
  std::size_t position = 0;
  while (position < text.size()) {
    // Most names are mostly ASCII: checks eight bytes at a time while no high bit is set.
    std::uint64_t word = 0;
    while (position + sizeof word <= text.size()) {
      std::memcpy(&word, text.data() + position, sizeof word);
      if ((word & 0x8080808080808080U) != 0) break;
      position += sizeof word;
    }
    while (position < text.size() && byte_at(text, position) < 0x80) ++position;
    if (position == text.size()) return true;
    const std::size_t length = first_character_bytes(text.substr(position));
    if (length == 0) return false;
    position += length;
  }
  return true;
}

std::size_t first_character_bytes(std::string_view text) noexcept {
  const unsigned char lead = byte_at(text, 0);
  if (lead < 0x80) return 1;

  // The range of the second byte excludes overlong forms, surrogates and code points past U+10FFFF.
  // All later bytes are 80..BF.
  std::size_t length = 0;
  unsigned char second_min = 0x80;
  unsigned char second_max = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) second_min = 0xA0;
    if (lead == 0xED) second_max = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) second_min = 0x90;
    if (lead == 0xF4) second_max = 0x8F;
  } else {
    return 0;
  }

  if (text.size() < length) return 0;
  if (byte_at(text, 1) < second_min || byte_at(text, 1) > second_max) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (byte_at(text, i) < 0x80 || byte_at(text, i) > 0xBF) return 0;
  }
  return length;
}

char32_t code_point_of(std::string_view character) noexcept {
  // The lead byte of an N-byte character has N set bits and a clear bit before its payload.
  const char32_t lead = byte_at(character, 0);
  char32_t code_point = character.size() == 1 ? lead : lead & (0x7FU >> character.size());
  for (std::size_t i = 1; i < character.size(); ++i) {
    code_point = (code_point << 6U) | (byte_at(character, i) & 0x3FU);
  }
  return code_point;
}

}  // namespace lottery
