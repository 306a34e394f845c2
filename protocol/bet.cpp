#include "protocol/bet.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <chrono>
#include <cstring>
#include <optional>

#include "protocol/field_text.h"
#include "text/decimal.h"
#include "text/printable.h"

namespace lottery {
namespace {

constexpr std::size_t fields_of_a_bet = 5;

constexpr std::size_t number_bytes_max = 11;  // of any 32-bit number

/// The positions of a line's commas.
struct Commas {
  std::array<std::size_t, fields_of_a_bet - 1> at{};  // positions of the first commas
  std::size_t count = 0;                              // number of all commas
};

Commas commas_of(std::string_view line) noexcept {
  // Eight bytes at a time. In `others`, the high bit of a byte is set exactly if the byte is not a
  // comma ("Bit Twiddling Hacks", the test for a zero byte without false positives).
  static_assert(std::endian::native == std::endian::little, "the first byte must be the lowest");
  constexpr std::uint64_t ones = 0x0101010101010101U;
  constexpr std::uint64_t low_bits = 0x7FU * ones;
  Commas commas;
  const auto add = [&](std::size_t position) {
    if (commas.count < commas.at.size()) commas.at[commas.count] = position;
    ++commas.count;
  };
  std::size_t position = 0;
  for (std::uint64_t word = 0; position + sizeof word <= line.size(); position += sizeof word) {
    std::memcpy(&word, line.data() + position, sizeof word);
    const std::uint64_t zero_where_comma = word ^ (std::uint64_t{','} * ones);
    const std::uint64_t others =
        ((zero_where_comma & low_bits) + low_bits) | zero_where_comma | low_bits;
    for (std::uint64_t found = ~others; found != 0; found &= found - 1) {
      add(position + static_cast<std::size_t>(std::countr_zero(found)) / 8);
    }
  }
  for (; position < line.size(); ++position) {
    if (line[position] == ',') add(position);
  }
  return commas;
}

/// What is wrong with the text of a field, if anything. `forbidden` is the kind of forbidden
/// character in it, if any.
template <typename Forbidden>
std::optional<std::string> problem_with_text(std::string_view name, std::string_view value,
                                             std::size_t bytes_max, Forbidden forbidden) {
  if (value.empty()) return std::string(name) + " is empty";
  if (value.size() > bytes_max) {
    return std::string(name) + " " + in_quotes(value) + " has " + std::to_string(value.size()) +
           " bytes, and may have " + std::to_string(bytes_max);
  }
  if (const auto found = forbidden(value)) {
    return std::string(name) + " " + in_quotes(value) + " holds " + std::string(*found);
  }
  return {};
}

/// `text` must consist of at most four digits: a year, a month or a day.
int small_number(std::string_view text) noexcept {
  int value = 0;
  for (const char digit : text) value = value * 10 + (digit - '0');
  return value;
}

/// YYYY-MM-DD, from 0001-01-01 on; the Gregorian calendar has no year 0.
bool is_date(std::string_view text) noexcept {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const std::string_view year = text.substr(0, 4);
  const std::string_view month = text.substr(5, 2);
  const std::string_view day = text.substr(8, 2);
  if (!is_digits(year) || !is_digits(month) || !is_digits(day)) return false;
  const std::chrono::year_month_day date{
      std::chrono::year(small_number(year)),
      std::chrono::month(static_cast<unsigned>(small_number(month))),
      std::chrono::day(static_cast<unsigned>(small_number(day)))};
  return date.ok() && date.year() > std::chrono::year(0);
}

/// What is wrong with a line of five fields that is not a bet.
template <typename Forbidden>
InvalidBet problem_with_fields(const Bet& bet, std::string_view number, Forbidden forbidden) {
  const auto problem = [&](std::string_view name, std::string_view value, std::size_t bytes_max) {
    return problem_with_text(name, value, bytes_max, forbidden);
  };
  if (auto found = problem("first_name", bet.first_name, name_bytes_max)) return {*found};
  if (auto found = problem("last_name", bet.last_name, name_bytes_max)) return {*found};
  if (auto found = problem("document", bet.document, document_bytes_max)) return {*found};
  if (!is_date(bet.birthdate)) {
    return {"birthdate " + in_quotes(bet.birthdate) + " is not a date (YYYY-MM-DD)"};
  }
  return {"number " + in_quotes(number) +
          " is not one from 0 to 2147483647 without a leading zero"};
}

/// `forbidden` is the kind of forbidden character in the name or document, if any.
template <typename Forbidden>
std::variant<Bet, InvalidBet> parse(std::string_view line, Forbidden forbidden) {
  if (line.empty()) return InvalidBet{"is an empty line"};
  const Commas commas = commas_of(line);
  if (commas.count + 1 != fields_of_a_bet) {
    const std::size_t found = commas.count + 1;
    return InvalidBet{"has " + std::to_string(found) + (found == 1 ? " field" : " fields") +
                      ", not " + std::to_string(fields_of_a_bet) + ": " + in_quotes(line)};
  }
  const auto [first, second, third, fourth] = commas.at;
  const std::string_view number = line.substr(fourth + 1);
  Bet bet{.first_name = line.substr(0, first),
          .last_name = line.substr(first + 1, second - first - 1),
          .document = line.substr(second + 1, third - second - 1),
          .birthdate = line.substr(third + 1, fourth - third - 1)};

  const auto is_text = [&](std::string_view field, std::size_t bytes_max) {
    return !field.empty() && field.size() <= bytes_max && !forbidden(field);
  };
  const auto value = parse_decimal(number);
  const bool is_bet = is_text(bet.first_name, name_bytes_max) &&
                      is_text(bet.last_name, name_bytes_max) &&
                      is_text(bet.document, document_bytes_max) && is_date(bet.birthdate) && value;
  if (!is_bet) return problem_with_fields(bet, number, forbidden);
  bet.number = *value;
  return bet;
}

}  // namespace

std::variant<Bet, InvalidBet> parse_bet(std::string_view line) {
  const bool is_plain = is_plain_field_text(line);
  return parse(line, [&](std::string_view field) {
    return is_plain ? std::nullopt : forbidden_in_field(field);
  });
}

std::variant<Bet, InvalidBet> parse_stored_bet(std::string_view line) {
  return parse(line, [](std::string_view field) -> std::optional<std::string_view> {
    if (has_control_character(field)) return "a control character";
    return {};
  });
}

void append_bet(std::string& out, const Bet& bet) {
  const std::size_t begin = out.size();
  out.resize(begin + bet_line_bytes_max(bet));
  out.resize(static_cast<std::size_t>(write_line(bet, out.data() + begin) - out.data()));
}

std::size_t bet_line_bytes_max(const Bet& bet) noexcept {
  return bet.first_name.size() + bet.last_name.size() + bet.document.size() + bet.birthdate.size() +
         number_bytes_max + fields_of_a_bet;
}

char* write_line(const Bet& bet, char* out) noexcept {
  for (const std::string_view field :
       {bet.first_name, bet.last_name, bet.document, bet.birthdate}) {
    out = std::copy(field.begin(), field.end(), out);
    *out++ = ',';
  }
  out = std::to_chars(out, out + number_bytes_max, bet.number).ptr;
  *out++ = '\n';
  return out;
}

}  // namespace lottery
