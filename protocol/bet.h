#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace lottery {

inline constexpr std::size_t name_bytes_max = 100;
inline constexpr std::size_t document_bytes_max = 32;

/// One bet, as an agency sent it. Its text is borrowed, from a message, a line of a file or a row:
/// a function that hands out a Bet says how long it lives.
struct Bet {
  std::string_view first_name;  ///< 1 to `name_bytes_max` bytes
  std::string_view last_name;   ///< 1 to `name_bytes_max` bytes
  std::string_view document;    ///< 1 to `document_bytes_max` bytes
  std::string_view birthdate;   ///< YYYY-MM-DD, a day that exists
  std::int32_t number = 0;      ///< 0 to 2147483647

  bool operator==(const Bet&) const = default;
};

/// What is wrong with a bet: a sentence such as `birthdate '1999-02-30' is not a date`.
struct InvalidBet {
  std::string problem;
};

/// Reads `line`, `first_name,last_name,document,birthdate,number` without its line end, and checks
/// every field as PROTOCOL.md asks of a new bet. Nothing is trimmed or repaired. `line` must be
/// UTF-8 (see is_utf8), and must outlive the Bet.
std::variant<Bet, InvalidBet> parse_bet(std::string_view line);

/// The same for a bet that is stored already, maybe by an earlier version: colons, bidirectional
/// controls and separators, which are refused today, were valid then.
std::variant<Bet, InvalidBet> parse_stored_bet(std::string_view line);

/// Appends `bet` as a line, with its LF: what parse_bet reads.
void append_bet(std::string& out, const Bet& bet);

/// The most bytes that the line of `bet` can have, its LF included.
std::size_t bet_line_bytes_max(const Bet& bet) noexcept;

/// Writes the line of `bet`, with its LF, to where there is room for `bet_line_bytes_max(bet)`.
/// Returns its end.
char* write_line(const Bet& bet, char* out) noexcept;

}  // namespace lottery
