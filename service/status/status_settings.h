#pragma once

#include <Poco/Net/IPAddress.h>

#include <cstdint>
#include <optional>

namespace lottery {

/// The address and limits of the status page.
struct StatusSettings {
  Poco::Net::IPAddress host;
  std::optional<std::uint16_t> port;  ///< nothing: no status page; 0: any free port
  bool port_is_chosen = false;        ///< set by a person, so the service must have it
  int connections_max = 64;
};

}  // namespace lottery
