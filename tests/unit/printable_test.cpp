#include "text/printable.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <random>
#include <string>
#include <string_view>

#include "tests/support/random_bet.h"
#include "text/utf8.h"

namespace lottery::test {
namespace {

constexpr char32_t code_point_max = 0x10FFFF;

bool is_surrogate(char32_t code_point) { return code_point >= 0xD800 && code_point <= 0xDFFF; }

/// Every byte of `text` as \xHH.
std::string all_escaped(const std::string& text) {
  std::string escaped;
  for (const char byte : text) {
    std::array<char, 5> digits{};
    std::snprintf(digits.data(), digits.size(), "\\x%02X", static_cast<unsigned char>(byte));
    escaped += digits.data();
  }
  return escaped;
}

/// `text` between two letters.
std::string inside(const std::string& text) { return std::string("a").append(text).append("b"); }

std::string log_field(const std::string& text) {
  std::string line = "before: ";
  append_to_log_field(line, text);
  EXPECT_TRUE(line.starts_with("before: "));
  return line.substr(8);
}

/// Characters of both kinds, from both sides of each boundary between them.
const std::u32string non_printing =
    U"\u0001\u001F\u007F\u0080\u0085\u009F"              // C0, DEL, C1
    U"\u061C\u200E\u200F\u202A\u202E\u2066\u2069"        // bidirectional controls
    U"\u2028\u2029"                                      // line and paragraph separator
    U"\u00AD\u034F\u115F\u1160\u180B\u180E\u180F"        // shown as nothing
    U"\u200B\u200C\u200D\u2060\u2064\u2065\u206F\u3164"  // the same
    U"\uFE00\uFE0F\uFEFF\uFFA0\uFFF0\uFFF9\uFFFB"        // the same
    U"\U00013430\U0001D173\U000E0001\U000E007F\U000E01EF\U000E0FFF";
const std::u32string printing =
    U" ~\u00A0\u00AC\u00AE\u034E\u0350\u061B\u061D\u115E\u1161\u180A\u1810\u200A\u2010"
    U"\u2027\u202F\u205F\u2070\u3163\u3165\uFDFF\uFE10\uFEFE\uFF00\uFF9F\uFFA1\uFFEF\uFFFC"
    U"\U0001342F\U00013440\U0001D172\U0001D17B\U000DFFFF\U000E1000ñÑáé€😀نचไ中";

TEST(PrintableText, ShowsEveryCharacterThatIsSeen) {
  for (const char32_t code_point : printing) {
    const std::string text = inside(utf8_of(code_point));
    EXPECT_EQ(printable(text), text) << std::hex << std::uint32_t{code_point};
    EXPECT_EQ(log_field(text), text) << std::hex << std::uint32_t{code_point};
  }
}

TEST(PrintableText, EscapesEveryByteOfACharacterThatIsNotSeenOrTurnsTheTextAround) {
  for (const char32_t code_point : non_printing) {
    const std::string character = utf8_of(code_point);
    const std::string expected = inside(all_escaped(character));
    EXPECT_EQ(printable(inside(character)), expected) << std::hex << std::uint32_t{code_point};
    EXPECT_EQ(log_field(inside(character)), expected) << std::hex << std::uint32_t{code_point};
    EXPECT_EQ(in_quotes(inside(character)), std::string("'").append(expected).append("'"));
    EXPECT_EQ(as_reason(inside(character)), expected);
  }
  EXPECT_EQ(printable(std::string(1, '\0')), "\\x00");
}

TEST(PrintableText, IsOfAnyLength) {
  EXPECT_EQ(printable(""), "");
  const std::string long_text(100'000, 'x');
  EXPECT_EQ(printable(long_text + "\n"), long_text + "\\x0A");
}

TEST(LogField, LooksAsBeforeIfItIsOrdinary) {
  for (const std::string text :
       {"", "7574", "30904465", "1999-03-17", "Ana Ñandú D'Elia", "José María", "var/bets.db",
        "127.0.0.1:12345", "[::1]:12345", "bet 1: has 1 field, not 5: 'bad'", "1,2,7", "100 %"}) {
    EXPECT_EQ(log_field(text), text);
  }
}

TEST(LogField, EscapesWhatSeparatesFieldsAndTheBackslash) {
  EXPECT_EQ(log_field("1 | numero: 7574"), "1 \\x7C numero: 7574");
  EXPECT_EQ(log_field("|"), "\\x7C");
  EXPECT_EQ(log_field("\\"), "\\\\");
  EXPECT_EQ(log_field("\\x7C"), "\\\\x7C");
  EXPECT_EQ(log_field("ñ|\\\n"), "ñ\\x7C\\\\\\x0A");
}

TEST(LogField, EscapesABadByteWhereverItStandsInALongText) {
  for (std::size_t before = 0; before <= 40; ++before) {
    for (const std::string bad : {"|", "\n", "\x7F", "\x80", "\xFF"}) {
      const std::string front(before, 'a');
      EXPECT_EQ(log_field(front + inside(bad)), front + inside(all_escaped(bad)));
    }
  }
}

TEST(LogField, CanBeReadBackExactly) {
  const auto read_back = [](std::string_view escaped) {
    std::string text;
    for (std::size_t i = 0; i < escaped.size(); ++i) {
      if (escaped[i] != '\\' || escaped.substr(i, 2) == "\\\\") {
        text += escaped[i];
        if (escaped[i] == '\\') ++i;
      } else {
        text += static_cast<char>(std::stoi(std::string(escaped.substr(i + 2, 2)), nullptr, 16));
        i += 3;
      }
    }
    return text;
  };
  for (unsigned seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    std::string text(random() % 60, '\0');
    for (char& byte : text) byte = static_cast<char>(random());
    text += random_bet_line(random) + (seed % 2 == 0 ? "\\x7C" : "|");
    const std::string field = log_field(text);
    ASSERT_EQ(read_back(field), text);
    ASSERT_TRUE(is_utf8(field));
    ASSERT_FALSE(has_control_character(field));
    ASSERT_EQ(field.find('|'), std::string::npos);
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

TEST(QuotedText, IsShownAsItIsIfItIsPrintable) {
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

  // Each line feed takes four bytes, so 49 of them and the dots take 199.
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
