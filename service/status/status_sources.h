#pragma once

#include "network/tls/tls_server.h"
#include "service/connections/agency_server.h"
#include "service/ledger.h"
#include "service/lottery.h"

namespace lottery {

/// What the status page tells of. All of it outlives the page, and may be asked by any thread.
struct StatusSources {
  Lottery& lottery;
  const Ledger& ledger;
  const AgencyServer& server;
  const TlsServer* tls = nullptr;  ///< null: the service speaks no TLS
};

}  // namespace lottery
