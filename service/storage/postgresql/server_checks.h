#pragma once

#include <string_view>

#include "network/deadline.h"
#include "service/storage/postgresql/connection.h"

namespace lottery::postgresql {

/// How many replicas a commit waits for under this value of synchronous_standby_names: k of
/// `ANY k (…)` and `FIRST k (…)`, 1 for a mere list, and 0 for nothing.
int replicas_waited_for(std::string_view synchronous_standby_names);

/// Has commits of this connection wait for their flush, and checks that the server keeps what the
/// ledger promises: fsync is on, the database is in UTF-8, the server is of version 15 or newer,
/// and commits wait for `synchronous_replicas` replicas at least. Returns how many they wait for.
/// Throws ServerRefused, StatementFailed and ConnectionLost.
int check_server(Connection& connection, int synchronous_replicas, Deadline deadline);

}  // namespace lottery::postgresql
