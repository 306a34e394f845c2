#pragma once

#include <Poco/Net/IPAddress.h>
#include <Poco/Net/StreamSocket.h>

#include <string>

namespace lottery {

/// The addresses that count as one peer, because one peer may own all of them: one IPv4 address, or
/// the /64 network of an IPv6 address. An IPv4 address that is mapped into IPv6 (::ffff:192.0.2.1)
/// counts as that IPv4 address.
struct AddressGroup {
  std::string bytes;  ///< of the address or network; empty if unknown

  auto operator<=>(const AddressGroup&) const = default;
};

AddressGroup address_group_of(const Poco::Net::IPAddress& address);

/// The group of the peer's address. It is unknown if the peer has already disconnected.
AddressGroup address_group_of(const Poco::Net::StreamSocket& socket);

}  // namespace lottery
