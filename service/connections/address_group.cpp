#include "service/connections/address_group.h"

#include <Poco/Exception.h>
#include <Poco/Net/SocketAddress.h>

#include <cstddef>
#include <string_view>

namespace lottery {
namespace {

constexpr std::size_t network_bytes = 8;    // of a /64
constexpr std::size_t mapped_address = 12;  // offset of a mapped IPv4 address

}  // namespace

AddressGroup address_group_of(const Poco::Net::IPAddress& address) {
  const std::string_view bytes(static_cast<const char*>(address.addr()), address.length());
  if (address.family() == Poco::Net::IPAddress::IPv4) return {std::string(bytes)};
  if (address.isIPv4Mapped()) return {std::string(bytes.substr(mapped_address))};
  return {std::string(bytes.substr(0, network_bytes))};
}

AddressGroup address_group_of(const Poco::Net::StreamSocket& socket) {
  try {
    return address_group_of(socket.peerAddress().host());
  } catch (const Poco::Exception&) {
    return {};
  }
}

}  // namespace lottery
