#pragma once

#include <Poco/Net/IPAddress.h>
#include <Poco/Util/LayeredConfiguration.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "network/tls/tls_context.h"
#include "program/settings.h"
#include "service/connections/server_limits.h"
#include "service/lottery.h"
#include "service/status/status_settings.h"
#include "service/storage/postgresql/postgresql_settings.h"

namespace lottery {

/// All settings of the service, including those of its log.
std::vector<Setting> service_setting_list();

/// The kind of database that stores the ledger.
enum class StorageEngine : std::uint8_t { sqlite, postgresql };

/// The location of the ledger.
struct StorageSettings {
  StorageEngine engine = StorageEngine::sqlite;
  std::filesystem::path path{};     ///< for StorageEngine::sqlite
  PostgresqlSettings postgresql{};  ///< for StorageEngine::postgresql
};

/// The checked settings.
struct ServiceSettings {
  Poco::Net::IPAddress host;
  std::optional<std::uint16_t> port;             ///< empty: no port; 0: any free port
  std::optional<std::uint16_t> tls_port;         ///< likewise
  std::optional<std::uint16_t> single_bet_port;  ///< likewise
  TlsFiles tls_files;                            ///< used if tls_port is set
  ServerLimits limits;
  std::optional<int>
      connections_per_address_max;  ///< as configured; `limits` has the effective value
  StatusSettings status;
  DrawTerms terms;
  StorageSettings storage;
};

/// Throws SettingsError, which names the key, if a value is invalid. load_settings() must have
/// loaded `configuration`.
ServiceSettings read_service_settings(const Poco::Util::LayeredConfiguration& configuration);

/// Only the settings of the status page, for --ready. Throws SettingsError.
StatusSettings read_status_settings(const Poco::Util::LayeredConfiguration& configuration);

/// Only the settings of the storage, for tasks on the ledger. Throws SettingsError.
StorageSettings read_storage_settings(const Poco::Util::LayeredConfiguration& configuration);

}  // namespace lottery
