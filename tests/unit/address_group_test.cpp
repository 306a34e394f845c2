#include "service/connections/address_group.h"

#include <gtest/gtest.h>

#include <string>

namespace lottery::test {
namespace {

AddressGroup group_of(const std::string& address) {
  return address_group_of(Poco::Net::IPAddress(address));
}

TEST(AddressGroup, IsOneIPv4Address) {
  EXPECT_EQ(group_of("192.0.2.1"), group_of("192.0.2.1"));
  EXPECT_NE(group_of("192.0.2.1"), group_of("192.0.2.2"));
}

TEST(AddressGroup, IsTheNetworkOf64BitsOfAnIPv6Address) {
  EXPECT_EQ(group_of("2001:db8:0:1::1"), group_of("2001:db8:0:1:ffff:ffff:ffff:ffff"));
  EXPECT_NE(group_of("2001:db8:0:1::1"), group_of("2001:db8:0:2::1"));
}

TEST(AddressGroup, TakesAMappedIPv4AddressForThatAddress) {
  EXPECT_EQ(group_of("::ffff:192.0.2.1"), group_of("192.0.2.1"));
  EXPECT_NE(group_of("::ffff:192.0.2.1"), group_of("::ffff:192.0.2.2"));
}

TEST(AddressGroup, IsNotKnownOfASocketWithoutAPeer) {
  EXPECT_EQ(address_group_of(Poco::Net::StreamSocket()), AddressGroup{});
}

}  // namespace
}  // namespace lottery::test
