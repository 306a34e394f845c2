#pragma once

#include "network/tls/tls_server.h"
#include "service/connections/agency_server.h"
#include "service/ledger.h"
#include "service/lottery.h"

namespace lottery {

/// The objects that the status page reports on. All of them outlive it, and any thread may use
/// them.
struct StatusSources {
  Lottery& lottery;
  const Ledger& ledger;
  const AgencyServer& server;
  const TlsServer* tls = nullptr;  ///< null: no TLS port
};

}  // namespace lottery
