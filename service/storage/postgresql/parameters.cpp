#include "service/storage/postgresql/parameters.h"

#include <utility>

namespace lottery::postgresql {
namespace {

// Type oids (src/include/catalog/pg_type.dat). They never change.
constexpr std::uint32_t int4_type = 23;
constexpr std::uint32_t text_type = 25;

void append_be32(std::string& bytes, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    bytes += static_cast<char>(static_cast<unsigned char>(number >> shift));
  }
}

/// The header of a one-dimensional array without nulls.
std::string array_of(std::uint32_t type, std::size_t elements) {
  constexpr std::uint32_t dimensions = 1;
  constexpr std::uint32_t has_nulls = 0;
  constexpr std::uint32_t first_index = 1;
  std::string bytes;
  append_be32(bytes, dimensions);
  append_be32(bytes, has_nulls);
  append_be32(bytes, type);
  append_be32(bytes, static_cast<std::uint32_t>(elements));
  append_be32(bytes, first_index);
  return bytes;
}

}  // namespace

Parameters& Parameters::add(const std::optional<std::string>& text) {
  if (text) return add(*text);
  return add(nullptr, 0, text_format);
}

Parameters& Parameters::add_texts(std::span<const Bet> bets, std::string_view Bet::*part) {
  std::string array = array_of(text_type, bets.size());
  for (const Bet& bet : bets) {
    const std::string_view text = bet.*part;
    append_be32(array, static_cast<std::uint32_t>(text.size()));
    array += text;
  }
  return add_own(std::move(array), binary_format);
}

Parameters& Parameters::add_numbers(std::span<const Bet> bets) {
  constexpr std::uint32_t bytes_of_int4 = 4;
  std::string array = array_of(int4_type, bets.size());
  for (const Bet& bet : bets) {
    append_be32(array, bytes_of_int4);
    append_be32(array, static_cast<std::uint32_t>(bet.number));
  }
  return add_own(std::move(array), binary_format);
}

Parameters& Parameters::add(const char* value, std::size_t length, int format) {
  values_.push_back(value);
  lengths_.push_back(static_cast<int>(length));
  formats_.push_back(format);
  return *this;
}

Parameters& Parameters::add_own(std::string value, int format) {
  own_.push_back(std::move(value));
  return add(own_.back().data(), own_.back().size(), format);
}

}  // namespace lottery::postgresql
