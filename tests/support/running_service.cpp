#include "tests/support/running_service.h"

#include <Poco/Net/ServerSocket.h>
#include <gtest/gtest.h>

#include <utility>

namespace lottery::test {

std::vector<AgencyId> agencies(std::initializer_list<std::int32_t> ids) {
  std::vector<AgencyId> result;
  for (const std::int32_t id : ids) result.push_back(AgencyId{id});
  return result;
}

RunningService::RunningService(const std::filesystem::path& database, DrawTerms terms,
                               ServerLimits limits, const std::optional<TlsFiles>& tls)
    : ledger_(database, [](const std::string& sentence) { ADD_FAILURE() << sentence; }),
      lottery_(ledger_, std::move(terms)) {
  std::vector<Port> ports{{{}, Dialect::typed}, {{}, Dialect::single_bet}};
  if (tls) ports.push_back({{}, Dialect::typed, &tls_.emplace(*tls)});
  for (Port& port : ports) {
    port.socket.bind(Poco::Net::SocketAddress("127.0.0.1", 0), true, false);
  }
  port_ = ports[0].socket.address().port();
  single_bet_port_ = ports[1].socket.address().port();
  if (tls) tls_port_ = ports[2].socket.address().port();
  server_ = std::make_unique<AgencyServer>(ports, limits, lottery_);
}

}  // namespace lottery::test
