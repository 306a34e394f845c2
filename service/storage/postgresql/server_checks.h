#pragma once

#include <string_view>

#include "network/deadline.h"
#include "service/storage/postgresql/connection.h"

namespace lottery::postgresql {

/// The number of replicas that a commit waits for with this value of synchronous_standby_names: k
/// for `ANY k (…)` and `FIRST k (…)`, 1 for a plain list, and 0 for an empty value.
int replicas_waited_for(std::string_view synchronous_standby_names);

/// Makes commits of this connection wait for their flush, and checks that the server can keep the
/// ledger's promises: fsync is on, the database is in UTF-8, the server's version is 15 or newer,
/// and commits wait for at least `synchronous_replicas` replicas. Returns the number of replicas
/// that they wait for. Throws ServerRefused, StatementFailed and ConnectionLost.
int check_server(Connection& connection, int synchronous_replicas, Deadline deadline);

}  // namespace lottery::postgresql
