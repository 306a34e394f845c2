#include "protocol/bet.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <variant>
#include <vector>

#include "tests/support/random_bet.h"
#include "text/printable.h"
#include "text/utf8.h"

namespace lottery::test {
namespace {

/// The fields of a bet. All are valid until a test changes one.
struct Fields {
  std::string first_name = "Ana María";
  std::string last_name = "D'Elia";
  std::string document = "30904465";
  std::string birthdate = "1999-03-17";
  std::string number = "7574";

  std::string line() const {
    std::string line = first_name;
    for (const std::string& field : {last_name, document, birthdate, number}) {
      line += ',';
      line += field;
    }
    return line;
  }
};

bool is_bet(const std::string& line) { return std::holds_alternative<Bet>(parse_bet(line)); }

bool is_stored_bet(const std::string& line) {
  return std::holds_alternative<Bet>(parse_stored_bet(line));
}

/// The error for the line; empty if it is a valid bet.
std::string problem(const std::string& line) {
  const auto parsed = parse_bet(line);
  const auto* invalid = std::get_if<InvalidBet>(&parsed);
  return invalid == nullptr ? "" : invalid->problem;
}

std::string bytes(std::size_t count) { return std::string(count, 'x'); }

TEST(Bet, IsFiveFieldsAsTheyStand) {
  const std::string line = Fields{}.line();
  const Bet expected{.first_name = "Ana María",
                     .last_name = "D'Elia",
                     .document = "30904465",
                     .birthdate = "1999-03-17",
                     .number = 7574};
  const auto parsed = parse_bet(line);
  ASSERT_TRUE(std::holds_alternative<Bet>(parsed)) << problem(line);
  EXPECT_EQ(std::get<Bet>(parsed), expected);
}

TEST(Bet, KeepsSpacesAndQuotesByteForByte) {
  const std::string line = R"(  Ana  ,"Elia" , 30 904 465 ,1999-03-17,0)";
  const auto parsed = parse_bet(line);
  ASSERT_TRUE(std::holds_alternative<Bet>(parsed)) << problem(line);
  const Bet bet = std::get<Bet>(parsed);
  EXPECT_EQ(bet.first_name, "  Ana  ");
  EXPECT_EQ(bet.last_name, "\"Elia\" ");
  EXPECT_EQ(bet.document, " 30 904 465 ");
  std::string out;
  append_bet(out, bet);
  EXPECT_EQ(out, line + "\n");
}

TEST(Bet, MayHaveAFieldOfOneSpace) {
  EXPECT_EQ(problem(Fields{.first_name = " ", .last_name = " ", .document = " "}.line()), "");
}

TEST(Bet, HasNamesOf1To100Bytes) {
  EXPECT_EQ(problem(Fields{.first_name = bytes(1)}.line()), "");
  EXPECT_EQ(problem(Fields{.first_name = bytes(100)}.line()), "");
  EXPECT_EQ(problem(Fields{.first_name = ""}.line()), "first_name is empty");
  EXPECT_NE(
      problem(Fields{.first_name = bytes(101)}.line()).find("has 101 bytes, and may have 100"),
      std::string::npos);

  EXPECT_EQ(problem(Fields{.last_name = bytes(1)}.line()), "");
  EXPECT_EQ(problem(Fields{.last_name = bytes(100)}.line()), "");
  EXPECT_EQ(problem(Fields{.last_name = ""}.line()), "last_name is empty");
  EXPECT_TRUE(problem(Fields{.last_name = bytes(101)}.line()).starts_with("last_name "));
}

TEST(Bet, HasADocumentOf1To32Bytes) {
  EXPECT_EQ(problem(Fields{.document = bytes(1)}.line()), "");
  EXPECT_EQ(problem(Fields{.document = bytes(32)}.line()), "");
  EXPECT_EQ(problem(Fields{.document = ""}.line()), "document is empty");
  EXPECT_NE(problem(Fields{.document = bytes(33)}.line()).find("has 33 bytes, and may have 32"),
            std::string::npos);
}

TEST(Bet, CountsBytesAndNotCharacters) {
  std::string name;
  for (int i = 0; i < 50; ++i) name += "ñ";
  EXPECT_TRUE(is_bet(Fields{.first_name = name}.line()));
  EXPECT_FALSE(is_bet(Fields{.first_name = name + "n"}.line()));
}

TEST(Bet, HoldsNoColonAndNoCharacterThatChangesHowTheScreenShowsTheTextAroundIt) {
  const std::string colon = "a colon";
  const std::string bidirectional = "a bidirectional control";
  const std::string separator = "a line or paragraph separator";
  std::vector<std::pair<std::string, std::string>> forbidden{{":", colon},
                                                             {"\xD8\x9C", bidirectional},
                                                             {"\xE2\x80\x8E", bidirectional},
                                                             {"\xE2\x80\x8F", bidirectional},
                                                             {"\xE2\x80\xA8", separator},
                                                             {"\xE2\x80\xA9", separator}};
  for (const char last : {'\xAA', '\xAB', '\xAC', '\xAD', '\xAE'}) {
    forbidden.emplace_back(std::string("\xE2\x80") + last, bidirectional);
  }
  for (const char last : {'\xA6', '\xA7', '\xA8', '\xA9'}) {
    forbidden.emplace_back(std::string("\xE2\x81") + last, bidirectional);
  }
  for (const auto& [character, name] : forbidden) {
    for (const std::string& text : {character, "a" + character, character + "a"}) {
      SCOPED_TRACE(in_quotes(text));
      EXPECT_TRUE(problem(Fields{.first_name = text}.line()).ends_with("holds " + name));
      EXPECT_TRUE(problem(Fields{.last_name = text}.line()).ends_with("holds " + name));
      EXPECT_TRUE(problem(Fields{.document = text}.line()).ends_with("holds " + name));
      EXPECT_TRUE(is_stored_bet(Fields{.first_name = text, .last_name = text}.line()));
    }
  }
  // The neighbouring characters are allowed.
  for (const std::string other : {"9", ";", "\xD8\x9B", "\xD8\x9D", "\xD9\x9C", "\xE2\x80\x8D",
                                  "\xE2\x80\x90", "\xE2\x80\xA7", "\xE2\x80\xAF", "\xE2\x81\xA5",
                                  "\xE2\x81\xAA", "\xE2\x82\xA8", "\xE3\x80\xAA"}) {
    EXPECT_TRUE(is_bet(Fields{.first_name = other, .last_name = other, .document = other}.line()))
        << in_quotes(other);
  }
}

TEST(StoredBet, IsCheckedInEveryOtherWay) {
  EXPECT_TRUE(is_stored_bet(Fields{}.line()));
  EXPECT_FALSE(is_stored_bet(Fields{.first_name = "a\tb"}.line()));
  EXPECT_FALSE(is_stored_bet(Fields{.first_name = "a,b"}.line()));
  EXPECT_FALSE(is_stored_bet(Fields{.first_name = bytes(101)}.line()));
  EXPECT_FALSE(is_stored_bet(Fields{.birthdate = "1999-02-30"}.line()));
  EXPECT_FALSE(is_stored_bet(Fields{.number = "-1"}.line()));
}

TEST(Bet, HoldsNoControlCharacter) {
  const std::vector<std::string> controls{
      std::string(1, '\0'), "\x01", "\t", "\r", "\x1F", "\x7F", "\xC2\x80", "\xC2\x85", "\xC2\x9F"};
  for (const std::string& control : controls) {
    SCOPED_TRACE(in_quotes(control));
    const std::string text = "a" + control;
    EXPECT_TRUE(problem(Fields{.first_name = text}.line()).ends_with("holds a control character"));
    EXPECT_TRUE(problem(Fields{.last_name = text}.line()).ends_with("holds a control character"));
    EXPECT_TRUE(problem(Fields{.document = text}.line()).ends_with("holds a control character"));
    EXPECT_FALSE(is_bet(Fields{.birthdate = "1999-03-1" + control}.line()));
    EXPECT_FALSE(is_bet(Fields{.number = "1" + control}.line()));
  }
  // The neighbouring characters are allowed.
  for (const std::string other : {" ", "~", "\xC2\xA0"}) {
    EXPECT_TRUE(is_bet(Fields{.first_name = other, .last_name = other, .document = other}.line()));
  }
}

TEST(Bet, HasABirthdateThatIsADayThatExists) {
  for (const std::string day :
       {"1999-03-17", "2000-02-29", "2024-02-29", "2023-02-28", "1999-01-31", "1999-04-30",
        "1999-12-31", "1999-01-01", "0001-01-01", "0004-02-29", "9999-12-31"}) {
    EXPECT_EQ(problem(Fields{.birthdate = day}.line()), "") << day;
  }
  for (const std::string day :
       {"1900-02-29", "2100-02-29", "2023-02-29", "1999-02-30", "1999-02-31", "1999-04-31",
        "1999-06-31", "1999-09-31", "1999-11-31", "1999-01-32", "1999-12-32", "1999-13-01",
        "1999-00-10", "1999-10-00", "1999-99-99", "0000-01-01", "0000-12-31"}) {
    EXPECT_EQ(problem(Fields{.birthdate = day}.line()),
              "birthdate '" + day + "' is not a date (YYYY-MM-DD)");
  }
}

TEST(Bet, HasABirthdateOfTheFormYearMonthDayOnly) {
  for (const std::string day : {"",
                                "1999",
                                "1999-03",
                                "1999-3-17",
                                "1999-03-7",
                                "99-03-17",
                                "19990317",
                                "1999/03/17",
                                "17-03-1999",
                                "1999-03-17 ",
                                " 1999-03-17",
                                "1999-03-017",
                                "01999-03-17",
                                "-999-03-17",
                                "+999-03-17",
                                "199:-03-17",
                                "1999-0:-17",
                                "1999-03-0:",
                                "1999-0a-17",
                                "1999-03-1x",
                                "1９-03-17",
                                "1999-03-17T00:00",
                                "1999--3-17",
                                "1999-03--7",
                                "1999-+3-17",
                                "1999- 3-17"}) {
    EXPECT_TRUE(problem(Fields{.birthdate = day}.line()).starts_with("birthdate ")) << day;
  }
}

TEST(Bet, HasANumberFrom0To2147483647) {
  for (const std::string number : {"0", "1", "7574", "2147483646", "2147483647"}) {
    const std::string line = Fields{.number = number}.line();
    const auto parsed = parse_bet(line);
    ASSERT_TRUE(std::holds_alternative<Bet>(parsed)) << number;
    EXPECT_EQ(std::to_string(std::get<Bet>(parsed).number), number);
  }
  for (const std::string number :
       {"", "2147483648", "4294967296", "99999999999999999999", "00", "007", "-0", "-1", "+1", " 1",
        "1 ", "1.0", "1e3", "0x1", "one"}) {
    EXPECT_TRUE(problem(Fields{.number = number}.line()).starts_with("number '" + number + "' "))
        << number;
  }
}

TEST(Bet, HasFiveFieldsNeitherFewerNorMore) {
  EXPECT_EQ(problem(""), "is an empty line");
  EXPECT_EQ(problem("Ana"), "has 1 field, not 5: 'Ana'");
  EXPECT_EQ(problem("Ana,Elia,1,1999-03-17"), "has 4 fields, not 5: 'Ana,Elia,1,1999-03-17'");
  EXPECT_EQ(problem("A,E,1,1999-03-17,1,"), "has 6 fields, not 5: 'A,E,1,1999-03-17,1,'");
  EXPECT_EQ(problem(",,,,,"), "has 6 fields, not 5: ',,,,,'");
  EXPECT_EQ(problem(",,,,"), "first_name is empty");
}

TEST(Bet, HasNoQuotingThatWouldHideAComma) {
  EXPECT_TRUE(problem(R"("Elia, Ana",Elia,1,1999-03-17,1)").starts_with("has 6 fields"));
}

TEST(Bet, NamesItsFirstProblem) {
  EXPECT_TRUE(problem(",,,1999-02-30,-1").starts_with("first_name "));
  EXPECT_TRUE(problem("A,,,1999-02-30,-1").starts_with("last_name "));
  EXPECT_TRUE(problem("A,B,,1999-02-30,-1").starts_with("document "));
  EXPECT_TRUE(problem("A,B,1,1999-02-30,-1").starts_with("birthdate "));
  EXPECT_TRUE(problem("A,B,1,1999-02-28,-1").starts_with("number "));
}

TEST(Bet, IsWrittenAsItWasRead) {
  for (unsigned seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const std::string line = random_bet_line(random);
    const auto parsed = parse_bet(line);
    ASSERT_TRUE(std::holds_alternative<Bet>(parsed)) << line << ' ' << problem(line);
    std::string out("before ");
    append_bet(out, std::get<Bet>(parsed));
    ASSERT_EQ(out, "before " + line + "\n");
  }
}

TEST(Bet, IsNeverMadeOfOtherBytesThanThoseOfItsLine) {
  // A damaged line is either refused or written back byte for byte.
  constexpr std::string_view bytes_put = ",,,\n\r\t -+0199\x7F:x";
  for (unsigned seed = 1; seed <= 5000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    std::string line = random_bet_line(random);
    const std::size_t place = random() % line.size();
    const char byte = bytes_put[random() % bytes_put.size()];
    if (random() % 2 == 0) {
      line[place] = byte;
    } else {
      line.insert(place, 1, byte);
    }
    if (!is_utf8(line)) continue;
    const auto parsed = parse_bet(line);
    if (std::holds_alternative<InvalidBet>(parsed)) continue;
    std::string out;
    append_bet(out, std::get<Bet>(parsed));
    ASSERT_EQ(out, line + "\n");
  }
}

}  // namespace
}  // namespace lottery::test
