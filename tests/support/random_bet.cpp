#include "tests/support/random_bet.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <limits>

#include "protocol/bet.h"

namespace lottery::test {
namespace {

template <typename Number>
Number between(std::mt19937& random, Number min, Number max) {
  return std::uniform_int_distribution<Number>(min, max)(random);
}

/// A character that a field may contain: no comma, colon, control character, bidirectional control,
/// or line or paragraph separator.
std::string random_character(std::mt19937& random) {
  struct Range {
    std::uint32_t first;
    std::uint32_t last;
  };
  // Characters of one, two and four bytes, and of three bytes on both sides of the surrogates.
  constexpr std::array<Range, 11> ranges{{{0x20, 0x2B},
                                          {0x2D, 0x39},
                                          {0x3B, 0x7E},
                                          {0xA0, 0x61B},
                                          {0x61D, 0x7FF},
                                          {0x800, 0x200D},
                                          {0x2010, 0x2027},
                                          {0x202F, 0x2065},
                                          {0x206A, 0xD7FF},
                                          {0xE000, 0xFFFF},
                                          {0x10000, 0x10FFFF}}};
  const Range range = ranges[between<std::size_t>(random, 0, ranges.size() - 1)];
  return utf8_of(between(random, range.first, range.last));
}

std::string random_text(std::mt19937& random, std::size_t bytes_max) {
  const std::size_t bytes =
      between(random, 0, 3) == 0 ? bytes_max : between<std::size_t>(random, 1, bytes_max);
  std::string text;
  while (text.size() < bytes) {
    const std::string character = random_character(random);
    if (text.size() + character.size() <= bytes) text += character;
  }
  return text;
}

std::string random_birthdate(std::mt19937& random) {
  std::array<char, 16> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02d-%02d", between(random, 1, 9999),
                between(random, 1, 12), between(random, 1, 28));
  return text.data();
}

std::int32_t random_number(std::mt19937& random) {
  constexpr std::int32_t max = std::numeric_limits<std::int32_t>::max();
  switch (between(random, 0, 4)) {
    case 0:
      return 0;
    case 1:
      return max;
    default:
      return between(random, 0, max);
  }
}

}  // namespace

std::string utf8_of(char32_t code_point, int bytes) {
  if (bytes == 1) return {static_cast<char>(code_point)};
  std::string text(static_cast<std::size_t>(bytes), '\0');
  for (std::size_t i = text.size() - 1; i > 0; --i) {
    text[i] = static_cast<char>(0x80U | (code_point & 0x3FU));
    code_point >>= 6U;
  }
  constexpr std::array<std::uint32_t, 5> lead_bits{0, 0, 0xC0, 0xE0, 0xF0};
  text[0] = static_cast<char>(lead_bits.at(static_cast<std::size_t>(bytes)) | code_point);
  return text;
}

std::string utf8_of(char32_t code_point) {
  if (code_point < 0x80) return utf8_of(code_point, 1);
  if (code_point < 0x800) return utf8_of(code_point, 2);
  return utf8_of(code_point, code_point < 0x10000 ? 3 : 4);
}

std::string random_bet_line(std::mt19937& random) {
  std::string line = random_text(random, name_bytes_max);
  line += ',';
  line += random_text(random, name_bytes_max);
  line += ',';
  line += random_text(random, document_bytes_max);
  line += ',';
  line += random_birthdate(random);
  line += ',';
  line += std::to_string(random_number(random));
  return line;
}

}  // namespace lottery::test
