#pragma once

#include <Poco/Net/IPAddress.h>

#include <cstdint>
#include <optional>

namespace lottery {

/// Where the status page listens, and how many connections it accepts.
struct StatusSettings {
  Poco::Net::IPAddress host;
  std::optional<std::uint16_t> port;  ///< empty: no port; 0: any free port
  bool port_is_chosen = false;        ///< set by a person, so the service fails if it is taken
  int connections_max = 64;
};

}  // namespace lottery
