#include "protocol/books.h"

#include <gtest/gtest.h>

#include <string>

namespace lottery::test {
namespace {

// FIPS 180-4's own examples.
constexpr const char* of_nothing =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr const char* of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(BooksBalance, OfNoBetsIsTheSha256OfNothing) {
  EXPECT_EQ(BooksBalance().books(), (Books{0, of_nothing}));
}

TEST(BooksBalance, IsTheSameHoweverTheLinesAreAdded) {
  BooksBalance at_once;
  at_once.add("abc", 2);
  BooksBalance in_parts;
  in_parts.add("a", 1);
  in_parts.add("bc", 1);
  EXPECT_EQ(at_once.books(), (Books{2, of_abc}));
  EXPECT_EQ(in_parts.books(), at_once.books());
}

TEST(BooksBalance, CanBeStruckOnTheWay) {
  BooksBalance balance;
  balance.add("abc", 1);
  EXPECT_EQ(balance.books().sha256, of_abc);
  balance.add("d", 1);
  EXPECT_NE(balance.books().sha256, of_abc);
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
