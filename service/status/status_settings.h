#pragma once

#include <Poco/Net/IPAddress.h>

#include <cstdint>
#include <optional>

namespace lottery {

/// Where the status page listens, and how much of it there may be.
struct StatusSettings {
  Poco::Net::IPAddress host;
  std::optional<std::uint16_t> port;  ///< empty: none; 0: any that is free
  bool port_is_chosen = false;        ///< by a person, so that the service must have it
  int connections_max = 64;
};

}  // namespace lottery
