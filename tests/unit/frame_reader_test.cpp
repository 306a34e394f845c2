#include "protocol/frame_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace lottery::test {
namespace {

using Strings = std::vector<std::string>;

/// The messages that were read from a stream, and how the reading ended.
struct Found {
  Strings messages;
  bool too_long = false;
  bool inside_message = false;

  bool operator==(const Found&) const = default;
};

void PrintTo(const Found& found, std::ostream* out) {
  *out << testing::PrintToString(found.messages) << (found.too_long ? " too long" : "")
       << (found.inside_message ? " inside a message" : "");
}

/// How many bytes the next read brings. Bytes that do not fit into the buffer come with later
/// reads.
using ReadSize = std::function<std::size_t()>;

/// Reads as the loop in frame_reader.h does.
Found read(FrameReader& reader, std::string_view stream, const ReadSize& read_size) {
  Found found;
  while (!stream.empty() && !reader.too_long()) {
    const std::span<char> space = reader.space();
    const std::size_t bytes = std::min({read_size(), stream.size(), space.size()});
    std::copy_n(stream.begin(), bytes, space.begin());
    stream.remove_prefix(bytes);
    reader.received(bytes);
    // The messages of one read are valid together until the next read.
    std::vector<std::string_view> messages;
    while (const auto message = reader.next()) messages.push_back(*message);
    found.messages.insert(found.messages.end(), messages.begin(), messages.end());
  }
  found.too_long = reader.too_long();
  found.inside_message = reader.inside_message();
  return found;
}

Found read(std::string_view stream, std::size_t message_bytes_max, const ReadSize& read_size) {
  FrameReader reader(message_bytes_max);
  return read(reader, stream, read_size);
}

std::size_t everything() { return std::string_view::npos; }

std::size_t byte_by_byte() { return 1; }

/// The expected result, by definition: the messages before the first that is too long.
Found expected(std::string_view stream, std::size_t message_bytes_max) {
  Found found;
  for (;;) {
    const std::size_t end = stream.find("\r\n");
    const std::size_t bytes = end == std::string_view::npos ? stream.size() : end + 2;
    found.too_long = end == std::string_view::npos ? bytes >= message_bytes_max && bytes != 0
                                                   : bytes > message_bytes_max;
    if (end == std::string_view::npos || found.too_long) break;
    found.messages.emplace_back(stream.substr(0, end));
    stream.remove_prefix(bytes);
  }
  found.inside_message = !stream.empty();
  return found;
}

TEST(FrameReader, FindsNoMessageInNothing) {
  FrameReader reader(100);
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_FALSE(reader.inside_message());
  EXPECT_FALSE(reader.too_long());
  EXPECT_FALSE(reader.space().empty());
}

TEST(FrameReader, HandsOutAMessageWithoutItsLineEnd) {
  EXPECT_EQ(read("1:5\r\n", 100, everything), (Found{.messages = {"1:5"}}));
}

TEST(FrameReader, HandsOutEveryMessageOfOneReadInOrder) {
  EXPECT_EQ(read("1:5\r\n1:6\r\n\r\n2:6\r\n", 100, everything),
            (Found{.messages = {"1:5", "1:6", "", "2:6"}}));
}

TEST(FrameReader, WaitsForTheRestOfAMessage) {
  FrameReader reader(100);
  EXPECT_EQ(read(reader, "1:", everything), (Found{.messages = {}, .inside_message = true}));
  EXPECT_EQ(read(reader, "5\r", everything), (Found{.messages = {}, .inside_message = true}));
  EXPECT_EQ(read(reader, "\n2", everything), (Found{.messages = {"1:5"}, .inside_message = true}));
  EXPECT_EQ(read(reader, ":6\r\n", everything), (Found{.messages = {"2:6"}}));
}

TEST(FrameReader, TakesNeitherALoneCrNorALoneLfForAnEnd) {
  for (const auto& read_size : {everything, byte_by_byte}) {
    EXPECT_EQ(read("a\rb\nc\n\rd\r\r\n\r\r\n\n\r\n", 100, read_size),
              (Found{.messages = {"a\rb\nc\n\rd\r", "\r", "\n"}}));
  }
}

TEST(FrameReader, TakesAMessageOfExactlyTheLongestLength) {
  const std::string longest = std::string(98, 'x') + "\r\n";
  for (const auto& read_size : {everything, byte_by_byte}) {
    EXPECT_EQ(read(longest + longest, 100, read_size),
              (Found{.messages = {std::string(98, 'x'), std::string(98, 'x')}}));
  }
}

TEST(FrameReader, RefusesAMessageOfOneByteMore) {
  const std::string too_long = std::string(99, 'x') + "\r\n";
  for (const auto& read_size : {everything, byte_by_byte}) {
    const Found found = read(too_long, 100, read_size);
    EXPECT_EQ(found.messages, Strings{});
    EXPECT_TRUE(found.too_long);
  }
}

TEST(FrameReader, GivesUpAsSoonAsAMessageCanOnlyBecomeTooLong) {
  FrameReader reader(100);
  EXPECT_FALSE(read(reader, std::string(99, 'x'), everything).too_long);
  EXPECT_TRUE(read(reader, "x", everything).too_long);
}

TEST(FrameReader, WaitsForTheLfOfAMessageThatMayStillBeTheLongest) {
  FrameReader reader(100);
  EXPECT_FALSE(read(reader, std::string(98, 'x') + "\r", everything).too_long);
  EXPECT_EQ(read(reader, "\n", everything), (Found{.messages = {std::string(98, 'x')}}));
}

TEST(FrameReader, HandsOutWhatCameBeforeAMessageThatIsTooLong) {
  const std::string stream = "1:5\r\n1:6\r\n" + std::string(20, 'x') + "\r\n1:5\r\n";
  for (const auto& read_size : {everything, byte_by_byte}) {
    const Found found = read(stream, 20, read_size);
    EXPECT_EQ(found.messages, (Strings{"1:5", "1:6"}));
    EXPECT_TRUE(found.too_long);
  }
}

TEST(FrameReader, NeverGoesOnBehindAMessageThatIsTooLong) {
  FrameReader reader(10);
  ASSERT_TRUE(read(reader, std::string(10, 'x'), everything).too_long);
  const std::string_view more = "\r\n1:5\r\n";
  std::copy(more.begin(), more.end(), reader.space().begin());
  reader.received(more.size());
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_TRUE(reader.too_long());
}

TEST(FrameReader, KeepsAMessageThatHasBegunWhenItReleasesItsMemory) {
  FrameReader frames(100'000);
  const std::string begun(50'000, 'x');
  const auto receive = [&](std::string_view bytes) {
    while (!bytes.empty()) {
      const auto space = frames.space();
      const std::size_t part = std::min(space.size(), bytes.size());
      std::copy_n(bytes.begin(), part, space.begin());
      frames.received(part);
      bytes.remove_prefix(part);
    }
  };
  receive(begun);
  EXPECT_EQ(frames.next(), std::nullopt);
  frames.release_memory();
  receive("y\r\n");
  EXPECT_EQ(frames.next(), begun + "y");
  frames.release_memory();
  EXPECT_FALSE(frames.inside_message());
  receive("z\r\n");
  EXPECT_EQ(frames.next(), "z");
}

TEST(FrameReader, FindsTheSameMessagesHoweverAStreamIsCutIntoReads) {
  // A stream of few different bytes, so that CR, LF and other bytes occur in every order, also at
  // the size limit.
  constexpr std::string_view bytes_put = "ab\r\r\n\n";
  for (unsigned seed = 1; seed <= 5000; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    std::string stream;
    const std::size_t pieces = random() % 60;
    for (std::size_t i = 0; i < pieces; ++i) {
      if (random() % 4 == 0) {
        stream += "\r\n";
      } else {
        stream += bytes_put[random() % bytes_put.size()];
      }
    }
    const std::size_t message_bytes_max = 2 + random() % 20;
    const std::size_t read_bytes_max = 1 + random() % 8;
    const auto any_size = [&] { return 1 + random() % read_bytes_max; };
    const Found same = expected(stream, message_bytes_max);
    const Found whole = read(stream, message_bytes_max, everything);
    const Found cut = read(stream, message_bytes_max, any_size);
    ASSERT_EQ(whole, same);
    ASSERT_EQ(cut.messages, same.messages);
    ASSERT_EQ(cut.too_long, same.too_long);
    ASSERT_EQ(cut.inside_message, same.inside_message);
  }
}

TEST(FrameReader, FindsLongMessagesAmongShortOnesHoweverTheyAreCutIntoReads) {
  constexpr std::size_t message_bytes_max = 65536;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    Strings messages;
    std::string stream;
    for (int i = 0; i < 12; ++i) {
      std::size_t bytes = random() % 20;
      if (random() % 3 == 0) bytes = random() % (message_bytes_max - 1);
      if (i == 6) bytes = message_bytes_max - 2;
      messages.emplace_back(bytes, static_cast<char>('a' + i));
      stream += messages.back();
      stream += "\r\n";
    }
    const auto any_size = [&] { return 1 + random() % 40'000; };
    const Found found = read(stream, message_bytes_max, any_size);
    // Compared without EXPECT_EQ, which would print a megabyte if it failed.
    ASSERT_TRUE(found.messages == messages);
    ASSERT_FALSE(found.too_long);
    ASSERT_FALSE(found.inside_message);

    const Found longer =
        read(stream + std::string(message_bytes_max, 'x'), message_bytes_max, any_size);
    ASSERT_TRUE(longer.messages == messages);
    ASSERT_TRUE(longer.too_long);
  }
}

}  // namespace
}  // namespace lottery::test
