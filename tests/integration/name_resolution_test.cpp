#include "network/name_resolution.h"

#include <gtest/gtest.h>

#include <chrono>
#include <stdexcept>
#include <string>

namespace lottery::test {
namespace {

Deadline deadline() { return std::chrono::steady_clock::now() + std::chrono::seconds(20); }

TEST(NameResolution, GivesTheAddressOfANumber) {
  for (const char* number : {"127.0.0.1:12345", "[::1]:12345"}) {
    const auto addresses = resolve(number, deadline(), {});
    ASSERT_EQ(addresses.size(), 1U);
    EXPECT_EQ(addresses.front().toString(), number);
  }
}

TEST(NameResolution, GivesTheAddressesOfAName) {
  const auto addresses = resolve("localhost:12345", deadline(), {});
  ASSERT_FALSE(addresses.empty());
  for (const auto& address : addresses) {
    EXPECT_TRUE(address.host().isLoopback()) << address.toString();
    EXPECT_EQ(address.port(), 12345);
  }
}

TEST(NameResolution, SaysWhyThereIsNoAddress) {
  EXPECT_THROW(resolve("127.0.0.1", deadline(), {}), std::runtime_error);
  EXPECT_THROW(resolve("127.0.0.1:no-such-service", deadline(), {}), std::runtime_error);
  EXPECT_THROW(resolve(":12345", deadline(), {}), std::runtime_error);
  EXPECT_THROW(resolve("127.0.0.1:", deadline(), {}), std::runtime_error);
}

}  // namespace
}  // namespace lottery::test
