#pragma once

#include <Poco/Util/LayeredConfiguration.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <vector>

#include "agency_client/service_connection.h"
#include "program/settings.h"
#include "protocol/agency_id.h"

namespace lottery {

/// All settings of the agency client, including those of its log.
std::vector<Setting> agency_setting_list();

/// The limits of a batch, whichever is reached first, and the number of batches in flight.
struct BatchLimits {
  std::size_t bets_max = 0;
  std::size_t bytes_max = 0;      ///< of the whole message
  std::size_t in_flight_max = 0;  ///< batches sent and not yet answered
};

/// The messages that the client uses. A service that does not know the numbered ones needs
/// `unnumbered`.
enum class Protocol : std::uint8_t {
  unnumbered,  ///< types 0 to 6: the outcome of a lost message can't be asked for
  numbered,    ///< also NUMBERED_BETS and RESUME: every bet once, whatever is lost
};

/// The checked settings.
struct AgencySettings {
  AgencyId agency;
  std::filesystem::path bets_path;
  std::filesystem::path winners_path;  ///< empty: no file
  ServiceAccess service;
  bool speaks_tls = false;  ///< service.tls: every connection uses TLS
  TlsFiles tls_files{};     ///< used if speaks_tls
  BatchLimits batch;
  std::chrono::milliseconds poll_interval{0};  ///< between two requests for the winners
  std::chrono::seconds reach_timeout{0};       ///< how long to keep trying without any progress
  Protocol protocol = Protocol::numbered;
};

/// Throws SettingsError, which names the key, if a value is invalid. load_settings() must have
/// loaded `configuration`.
AgencySettings read_agency_settings(const Poco::Util::LayeredConfiguration& configuration);

}  // namespace lottery
