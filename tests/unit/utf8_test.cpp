#include "text/utf8.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/random_bet.h"

namespace lottery::test {
namespace {

constexpr char32_t code_point_max = 0x10FFFF;

bool is_surrogate(char32_t code_point) { return code_point >= 0xD800 && code_point <= 0xDFFF; }

TEST(Utf8, AcceptsEveryCodePointInItsShortestForm) {
  for (char32_t code_point = 0; code_point <= code_point_max; ++code_point) {
    if (is_surrogate(code_point)) continue;
    ASSERT_TRUE(is_utf8(utf8_of(code_point))) << "U+" << std::hex << std::uint32_t{code_point};
  }
}

TEST(Utf8, RefusesEverySurrogate) {
  for (char32_t code_point = 0xD800; code_point <= 0xDFFF; ++code_point) {
    ASSERT_FALSE(is_utf8(utf8_of(code_point))) << "U+" << std::hex << std::uint32_t{code_point};
  }
}

TEST(Utf8, RefusesEveryOverlongForm) {
  for (char32_t code_point = 0; code_point < 0x80; ++code_point) {
    ASSERT_FALSE(is_utf8(utf8_of(code_point, 2))) << "U+" << std::hex << std::uint32_t{code_point};
  }
  for (char32_t code_point = 0; code_point < 0x800; ++code_point) {
    ASSERT_FALSE(is_utf8(utf8_of(code_point, 3))) << "U+" << std::hex << std::uint32_t{code_point};
  }
  for (char32_t code_point = 0; code_point < 0x10000; ++code_point) {
    ASSERT_FALSE(is_utf8(utf8_of(code_point, 4))) << "U+" << std::hex << std::uint32_t{code_point};
  }
}

TEST(Utf8, RefusesEveryFourByteFormPastTheLastCodePoint) {
  for (char32_t code_point = code_point_max + 1; code_point < 0x200000; ++code_point) {
    ASSERT_FALSE(is_utf8(utf8_of(code_point, 4))) << "U+" << std::hex << std::uint32_t{code_point};
  }
}

TEST(Utf8, RefusesWhatCanNotBeginACharacter) {
  for (unsigned byte = 0x80; byte <= 0xFF; ++byte) {
    const std::string alone(1, static_cast<char>(byte));
    EXPECT_FALSE(is_utf8(alone)) << std::hex << byte;
    if (byte >= 0xC2 && byte <= 0xF4) continue;
    // Bytes that would be valid after another lead byte are not valid here.
    EXPECT_FALSE(is_utf8(alone + "\x90\x90\x90")) << std::hex << byte;
  }
}

TEST(Utf8, RefusesTruncatedCharacters) {
  for (const char32_t code_point : {0x80U, 0x7FFU, 0x800U, 0xFFFFU, 0x10000U, 0x10FFFFU}) {
    const std::string whole = utf8_of(code_point);
    for (std::size_t bytes = 1; bytes < whole.size(); ++bytes) {
      const std::string part = whole.substr(0, bytes);
      EXPECT_FALSE(is_utf8(part)) << "U+" << std::hex << std::uint32_t{code_point};
      EXPECT_FALSE(is_utf8(part + "a")) << "U+" << std::hex << std::uint32_t{code_point};
      EXPECT_FALSE(is_utf8(part + whole)) << "U+" << std::hex << std::uint32_t{code_point};
    }
  }
}

TEST(Utf8, LooksAtEveryByteWhereverItStandsInALongText) {
  const std::vector<std::string> good{"", "a", "ñ", "€", "😀", std::string(1, '\0')};
  const std::vector<std::string> bad{"\x80",     "\xC3",         "\xC0\xAF",
                                     "\xE2\x82", "\xED\xA0\x80", "\xFF"};
  for (std::size_t before = 0; before <= 20; ++before) {
    for (std::size_t behind = 0; behind <= 20; ++behind) {
      SCOPED_TRACE(std::to_string(before) + " bytes before, " + std::to_string(behind) + " behind");
      const auto surrounded = [&](const std::string& text) {
        return std::string(before, 'a').append(text).append(behind, 'z');
      };
      for (const std::string& text : good) EXPECT_TRUE(is_utf8(surrounded(text)));
      for (const std::string& text : bad) EXPECT_FALSE(is_utf8(surrounded(text)));
    }
  }
}

TEST(Utf8, TellsTheLengthAndTheCodePointOfTheFirstCharacter) {
  for (char32_t code_point = 0; code_point <= code_point_max; ++code_point) {
    if (is_surrogate(code_point)) continue;
    const std::string character = utf8_of(code_point);
    ASSERT_EQ(first_character_bytes(character + "ñ"), character.size());
    ASSERT_EQ(code_point_of(character), code_point);
  }
  EXPECT_EQ(first_character_bytes("\xC3"), 0U);
  EXPECT_EQ(first_character_bytes("\xFFñ"), 0U);
}

}  // namespace
}  // namespace lottery::test
