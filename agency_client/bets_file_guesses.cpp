#include "agency_client/bets_file_guesses.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "text/decimal.h"
#include "text/printable.h"
#include "text/utf8.h"

namespace lottery {
namespace {

constexpr std::ptrdiff_t commas_of_a_bet = 4;

constexpr std::size_t bytes_looked_at = 512;

std::ptrdiff_t count(std::string_view text, char character) {
  return std::count(text.begin(), text.end(), character);
}

bool has_digit(std::string_view text) {
  return text.find_first_of("0123456789") != std::string_view::npos;
}

std::string wide(const std::string& name, const std::string& details) {
  return "is in " + name + " (" + details + "), not in UTF-8: 'iconv -f " + name +
         " -t UTF-8' converts it";
}

/// Removes and returns the text up to the next comma, which is also removed.
std::string_view take_field(std::string_view& text) {
  const std::size_t comma = text.find(',');
  const std::string_view field = text.substr(0, comma);
  text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  return field;
}

/// `#N/A`, `#REF!`, `#DIV/0!`, `#NAME?` ...
bool is_spreadsheet_error(std::string_view field) {
  return field.size() > 2 && field.front() == '#' &&
         std::all_of(field.begin() + 1, field.end(), [](char character) {
           return (character >= 'A' && character <= 'Z') || character == '/' || character == '0' ||
                  character == '!' || character == '?';
         });
}

/// `3.09E+07`, `3E7` ...
bool is_scientific(std::string_view field) {
  const std::size_t exponent_mark = field.find_first_of("Ee");
  if (exponent_mark == std::string_view::npos) return false;
  std::string_view mantissa = field.substr(0, exponent_mark);
  std::string_view exponent = field.substr(exponent_mark + 1);
  if (exponent.starts_with('+') || exponent.starts_with('-')) exponent.remove_prefix(1);
  const std::size_t point = mantissa.find('.');
  if (point != std::string_view::npos) {
    if (!is_digits(mantissa.substr(point + 1))) return false;
    mantissa = mantissa.substr(0, point);
  }
  return is_digits(mantissa) && is_digits(exponent);
}

/// `"Ana"`: a bets file has no quoting.
bool is_quoted(std::string_view field) {
  return field.size() >= 2 && field.front() == '"' && field.back() == '"';
}

bool is_word_for_nothing(std::string_view field) {
  constexpr std::array<std::string_view, 9> words{"N/A", "n/a", "NA",   "NULL",     "null",
                                                  "NaN", "nan", "None", "undefined"};
  return std::find(words.begin(), words.end(), field) != words.end();
}

}  // namespace

std::string guess_wide_encoding(std::string_view begin) {
  begin = begin.substr(0, bytes_looked_at);
  using namespace std::string_view_literals;
  if (begin.starts_with("\xFF\xFE\0\0"sv)) {
    return wide("UTF-32", "little-endian, with a byte order mark");
  }
  if (begin.starts_with("\0\0\xFE\xFF"sv)) {
    return wide("UTF-32", "big-endian, with a byte order mark");
  }
  if (begin.starts_with("\xFF\xFE")) return wide("UTF-16", "little-endian, with a byte order mark");
  if (begin.starts_with("\xFE\xFF")) return wide("UTF-16", "big-endian, with a byte order mark");
  // Most characters of a bet are ASCII, so all but one of their bytes are zero. `zeros[i]` counts
  // the zero bytes at offsets that are i modulo 4.
  std::array<std::size_t, 4> zeros{};
  const std::size_t quarter = begin.size() / zeros.size();
  for (std::size_t i = 0; i < quarter * zeros.size(); ++i) {
    if (begin[i] == '\0') ++zeros[i % zeros.size()];
  }
  const auto are_zero = [&](std::initializer_list<std::size_t> offsets) {
    return std::all_of(offsets.begin(), offsets.end(),
                       [&](std::size_t offset) { return zeros.at(offset) > quarter / 2; });
  };
  if (are_zero({1, 2, 3}) && zeros[0] == 0) return wide("UTF-32LE", "without a byte order mark");
  if (are_zero({0, 1, 2}) && zeros[3] == 0) return wide("UTF-32BE", "without a byte order mark");
  if (are_zero({1, 3}) && zeros[0] + zeros[2] == 0) {
    return wide("UTF-16LE", "without a byte order mark");
  }
  if (are_zero({0, 2}) && zeros[1] + zeros[3] == 0) {
    return wide("UTF-16BE", "without a byte order mark");
  }
  return {};
}

std::string guess_byte_encoding(std::string_view row) {
  bool has_control = false;  // a Latin-1 control character, U+0080 to U+009F
  while (!row.empty()) {
    const std::size_t bytes = first_character_bytes(row);
    // A non-ASCII UTF-8 character: the row is damaged UTF-8.
    if (bytes > 1) return {};
    const auto byte = static_cast<std::uint8_t>(row.front());
    if (byte >= 0x80 && byte < 0xA0) has_control = true;
    row.remove_prefix(1);
  }
  const std::string name = has_control ? "Windows-1252" : "ISO-8859-1";
  return "; it seems to be in " + name + (has_control ? "" : " (Latin-1)") + ": 'iconv -f " + name +
         " -t UTF-8' converts it";
}

std::string guess_layout(std::string_view row, bool is_first) {
  std::string guess;
  for (const auto& [separator, name] : {std::pair(';', "semicolons"), std::pair('\t', "tabs")}) {
    if (count(row, ',') < commas_of_a_bet && count(row, separator) >= commas_of_a_bet) {
      guess = std::string("; its fields seem to be separated by ") + name + ", not by commas";
    }
  }
  const bool has_fields = !guess.empty() || count(row, ',') >= commas_of_a_bet;
  if (is_first && has_fields && !has_digit(row)) {
    guess += "; it looks like a header row, which a bets file does not have";
  }
  if (row.find("\",") != std::string_view::npos && row.find(",\"") != std::string_view::npos) {
    guess += "; its fields seem to be quoted, but a bets file has no quoting: remove the quotes";
  }
  if (row.find('\r') != std::string_view::npos) {
    guess += "; it contains a CR without an LF: rows end with LF or CR LF";
  }
  return guess;
}

std::optional<std::string> guess_spoiled_field(std::string_view row) {
  const auto strange = [](std::string_view name, std::string_view field, std::string_view what) {
    return std::string(name) + " " + in_quotes(field) + " looks like " + std::string(what);
  };
  for (const std::string_view name : {"first_name", "last_name", "document"}) {
    const std::string_view field = take_field(row);
    if (is_quoted(field))
      return strange(name, field, "a quoted field, but the quotes are part of its value");
    if (is_spreadsheet_error(field)) return strange(name, field, "a spreadsheet's error");
    if (name != "document") continue;
    if (is_scientific(field))
      return strange(name, field, "a number that a spreadsheet has rounded");
    if (is_word_for_nothing(field)) return strange(name, field, "a value that is missing");
  }
  return {};
}

}  // namespace lottery
