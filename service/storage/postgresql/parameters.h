#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/bet.h"

namespace lottery::postgresql {

/// The parameters of a statement, in libpq's form. Texts must outlive this; everything else is
/// copied.
class Parameters {
 public:
  Parameters() = default;
  Parameters(const Parameters&) = delete;  // values_ points into own_
  Parameters& operator=(const Parameters&) = delete;

  Parameters& add(std::int64_t number) { return add_own(std::to_string(number), text_format); }
  Parameters& add(const std::string& text) { return add(text.c_str(), text.size(), text_format); }
  Parameters& add(const std::optional<std::string>& text);

  /// Adds an array of the texts that `part` selects from each bet; add_numbers() adds an array of
  /// the bets' numbers. Arrays are in PostgreSQL's binary form (array_send in
  /// src/backend/utils/adt/arrayfuncs.c), which needs no escapes.
  Parameters& add_texts(std::span<const Bet> bets, std::string_view Bet::*part);
  Parameters& add_numbers(std::span<const Bet> bets);

  int count() const noexcept { return static_cast<int>(values_.size()); }
  const char* const* values() const noexcept { return values_.data(); }
  const int* lengths() const noexcept { return lengths_.data(); }
  const int* formats() const noexcept { return formats_.data(); }

 private:
  static constexpr int text_format = 0;
  static constexpr int binary_format = 1;

  Parameters& add(const char* value, std::size_t length, int format);
  Parameters& add_own(std::string value, int format);

  std::list<std::string> own_;
  std::vector<const char*> values_;
  std::vector<int> lengths_;
  std::vector<int> formats_;
};

}  // namespace lottery::postgresql
