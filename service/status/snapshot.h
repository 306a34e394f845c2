#pragma once

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "protocol/agency_id.h"
#include "service/connections/connection_registry.h"
#include "service/draw_overview.h"
#include "service/ledger.h"

namespace lottery {

/// Everything that the board shows, at one moment. Contains no bets and no persons.
struct Snapshot {
  UnixTime taken_at{};
  UnixTime started_at{};                           ///< start of the service
  std::optional<std::string> not_ready_because{};  ///< nothing if the service is ready
  LedgerFiles files{};
  Overview overview{};
  std::vector<AgencyId> next_agencies{};  ///< agencies of the draw that opens next
  double bets_per_second = 0;
  std::deque<std::int64_t> bets_by_second{};  ///< of the last seconds, oldest first
  ConnectionRegistry::Counts connections{};
};

/// The snapshot as one line of JSON, without a line end. docs/monitoring.md describes it; a change
/// that can break a reader needs a new schema_version.
std::string to_json(const Snapshot& snapshot);

}  // namespace lottery
