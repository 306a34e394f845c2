#include "text/printable.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>

#include "text/utf8.h"

namespace lottery {
namespace {

constexpr std::size_t quoted_bytes_max = 40;

struct CodePoints {
  char32_t first;
  char32_t last;
};

// Unicode 15.0: the categories Cc, Cf, Zl and Zp, and the property Default_Ignorable_Code_Point.
constexpr std::array<CodePoints, 27> non_printing{{
    {0x0000, 0x001F},    // C0
    {0x007F, 0x009F},    // DEL and C1
    {0x00AD, 0x00AD},    // soft hyphen
    {0x034F, 0x034F},    // combining grapheme joiner
    {0x0600, 0x0605},    // Arabic number signs
    {0x061C, 0x061C},    // Arabic letter mark
    {0x06DD, 0x06DD},    // Arabic end of ayah
    {0x070F, 0x070F},    // Syriac abbreviation mark
    {0x0890, 0x0891},    // Arabic currency marks
    {0x08E2, 0x08E2},    // Arabic disputed end of ayah
    {0x115F, 0x1160},    // Hangul fillers
    {0x17B4, 0x17B5},    // Khmer inherent vowels
    {0x180B, 0x180F},    // Mongolian variation selectors and vowel separator
    {0x200B, 0x200F},    // zero-width space and joiners, direction marks
    {0x2028, 0x202E},    // line and paragraph separators, bidirectional embeddings and overrides
    {0x2060, 0x206F},    // word joiner, invisible operators, bidirectional isolates
    {0x3164, 0x3164},    // Hangul filler
    {0xFE00, 0xFE0F},    // variation selectors
    {0xFEFF, 0xFEFF},    // byte order mark
    {0xFFA0, 0xFFA0},    // half-width Hangul filler
    {0xFFF0, 0xFFFB},    // interlinear annotation
    {0x110BD, 0x110BD},  // Kaithi number sign
    {0x110CD, 0x110CD},  // Kaithi number sign above
    {0x13430, 0x1343F},  // Egyptian hieroglyph format controls
    {0x1BCA0, 0x1BCA3},  // shorthand format controls
    {0x1D173, 0x1D17A},  // musical format controls
    {0xE0000, 0xE0FFF},  // tags and further variation selectors
}};

bool is_non_printing(char32_t code_point) noexcept {
  const auto* const range = std::lower_bound(
      non_printing.begin(), non_printing.end(), code_point,
      [](const CodePoints& points, char32_t value) { return points.last < value; });
  return range != non_printing.end() && range->first <= code_point;
}

void append_escaped(std::string& out, std::string_view bytes) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  for (const char character : bytes) {
    const auto byte = static_cast<unsigned char>(character);
    out += "\\x";
    out += digits[byte >> 4U];
    out += digits[byte & 0x0FU];
  }
}

/// Appends the first character of `text`, which must not be empty, escaped if necessary. Returns
/// its length in `text` in bytes.
std::size_t append_first_character(std::string& out, std::string_view text) {
  const std::size_t length = first_character_bytes(text);
  if (length == 0) {
    append_escaped(out, text.substr(0, 1));
    return 1;
  }
  const std::string_view character = text.substr(0, length);
  if (is_non_printing(code_point_of(character))) {
    append_escaped(out, character);
  } else {
    out += character;
  }
  return length;
}

/// Like printable(), but at most `bytes_max` bytes, ending with "..." if truncated.
std::string printable(std::string_view text, std::size_t bytes_max) {
  constexpr std::string_view ellipsis = "...";
  std::string out;
  std::size_t cut_at = 0;  // where `out` can be truncated so that the ellipsis still fits
  while (!text.empty()) {
    text.remove_prefix(append_first_character(out, text));
    if (out.size() > bytes_max) {
      out.resize(cut_at);
      out += ellipsis;
      return out;
    }
    if (out.size() + ellipsis.size() <= bytes_max) cut_at = out.size();
  }
  return out;
}

/// True if `text` is printable ASCII without characters that have a meaning in a log line.
bool is_plain(std::string_view text) noexcept {
  // Without an early exit from the loop, the compiler checks many bytes in one step.
  bool plain = true;
  for (const char byte : text) {
    plain &= byte >= 0x20 && byte < 0x7F && byte != '|' && byte != '\\';
  }
  return plain;
}

}  // namespace

bool has_control_character(std::string_view utf8) noexcept {
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const unsigned char byte = byte_at(utf8, i);
    if (byte < 0x20 || byte == 0x7F) return true;
    if (byte == 0xC2 && i + 1 < utf8.size() && byte_at(utf8, i + 1) < 0xA0) return true;
  }
  return false;
}

std::string printable(std::string_view text) {
  return printable(text, std::numeric_limits<std::size_t>::max());
}

void append_to_log_field(std::string& line, std::string_view text) {
  if (is_plain(text)) {
    line += text;
    return;
  }
  while (!text.empty()) {
    switch (text.front()) {
      case '|':
        append_escaped(line, text.substr(0, 1));
        text.remove_prefix(1);
        break;
      case '\\':
        line += "\\\\";
        text.remove_prefix(1);
        break;
      default:
        text.remove_prefix(append_first_character(line, text));
    }
  }
}

std::string in_quotes(std::string_view found) {
  std::string out("'");
  out += printable(found, quoted_bytes_max);
  out += '\'';
  return out;
}

std::string as_reason(std::string_view sentence) { return printable(sentence, reason_bytes_max); }

}  // namespace lottery
