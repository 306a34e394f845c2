#include "text/decimal.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string_view>

namespace lottery::test {
namespace {

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

}  // namespace
}  // namespace lottery::test
