#pragma once

#include <Poco/Net/IPAddress.h>
#include <Poco/Net/StreamSocket.h>

#include <string>

namespace lottery {

/// The addresses that are counted as one peer, because one peer may own all of them: a single IPv4
/// address, or the /64 network of an IPv6 address. An IPv4 address mapped into IPv6
/// (::ffff:192.0.2.1) counts as the IPv4 address.
struct AddressGroup {
  std::string bytes;  ///< of the address or its network; empty if the address is unknown

  auto operator<=>(const AddressGroup&) const = default;
};

AddressGroup address_group_of(const Poco::Net::IPAddress& address);

/// The group of the peer's address. Unknown if the peer has already disconnected.
AddressGroup address_group_of(const Poco::Net::StreamSocket& socket);

}  // namespace lottery
