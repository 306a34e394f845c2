#include "protocol/bet.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>

#include "protocol/text.h"

namespace lottery {
namespace {

constexpr std::size_t fields_of_a_bet = 5;

std::optional<std::string> problem_with_text(std::string_view name, std::string_view value,
                                             std::size_t bytes_max, bool is_printable) {
  if (value.empty()) return std::string(name) + " is empty";
  if (value.size() > bytes_max) {
    return std::string(name) + " " + in_quotes(value) + " has " + std::to_string(value.size()) +
           " bytes, and may have " + std::to_string(bytes_max);
  }
  if (!is_printable && has_control_character(value)) {
    return std::string(name) + " " + in_quotes(value) + " holds a control character";
  }
  return {};
}

/// `text` must be digits: a year, a month or a day of at most four of them.
int small_number(std::string_view text) noexcept {
  int value = 0;
  for (const char digit : text) value = value * 10 + (digit - '0');
  return value;
}

/// YYYY-MM-DD, from 0001-01-01 on: the Gregorian calendar has no year 0.
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

}  // namespace

std::variant<Bet, InvalidBet> parse_bet(std::string_view line) {
  if (line.empty()) return InvalidBet{"is an empty line"};

  std::array<std::string_view, fields_of_a_bet> fields;
  std::size_t start = 0;
  for (std::size_t i = 0; i < fields_of_a_bet; ++i) {
    const std::size_t comma = line.find(',', start);
    const bool is_last = i + 1 == fields_of_a_bet;
    if ((comma == std::string_view::npos) != is_last) {
      const auto found = std::count(line.begin(), line.end(), ',') + 1;
      return InvalidBet{"has " + std::to_string(found) + (found == 1 ? " field" : " fields") +
                        ", not " + std::to_string(fields_of_a_bet) + ": " + in_quotes(line)};
    }
    fields[i] = line.substr(start, is_last ? std::string_view::npos : comma - start);
    start = comma + 1;
  }

  const auto [first_name, last_name, document, birthdate, number] = fields;
  const bool is_printable = is_printable_ascii(line);
  if (auto problem = problem_with_text("first_name", first_name, name_bytes_max, is_printable)) {
    return InvalidBet{*std::move(problem)};
  }
  if (auto problem = problem_with_text("last_name", last_name, name_bytes_max, is_printable)) {
    return InvalidBet{*std::move(problem)};
  }
  if (auto problem = problem_with_text("document", document, document_bytes_max, is_printable)) {
    return InvalidBet{*std::move(problem)};
  }
  if (!is_date(birthdate)) {
    return InvalidBet{"birthdate " + in_quotes(birthdate) + " is not a date (YYYY-MM-DD)"};
  }
  const auto value = parse_decimal(number);
  if (!value) {
    return InvalidBet{"number " + in_quotes(number) +
                      " is not one from 0 to 2147483647 without a leading zero"};
  }
  return Bet{first_name, last_name, document, birthdate, *value};
}

void append_bet(std::string& out, const Bet& bet) {
  for (const std::string_view field :
       {bet.first_name, bet.last_name, bet.document, bet.birthdate}) {
    out += field;
    out += ',';
  }
  std::array<char, 16> number{};
  const auto end = std::to_chars(number.data(), number.data() + number.size(), bet.number).ptr;
  out.append(number.data(), static_cast<std::size_t>(end - number.data()));
  out += '\n';
}

}  // namespace lottery
