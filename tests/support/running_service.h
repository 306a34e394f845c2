#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "network/tls/tls_server.h"
#include "service/connections/agency_server.h"
#include "service/lottery.h"
#include "service/storage/sqlite/sqlite_ledger.h"

namespace lottery::test {

/// `ids` as agency ids.
std::vector<AgencyId> agencies(std::initializer_list<std::int32_t> ids);

/// The service inside the test's process: its server on free ports of 127.0.0.1, with a database.
/// The destructor shuts it down properly.
class RunningService {
 public:
  explicit RunningService(const std::filesystem::path& database,
                          DrawTerms terms = {.agencies = agencies({1, 2, 3, 4, 5}),
                                             .winning_number = 7574},
                          ServerLimits limits = {}, const std::optional<TlsFiles>& tls = {});

  std::uint16_t port() const noexcept { return port_; }
  std::uint16_t single_bet_port() const noexcept { return single_bet_port_; }

  /// Only if there are TLS files.
  std::uint16_t tls_port() const noexcept { return tls_port_; }
  TlsServer& tls() noexcept { return *tls_; }
  AgencyServer& server() noexcept { return *server_; }

  Ledger& ledger() noexcept { return ledger_; }
  Lottery& lottery() noexcept { return lottery_; }

  /// Stops the server. The ledger remains.
  void stop() { server_.reset(); }

 private:
  SqliteLedger ledger_;
  Lottery lottery_;
  std::uint16_t port_ = 0;
  std::uint16_t single_bet_port_ = 0;
  std::uint16_t tls_port_ = 0;
  std::optional<TlsServer> tls_;
  std::unique_ptr<AgencyServer> server_;
};

}  // namespace lottery::test
