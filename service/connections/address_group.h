#pragma once

#include <Poco/Net/IPAddress.h>
#include <Poco/Net/StreamSocket.h>

#include <string>

namespace lottery {

/// The addresses that count as one peer, because one peer may have all of them: an IPv4 address
/// alone, or the /64 network of an IPv6 address. An IPv4 address that is mapped into IPv6
/// (::ffff:192.0.2.1) is that IPv4 address.
struct AddressGroup {
  std::string bytes;  ///< of the address or of its network; empty: the address is not known

  auto operator<=>(const AddressGroup&) const = default;
};

AddressGroup address_group_of(const Poco::Net::IPAddress& address);

/// That of the other side. It is not known if the peer has gone before it was asked for.
AddressGroup address_group_of(const Poco::Net::StreamSocket& socket);

}  // namespace lottery
