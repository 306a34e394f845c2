#include "protocol/field_text.h"

#include <gtest/gtest.h>

#include <string>

namespace lottery::test {
namespace {

TEST(PlainFieldText, HasNoByteOfAForbiddenCharacterAtAnyPlace) {
  for (int value = 0; value < 256; ++value) {
    const bool is_suspect = value < 0x20 || value == 0x7F || value == ':' || value == 0xC2 ||
                            value == 0xD8 || value == 0xE2;
    for (std::size_t size = 1; size <= 20; ++size) {
      for (std::size_t at = 0; at < size; ++at) {
        std::string text(size, 'x');
        text[at] = static_cast<char>(value);
        ASSERT_EQ(is_plain_field_text(text), !is_suspect)
            << value << " at " << at << " of " << size;
      }
    }
  }
  EXPECT_TRUE(is_plain_field_text(""));
}

TEST(ForbiddenInField, IsSaidByName) {
  EXPECT_FALSE(forbidden_in_field(""));
  EXPECT_FALSE(forbidden_in_field("Ana María  Ñandú € 😀"));
  EXPECT_EQ(forbidden_in_field("ñ\x01"), "a control character");
  EXPECT_EQ(forbidden_in_field("ñ:"), "a colon");
  EXPECT_EQ(forbidden_in_field(std::string("ñ\xE2\x80") + "\xAE"), "a bidirectional control");
  EXPECT_EQ(forbidden_in_field("ñ\xE2\x80\xA8"), "a line or paragraph separator");
}

}  // namespace
}  // namespace lottery::test
