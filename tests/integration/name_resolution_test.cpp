#include "network/name_resolution.h"

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>

namespace lottery::test {
namespace {

Deadline deadline() { return std::chrono::steady_clock::now() + std::chrono::seconds(20); }

TEST(NameResolution, GivesTheAddressOfANumber) {
  EXPECT_EQ(resolve("127.0.0.1:12345", deadline(), {}).toString(), "127.0.0.1:12345");
  EXPECT_EQ(resolve("[::1]:12345", deadline(), {}).toString(), "[::1]:12345");
}

TEST(NameResolution, GivesTheAddressOfAName) {
  const auto address = resolve("localhost:12345", deadline(), {});
  EXPECT_TRUE(address.host().isLoopback()) << address.toString();
  EXPECT_EQ(address.port(), 12345);
}

TEST(NameResolution, SaysWhyThereIsNoAddress) {
  EXPECT_THROW(resolve("127.0.0.1", deadline(), {}), std::runtime_error);
  EXPECT_THROW(resolve("127.0.0.1:no-such-service", deadline(), {}), std::runtime_error);
}

}  // namespace
}  // namespace lottery::test
