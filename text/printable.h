#pragma once

#include <cstddef>
#include <string>
#include <string_view>

/// Text that other people wrote, made fit to be shown: in a sentence, in a log line, on a terminal.
///
/// Non-printing are the characters that show nothing, or that change how the text around them is
/// shown: Unicode's categories Cc (C0, DEL, C1), Cf (bidirectional controls, zero-width and other
/// format characters), Zl and Zp (line and paragraph separators), and all that is
/// Default_Ignorable_Code_Point. Bytes that are not UTF-8 are escaped in the same way. All
/// functions may be called from any thread.
namespace lottery {

/// The longest reason that an ERROR carries, in bytes.
inline constexpr std::size_t reason_bytes_max = 200;

/// Fast pre-check: true if no byte of `text` can belong to a control character in UTF-8 (below
/// 0x20, 0x7F, or 0xC2, which C1 controls begin with). False proves nothing.
bool is_free_of_control_bytes(std::string_view text) noexcept;

/// True if `utf8` holds a control character: U+0000 to U+001F, or U+007F to U+009F.
/// `utf8` must be well-formed.
bool has_control_character(std::string_view utf8) noexcept;

/// `text` with every byte of a non-printing character, and every byte that is not UTF-8, as \xHH.
std::string printable(std::string_view text);

/// Appends `text` to a log line, as part of one field: as printable() returns it, with `|`, which
/// separates fields, as \x7C, and the backslash as \\, so that `text` can be read back exactly.
void append_to_log_field(std::string& line, std::string_view text);

/// `found` in single quotes, for use inside a sentence: as printable() returns it, shortened to a
/// few dozen bytes.
std::string in_quotes(std::string_view found);

/// `sentence` as ERROR carries it: as printable() returns it, at most `reason_bytes_max` bytes.
std::string as_reason(std::string_view sentence);

}  // namespace lottery
