#include "protocol/field_text.h"

#include <cstddef>

#include "text/printable.h"

namespace lottery {

bool is_plain_field_text(std::string_view text) noexcept {
  // Without an early exit from the loop, the compiler checks many bytes in one step.
  bool is_plain = true;
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    // C0 controls, DEL and the colon, and the lead bytes of C1 controls (0xC2), of U+061C (0xD8)
    // and of the other bidirectional controls and separators (0xE2).
    is_plain &=
        byte >= 0x20 && byte != 0x7F && byte != ':' && byte != 0xC2 && byte != 0xD8 && byte != 0xE2;
  }
  return is_plain;
}

std::optional<std::string_view> forbidden_in_field(std::string_view utf8) noexcept {
  if (has_control_character(utf8)) return "a control character";
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const std::string_view rest = utf8.substr(i);
    if (rest.front() == ':') return "a colon";
    if (rest.starts_with("\xD8\x9C")) return "a bidirectional control";  // U+061C
    if (!rest.starts_with("\xE2") || rest.size() < 3) continue;
    const auto second = static_cast<unsigned char>(rest[1]);
    const auto third = static_cast<unsigned char>(rest[2]);
    if (second == 0x80) {
      if (third == 0xA8 || third == 0xA9) return "a line or paragraph separator";  // U+2028, U+2029
      const bool is_mark = third == 0x8E || third == 0x8F;                         // U+200E, U+200F
      const bool is_embedding = third >= 0xAA && third <= 0xAE;  // U+202A to U+202E
      if (is_mark || is_embedding) return "a bidirectional control";
    }
    if (second == 0x81 && third >= 0xA6 && third <= 0xA9) {  // U+2066 to U+2069
      return "a bidirectional control";
    }
  }
  return {};
}

}  // namespace lottery
