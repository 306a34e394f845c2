#pragma once

#include "network/tls/tls_server.h"
#include "service/connections/agency_server.h"
#include "service/ledger.h"
#include "service/lottery.h"

namespace lottery {

/// The objects that the status page reports on. They outlive the page, and any thread may query
/// them.
struct StatusSources {
  Lottery& lottery;
  const Ledger& ledger;
  const AgencyServer& server;
  const TlsServer* tls = nullptr;  ///< null: the service has no TLS
};

}  // namespace lottery
