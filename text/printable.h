#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Makes text that other people wrote safe to show in a sentence, a log line or a terminal.
///
/// Non-printing characters show nothing, or change how the text around them is shown: Unicode's
/// categories Cc (C0, DEL, C1), Cf (bidirectional controls, zero-width and other format
/// characters), Zl and Zp (line and paragraph separators), and everything that is
/// Default_Ignorable_Code_Point. Bytes that are not UTF-8 are escaped in the same way. All
/// functions may be called from any thread.
namespace lottery {

/// The greatest length of an ERROR's reason, in bytes.
inline constexpr std::size_t reason_bytes_max = 200;

/// True if `utf8` contains a control character: U+0000 to U+001F, or U+007F to U+009F. `utf8` must
/// be well-formed.
bool has_control_character(std::string_view utf8) noexcept;

/// `text` with each byte of a non-printing character, and each byte that is not UTF-8, written as
/// \xHH.
std::string printable(std::string_view text);

/// Appends `text` to a log line as part of one field: like printable(), with `|`, which separates
/// fields, as \x7C, and the backslash as \\, so that `text` can be restored exactly.
void append_to_log_field(std::string& line, std::string_view text);

/// `found` in single quotes for use inside a sentence: like printable(), shortened to a few dozen
/// bytes.
std::string in_quotes(std::string_view found);

/// `sentence` as an ERROR's reason: like printable(), at most `reason_bytes_max` bytes.
std::string as_reason(std::string_view sentence);

}  // namespace lottery
