#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace lottery {

/// An agency's number on the wire, in the configuration and in the database: 0 to 2147483647.
struct AgencyId {
  std::int32_t value = 0;

  auto operator<=>(const AgencyId&) const = default;
};

inline std::string to_string(AgencyId agency) { return std::to_string(agency.value); }

}  // namespace lottery
