#include "text/text.h"

#include <algorithm>
#include <cstring>

namespace lottery {
namespace {

constexpr std::size_t quoted_bytes_max = 40;

unsigned char byte_at(std::string_view text, std::size_t position) noexcept {
  return static_cast<unsigned char>(text[position]);
}

/// How many bytes the well-formed character at the start of `text` has; 0 where there is none.
std::size_t character_bytes(std::string_view text) noexcept {
  const unsigned char lead = byte_at(text, 0);
  if (lead < 0x80) return 1;

  // The second byte's range is what shuts out overlong forms, surrogates and code points that do
  // not exist; all later bytes are 80..BF.
  std::size_t length = 0;
  unsigned char second_min = 0x80;
  unsigned char second_max = 0xBF;
  if (lead >= 0xC2 && lead <= 0xDF) {
    length = 2;
  } else if (lead >= 0xE0 && lead <= 0xEF) {
    length = 3;
    if (lead == 0xE0) second_min = 0xA0;
    if (lead == 0xED) second_max = 0x9F;
  } else if (lead >= 0xF0 && lead <= 0xF4) {
    length = 4;
    if (lead == 0xF0) second_min = 0x90;
    if (lead == 0xF4) second_max = 0x8F;
  } else {
    return 0;
  }

  if (text.size() < length) return 0;
  if (byte_at(text, 1) < second_min || byte_at(text, 1) > second_max) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (byte_at(text, i) < 0x80 || byte_at(text, i) > 0xBF) return 0;
  }
  return length;
}

bool is_control(std::string_view character) noexcept {
  const unsigned char lead = byte_at(character, 0);
  return lead < 0x20 || lead == 0x7F || (lead == 0xC2 && byte_at(character, 1) < 0xA0);
}

void append_escaped(std::string& out, unsigned char byte) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  out += "\\x";
  out += digits[byte >> 4U];
  out += digits[byte & 0x0FU];
}

/// `text` as printable UTF-8 of at most `bytes_max` bytes, ending with "..." where it was cut.
std::string printable(std::string_view text, std::size_t bytes_max) {
  constexpr std::string_view ellipsis = "...";
  std::string out;
  std::size_t cut_at = 0;  // where `out` can be cut so that the ellipsis still fits
  std::size_t position = 0;
  while (position < text.size()) {
    const std::string_view rest = text.substr(position);
    const std::size_t length = character_bytes(rest);
    const bool shown = length != 0 && !is_control(rest.substr(0, length));
    const std::size_t taken = length == 0 ? 1 : length;
    if (shown) {
      out += rest.substr(0, taken);
    } else {
      for (const char byte : rest.substr(0, taken)) {
        append_escaped(out, static_cast<unsigned char>(byte));
      }
    }
    if (out.size() > bytes_max) {
      out.resize(cut_at);
      out += ellipsis;
      return out;
    }
    if (out.size() + ellipsis.size() <= bytes_max) cut_at = out.size();
    position += taken;
  }
  return out;
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
  std::size_t position = 0;
  while (position < text.size()) {
    // Names are mostly ASCII: eight bytes at a time where none has its high bit set.
    std::uint64_t word = 0;
    while (position + sizeof word <= text.size()) {
      std::memcpy(&word, text.data() + position, sizeof word);
      if ((word & 0x8080808080808080U) != 0) break;
      position += sizeof word;
    }
    while (position < text.size() && byte_at(text, position) < 0x80) ++position;
    if (position == text.size()) return true;
    const std::size_t length = character_bytes(text.substr(position));
    if (length == 0) return false;
    position += length;
  }
  return true;
}

bool is_free_of_control_bytes(std::string_view text) noexcept {
  // A byte's high bit in the result is set where the byte is one of those. A borrow from the byte
  // before can set more of them, but only where one is set rightly ("Bit Twiddling Hacks", hasless
  // and haszero).
  constexpr std::uint64_t ones = 0x0101010101010101U;
  constexpr std::uint64_t high_bits = 0x80U * ones;
  const auto less_than = [](std::uint64_t word, std::uint64_t byte) {
    return (word - byte * ones) & ~word;
  };
  const auto control_bytes = [&](std::uint64_t word) {
    return (less_than(word, 0x20U) | less_than(word ^ (0x7FU * ones), 1U) |
            less_than(word ^ (0xC2U * ones), 1U)) &
           high_bits;
  };
  if (text.empty()) return true;
  std::uint64_t word = 0;
  if (text.size() < sizeof word) {
    std::memset(&word, ' ', sizeof word);
    std::memcpy(&word, text.data(), text.size());
    return control_bytes(word) == 0;
  }
  std::uint64_t found = 0;
  const char* const last = text.data() + text.size() - sizeof word;
  for (const char* at = text.data(); at < last; at += sizeof word) {
    std::memcpy(&word, at, sizeof word);
    found |= control_bytes(word);
  }
  std::memcpy(&word, last, sizeof word);
  return (found | control_bytes(word)) == 0;
}

bool has_control_character(std::string_view utf8) noexcept {
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const unsigned char byte = byte_at(utf8, i);
    if (byte < 0x20 || byte == 0x7F) return true;
    if (byte == 0xC2 && i + 1 < utf8.size() && byte_at(utf8, i + 1) < 0xA0) return true;
  }
  return false;
}

bool is_digits(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char character) {
    return character >= '0' && character <= '9';
  });
}

std::string in_quotes(std::string_view found) {
  std::string out("'");
  out += printable(found, quoted_bytes_max);
  out += '\'';
  return out;
}

std::string as_reason(std::string_view sentence) { return printable(sentence, reason_bytes_max); }

}  // namespace lottery
