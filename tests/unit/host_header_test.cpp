#include "service/status/host_header.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <climits>
#include <string>

namespace lottery::test {
namespace {

TEST(HostHeader, MayBeAnyAddressAndLocalhost) {
  const HostHeader host("127.0.0.1");
  for (const char* ours : {"127.0.0.1", "127.0.0.1:12346", "10.1.2.3:80", "[::1]", "[::1]:12346",
                           "localhost", "localhost:12346", "LocalHost:1"}) {
    EXPECT_TRUE(host.is_ours(ours)) << ours;
  }
}

TEST(HostHeader, MayBeTheMachinesNameAndTheConfiguredOne) {
  std::array<char, HOST_NAME_MAX + 1> name{};
  ASSERT_EQ(::gethostname(name.data(), name.size() - 1), 0);
  const HostHeader host("Status.Lottery.Example");
  EXPECT_TRUE(host.is_ours(name.data()));
  EXPECT_TRUE(host.is_ours("status.lottery.example:12346"));
}

TEST(HostHeader, MayBeNoOtherName) {
  const HostHeader host("127.0.0.1");
  for (const char* foreign :
       {"evil.example", "evil.example:12346", "", ":12346", "localhost.evil.example", "127.0.0.1.x",
        "127.0.0.1:x", "[::1", "[::1]x", "[localhost]", "::1:12346", "127.1 ", "a:1:2"}) {
    EXPECT_FALSE(host.is_ours(foreign)) << foreign;
  }
}

}  // namespace
}  // namespace lottery::test
