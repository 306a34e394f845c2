#include "protocol/books.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

namespace lottery::test {
namespace {

// The examples of FIPS 180-4.
constexpr const char* of_nothing =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

constexpr const char* of_abc_line =
    "edeaaff3f1774ad2888673770c6d64097e391bc362d7d6fb34982ddf0efd18cb";

TEST(BooksBalance, OfNoBetsIsTheSha256OfNothing) {
  EXPECT_EQ(BooksBalance().books(), (Books{0, of_nothing}));
}

TEST(BooksBalance, IsOfEveryLineWithItsLf) {
  // The output of `printf 'abc
  // ' | sha256sum`.
  BooksBalance balance;
  balance.add_line("abc");
  EXPECT_EQ(balance.books(), (Books{1, of_abc_line}));
}

TEST(BooksBalance, IsTheSameOfABetAsOfItsLine) {
  // More bets than are hashed in one step.
  BooksBalance of_bets;
  BooksBalance of_lines;
  for (std::int32_t number = 0; number < 1000; ++number) {
    of_bets.add({"Ana", "Elia", "30904465", "1999-03-17", number});
    of_lines.add_line("Ana,Elia,30904465,1999-03-17," + std::to_string(number));
  }
  EXPECT_EQ(of_bets.books().bets, 1000);
  EXPECT_EQ(of_bets.books(), of_lines.books());
}

TEST(BooksBalance, CanBeStruckOnTheWay) {
  BooksBalance balance;
  balance.add_line("abc");
  EXPECT_EQ(balance.books().sha256, of_abc_line);
  balance.add_line("d");
  EXPECT_NE(balance.books().sha256, of_abc_line);
  EXPECT_EQ(balance.books().bets, 2);
}

TEST(Sha256, IsSixtyFourLowerCaseHexDigits) {
  EXPECT_TRUE(is_sha256(of_abc));
  EXPECT_FALSE(is_sha256(""));
  EXPECT_FALSE(is_sha256(std::string(63, 'a')));
  EXPECT_FALSE(is_sha256(std::string(65, 'a')));
  EXPECT_FALSE(is_sha256(std::string(64, 'A')));
  EXPECT_FALSE(is_sha256(std::string(63, 'a') + "g"));
}

}  // namespace
}  // namespace lottery::test
