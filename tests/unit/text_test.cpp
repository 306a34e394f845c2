#include "text/text.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tests/support/random_bet.h"

namespace lottery::test {
namespace {

constexpr char32_t code_point_max = 0x10FFFF;

bool is_surrogate(char32_t code_point) { return code_point >= 0xD800 && code_point <= 0xDFFF; }

TEST(ControlBytes, AreThoseBelowSpaceDeleteAndTheFirstOfTheC1Controls) {
  constexpr std::size_t bytes_max = 20;
  for (std::size_t bytes = 1; bytes <= bytes_max; ++bytes) {
    for (std::size_t position = 0; position < bytes; ++position) {
      for (int value = 0; value <= 0xFF; ++value) {
        for (const char around : {' ', '~', '\x80', '\xC3', '\xFF'}) {
          std::string text(bytes, around);
          text[position] = static_cast<char>(value);
          ASSERT_EQ(is_free_of_control_bytes(text), value >= 0x20 && value != 0x7F && value != 0xC2)
              << bytes << ' ' << position << ' ' << value;
        }
      }
    }
  }
  EXPECT_TRUE(is_free_of_control_bytes(""));
}

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
    // Bytes that would be right behind another lead byte make it no better.
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

TEST(ControlCharacters, AreThoseUpTo1FAndFrom7FTo9FAndNoOthers) {
  for (char32_t code_point = 0; code_point <= code_point_max; ++code_point) {
    if (is_surrogate(code_point)) continue;
    const bool expected = code_point <= 0x1F || (code_point >= 0x7F && code_point <= 0x9F);
    ASSERT_EQ(has_control_character(utf8_of(code_point)), expected)
        << "U+" << std::hex << std::uint32_t{code_point};
  }
}

TEST(ControlCharacters, AreFoundAnywhereInAText) {
  EXPECT_FALSE(has_control_character(""));
  EXPECT_FALSE(has_control_character("Ana María  Ñandú €"));
  for (const std::string control : {"\t", "\r", "\n", "\x7F", "\xC2\x80", "\xC2\x9F"}) {
    EXPECT_TRUE(has_control_character(control + "Ana"));
    EXPECT_TRUE(has_control_character("A" + control + "na"));
    EXPECT_TRUE(has_control_character("Ana" + control));
    EXPECT_TRUE(has_control_character("ñ€😀" + control));
  }
}

TEST(Digits, AreOneOrMoreAndNothingElse) {
  for (const std::string_view digits : {"0", "9", "007", "99999999999999999999"}) {
    EXPECT_TRUE(is_digits(digits)) << digits;
  }
  for (const std::string_view other : {"", " ", "-1", "+1", "1 ", "1a", "/", ":", "١"}) {
    EXPECT_FALSE(is_digits(other)) << other;
  }
}

TEST(DecimalNumber, GoesFrom0To2147483647) {
  EXPECT_EQ(parse_decimal("0"), 0);
  EXPECT_EQ(parse_decimal("1"), 1);
  EXPECT_EQ(parse_decimal("7574"), 7574);
  EXPECT_EQ(parse_decimal("2147483647"), 2147483647);
}

TEST(DecimalNumber, IsRefusedInEveryOtherForm) {
  for (const std::string_view text :
       {"", "2147483648", "4294967296", "18446744073709551616", "00", "007", "-0", "-1", "+1", " 1",
        "1 ", "1.0", "1e3", "0x10", "a", "1a", "١"}) {
    EXPECT_EQ(parse_decimal(text), std::nullopt) << '\'' << text << '\'';
  }
  EXPECT_EQ(parse_decimal(std::string_view("1\0", 2)), std::nullopt);
}

TEST(QuotedText, IsShownAsItIsWhereItCanBe) {
  EXPECT_EQ(in_quotes(""), "''");
  EXPECT_EQ(in_quotes(" 1999-02-30 "), "' 1999-02-30 '");
  EXPECT_EQ(in_quotes("Ñandú €"), "'Ñandú €'");
}

TEST(QuotedText, EscapesControlCharactersAndWhatIsNotUtf8) {
  EXPECT_EQ(in_quotes("a\r\nb"), "'a\\x0D\\x0Ab'");
  EXPECT_EQ(in_quotes("\x7F"), "'\\x7F'");
  EXPECT_EQ(in_quotes("\xC2\x85"), "'\\xC2\\x85'");
  EXPECT_EQ(in_quotes("caf\xE9 ñ"), "'caf\\xE9 ñ'");
}

TEST(QuotedText, IsShortenedToAFewDozenBytes) {
  const std::string quoted = in_quotes(std::string(100'000, 'x'));
  EXPECT_LT(quoted.size(), 64U);
  EXPECT_TRUE(quoted.starts_with("'xxxxxxxx"));
  EXPECT_TRUE(quoted.ends_with("...'"));
}

TEST(Reason, IsKeptWholeUpTo200Bytes) {
  const std::string longest(reason_bytes_max, 'x');
  EXPECT_EQ(reason_bytes_max, 200U);
  EXPECT_EQ(as_reason(longest), longest);
  EXPECT_EQ(as_reason(longest + "x"), std::string(197, 'x') + "...");
}

TEST(Reason, IsNeverCutInsideACharacterOrAnEscape) {
  std::string letters;
  for (int i = 0; i < 101; ++i) letters += "ñ";
  const std::string cut = as_reason(letters);
  EXPECT_EQ(cut, letters.substr(0, 196) + "...");

  // Each line feed takes four bytes: 49 of them and the dots take 199.
  const std::string escaped = as_reason(std::string(100, '\n'));
  EXPECT_EQ(escaped.size(), 199U);
  EXPECT_TRUE(escaped.ends_with("\\x0A..."));
}

TEST(Reason, IsOneShortLineOfPrintableUtf8WhateverItIsMadeFrom) {
  for (unsigned seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    std::string sentence(random() % 600, '\0');
    for (char& byte : sentence) byte = static_cast<char>(random());
    if (seed % 2 == 0) sentence = random_bet_line(random) + sentence;
    for (const std::string& shown : {as_reason(sentence), in_quotes(sentence)}) {
      ASSERT_LE(shown.size(), reason_bytes_max);
      ASSERT_TRUE(is_utf8(shown));
      ASSERT_FALSE(has_control_character(shown));
    }
  }
}

}  // namespace
}  // namespace lottery::test
