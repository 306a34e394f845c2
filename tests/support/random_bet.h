#pragma once

#include <random>
#include <string>

namespace lottery::test {

/// A code point from U+0000 to U+10FFFF as UTF-8 with `bytes` bytes (1 to 4). A form that is longer
/// than necessary is overlong, and so invalid.
std::string utf8_of(char32_t code_point, int bytes);

/// The shortest form, the only valid one.
std::string utf8_of(char32_t code_point);

/// The line of a valid bet, without its line end. Every field is random within its limits, and is
/// at a limit more often than by chance.
std::string random_bet_line(std::mt19937& random);

}  // namespace lottery::test
