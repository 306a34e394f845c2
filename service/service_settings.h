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

/// Every setting of the service, including the settings of its log.
std::vector<Setting> service_setting_list();

/// The database that keeps the ledger.
enum class StorageEngine : std::uint8_t { sqlite, postgresql };

/// Where the ledger is.
struct StorageSettings {
  StorageEngine engine = StorageEngine::sqlite;
  std::filesystem::path path{};     ///< for StorageEngine::sqlite
  PostgresqlSettings postgresql{};  ///< for StorageEngine::postgresql
};

/// The settings in force, after validation.
struct ServiceSettings {
  Poco::Net::IPAddress host;
  std::optional<std::uint16_t> port;             ///< nothing: no such port; 0: any free port
  std::optional<std::uint16_t> tls_port;         ///< as for `port`
  std::optional<std::uint16_t> single_bet_port;  ///< as for `port`
  TlsFiles tls_files;                            ///< used by tls_port
  ServerLimits limits;
  std::optional<int> connections_per_address_max;  ///< as set; `limits` has the value in force
  StatusSettings status;
  DrawTerms terms;
  StorageSettings storage;
};

/// Throws SettingsError, which names the key, if a value is not valid. load_settings() must have
/// filled `configuration` before.
ServiceSettings read_service_settings(const Poco::Util::LayeredConfiguration& configuration);

/// Only the settings of the status page, for --ready. Throws SettingsError.
StatusSettings read_status_settings(const Poco::Util::LayeredConfiguration& configuration);

/// Only the settings of the storage, for tasks that need nothing but the ledger. Throws
/// SettingsError.
StorageSettings read_storage_settings(const Poco::Util::LayeredConfiguration& configuration);

}  // namespace lottery
