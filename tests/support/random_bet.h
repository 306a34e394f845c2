#pragma once

#include <random>
#include <string>

namespace lottery::test {

/// U+0000 to U+10FFFF as UTF-8. `bytes`, 1 to 4, is how long the form is: one that is longer than
/// `code_point` needs is overlong, and so not valid.
std::string utf8_of(char32_t code_point, int bytes);

/// The shortest form, the only valid one.
std::string utf8_of(char32_t code_point);

/// A bet's line that is valid, without its line end: every field anywhere between its limits, the
/// limits more often than chance would have it.
std::string random_bet_line(std::mt19937& random);

}  // namespace lottery::test
