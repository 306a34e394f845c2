#include "text/decimal.h"

#include <algorithm>

namespace lottery {

bool is_digits(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char character) {
    return character >= '0' && character <= '9';
  });
}

}  // namespace lottery
