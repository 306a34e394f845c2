#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace lottery {

inline constexpr std::size_t name_bytes_max = 100;
inline constexpr std::size_t document_bytes_max = 32;

/// One bet as an agency sent it. It does not own its text, which is in a message, a line of a file,
/// or a row. A function that passes a Bet says how long it is valid.
struct Bet {
  std::string_view first_name;  ///< 1 to `name_bytes_max` bytes
  std::string_view last_name;   ///< 1 to `name_bytes_max` bytes
  std::string_view document;    ///< 1 to `document_bytes_max` bytes
  std::string_view birthdate;   ///< YYYY-MM-DD, an existing day
  std::int32_t number = 0;      ///< 0 to 2147483647

  bool operator==(const Bet&) const = default;
};

/// What is wrong with a bet, in a sentence such as `birthdate '1999-02-30' is not a date`.
struct InvalidBet {
  std::string problem;
};

/// Parses `line`, `first_name,last_name,document,birthdate,number` without its line end, and checks
/// every field by PROTOCOL.md's rules for new bets. Does not trim or repair anything. `line` must
/// be valid UTF-8 (see is_utf8), and must outlive the Bet.
std::variant<Bet, InvalidBet> parse_bet(std::string_view line);

/// The same for a stored bet, which an earlier version may have accepted: colons, bidirectional
/// controls and separators are refused in new bets, but were valid then.
std::variant<Bet, InvalidBet> parse_stored_bet(std::string_view line);

/// Appends the line of `bet` with its LF; parse_bet reads it back.
void append_bet(std::string& out, const Bet& bet);

/// The greatest possible length of the line of `bet` in bytes, including its LF.
std::size_t bet_line_bytes_max(const Bet& bet) noexcept;

/// Writes the line of `bet` with its LF to memory with room for `bet_line_bytes_max(bet)` bytes.
/// Returns the end of the line.
char* write_line(const Bet& bet, char* out) noexcept;

}  // namespace lottery
