#include "protocol/field_text.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "text/printable.h"

namespace lottery {
namespace {

constexpr std::uint64_t ones = 0x0101010101010101U;
constexpr std::uint64_t high_bits = 0x80U * ones;

/// The high bit of a byte in the result is set if that byte of `word` is less than `limit`, at most
/// 0x80 ("Bit Twiddling Hacks", hasless). A borrow from the byte before can set further bits, but
/// only if one is set rightly.
constexpr std::uint64_t bytes_below(std::uint64_t word, std::uint64_t limit) noexcept {
  return (word - limit * ones) & ~word;
}

constexpr std::uint64_t bytes_equal(std::uint64_t word, std::uint64_t byte) noexcept {
  return bytes_below(word ^ (byte * ones), 1);
}

/// Not 0 if a byte of `word` can belong to a forbidden character: C0 controls, DEL, the colon, and
/// the lead bytes of C1 controls (0xC2), of U+061C (0xD8) and of the others (0xE2).
constexpr std::uint64_t suspects(std::uint64_t word) noexcept {
  return (bytes_below(word, 0x20) | bytes_equal(word, 0x7F) | bytes_equal(word, ':') |
          bytes_equal(word, 0xC2) | bytes_equal(word, 0xD8) | bytes_equal(word, 0xE2)) &
         high_bits;
}

}  // namespace

bool is_plain_field_text(std::string_view text) noexcept {
  std::uint64_t word = 0;
  if (text.size() < sizeof word) {
    std::memset(&word, ' ', sizeof word);
    if (!text.empty()) std::memcpy(&word, text.data(), text.size());
    return suspects(word) == 0;
  }
  std::uint64_t found = 0;
  const char* const last = text.data() + text.size() - sizeof word;
  for (const char* at = text.data(); at < last; at += sizeof word) {
    std::memcpy(&word, at, sizeof word);
    found |= suspects(word);
  }
  std::memcpy(&word, last, sizeof word);
  return (found | suspects(word)) == 0;
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
